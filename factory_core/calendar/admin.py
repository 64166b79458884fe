"""Shifts, breaks and holidays in the administration."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from factory_core.calendar import services
from factory_core.calendar.models import Holiday, Shift, ShiftBreak
from factory_core.clock import now
from factory_core.web.admin import PlantAdmin, PlantForm, PlantInline, changed_fields
from factory_core.web.doors import signed_in


class WeekdaysField(forms.TypedMultipleChoiceField):
    """The bits of a week as seven boxes."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[(day, WEEKDAYS[day]) for day in range(7)], coerce=int, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """The boxes of a number of bits."""
        return [day for day in range(7) if value >> day & 1] if isinstance(value, int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Boxes are compared with boxes."""
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value: Any) -> int:
        """The bits of the ticked boxes."""
        return sum(1 << day for day in super().clean(value))


class ShiftForm(PlantForm):
    weekdays = WeekdaysField(label=_("Weekdays"))

    class Meta:
        model = Shift
        fields = ("site", "line", "name", "starts", "ends", "weekdays", "valid_from", "valid_until")


class BreakInline(PlantInline):
    model = ShiftBreak
    fields = ("starts", "ends")
    manage_capability = "plant.manage"


@admin.register(Shift)
class ShiftAdmin(PlantAdmin):
    """A shift that ends gets its last day; breaks stand inside their shift."""

    group = "places"
    manage_capability = "plant.manage"
    form = ShiftForm
    fields = ("site", "line", "name", "starts", "ends", "weekdays", "valid_from", "valid_until", "read_version")
    inlines = (BreakInline,)
    list_display = ("name", "site", "line", "starts", "ends", "valid_from", "valid_until")
    list_filter = ("site", "line")
    list_select_related = ("site", "line")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the acts on shifts, so that the story of the plant tells it too."""
        if change:
            services.change_shift(actor=signed_in(request), shift=obj, fields=changed_fields(form), at=now())
        else:
            services.add_shift(actor=signed_in(request), shift=obj, at=now())


@admin.register(Holiday)
class HolidayAdmin(PlantAdmin):
    group = "places"
    manage_capability = "plant.manage"
    removable = True
    form = PlantForm
    fields = ("site", "on", "name", "read_version")
    list_display = ("on", "name", "site")
    list_filter = ("site",)
    list_select_related = ("site",)
    date_hierarchy = "on"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the acts on holidays."""
        if change:
            services.change_holiday(actor=signed_in(request), holiday=obj, fields=changed_fields(form), at=now())
        else:
            services.add_holiday(actor=signed_in(request), holiday=obj, at=now())

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the act."""
        services.remove_holiday(actor=signed_in(request), holiday=obj, at=now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Holiday]) -> None:
        """One act for each of them."""
        for holiday in queryset:
            self.delete_model(request, holiday)
