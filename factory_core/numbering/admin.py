"""Series of numbers in the administration."""

from django.contrib import admin

from factory_core.numbering.models import NumberSeries
from factory_core.web.admin import PlantAdmin, PlantForm


@admin.register(NumberSeries)
class NumberSeriesAdmin(PlantAdmin):
    manage_capability = "plant.manage"
    form = PlantForm
    fields = ("code", "prefix", "width", "next_value", "read_version")
    list_display = ("code", "prefix", "width", "next_value")
    search_fields = ("code",)
