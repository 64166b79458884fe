"""Places in the administration."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from factory_core.clock import now
from factory_core.plant import services
from factory_core.plant.models import Area, Line, Machine, Site
from factory_core.web.admin import PlantAdmin, PlantForm, changed_fields
from factory_core.web.doors import signed_in


class PlaceAdmin(PlantAdmin):
    """A place that is given up is switched off: its history stays."""

    group = "places"
    manage_capability = "plant.manage"
    form = PlantForm
    search_fields = ("code", "name")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the acts on places, so that the story of the plant tells it too."""
        if change:
            services.change_place(actor=signed_in(request), place=obj, fields=changed_fields(form), at=now())
        else:
            services.add_place(actor=signed_in(request), place=obj, at=now())


class SiteForm(PlantForm):
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=[(name, name) for name in sorted(available_timezones())], initial="Europe/Berlin"
    )


@admin.register(Site)
class SiteAdmin(PlaceAdmin):
    form = SiteForm
    fields = ("code", "name", "time_zone", "is_active", "read_version")
    list_display = ("code", "name", "time_zone", "is_active")
    list_filter = ("is_active",)


@admin.register(Area)
class AreaAdmin(PlaceAdmin):
    fields = ("code", "name", "site", "is_active", "read_version")
    list_display = ("code", "name", "site", "is_active")
    list_select_related = ("site",)
    list_filter = ("site", "is_active")


@admin.register(Line)
class LineAdmin(PlaceAdmin):
    fields = ("code", "name", "area", "is_active", "read_version")
    list_display = ("code", "name", "area", "is_active")
    list_select_related = ("area",)
    list_filter = ("area", "is_active")


@admin.register(Machine)
class MachineAdmin(PlaceAdmin):
    fields = ("code", "name", "line", "position", "stop_limit_s", "is_active", "read_version")
    list_display = ("code", "name", "line", "position", "stop_limit_s", "is_active")
    list_select_related = ("line",)
    list_filter = ("line", "is_active")
