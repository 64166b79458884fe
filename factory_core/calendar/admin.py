"""Shifts, breaks and holidays in the administration."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from factory_core.calendar.models import Holiday, Shift, ShiftBreak
from factory_core.web.admin import PlantAdmin, PlantForm, PlantInline


class WeekdaysField(forms.TypedMultipleChoiceField):
    """The bits of a week as seven boxes."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[(day, WEEKDAYS[day]) for day in range(7)], coerce=int, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """The boxes of a number of bits."""
        return [day for day in range(7) if value >> day & 1] if isinstance(value, int) else value

    def clean(self, value: Any) -> int:
        """The bits of the ticked boxes."""
        return sum(1 << day for day in super().clean(value))


class ShiftForm(PlantForm):
    weekdays = WeekdaysField(label=_("weekdays"))

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

    manage_capability = "plant.manage"
    form = ShiftForm
    fields = ("site", "line", "name", "starts", "ends", "weekdays", "valid_from", "valid_until", "read_version")
    inlines = (BreakInline,)
    list_display = ("name", "site", "line", "starts", "ends", "valid_from", "valid_until")
    list_filter = ("site", "line")
    list_select_related = ("site", "line")


@admin.register(Holiday)
class HolidayAdmin(PlantAdmin):
    manage_capability = "plant.manage"
    removable = True
    form = PlantForm
    fields = ("site", "on", "name", "read_version")
    list_display = ("on", "name", "site")
    list_filter = ("site",)
    list_select_related = ("site",)
    date_hierarchy = "on"
