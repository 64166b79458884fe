"""Places in the administration."""

from django.contrib import admin

from factory_core.plant.models import Area, Line, Machine, Site
from factory_core.web.admin import PlantAdmin, PlantForm


class PlaceAdmin(PlantAdmin):
    """A place that is given up is switched off: its history stays."""

    manage_capability = "plant.manage"
    form = PlantForm
    search_fields = ("code", "name")


@admin.register(Site)
class SiteAdmin(PlaceAdmin):
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
