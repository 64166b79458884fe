"""Rates and prices in the administration; whoever may not see costs finds none of it there."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin, PlantForm
from production.costing.models import EnergyPrice, LabourRate, Rate

MANAGE = "production.cost.manage"


@admin.register(Rate)
class RateAdmin(PlantAdmin):
    """What an hour costs at work centres; a later row takes over, so that old orders keep their standard."""

    group = "production"
    manage_capability = MANAGE
    form = PlantForm
    fields = (
        "work_centre", "valid_from", "machine_hour", "labour_hour", "overhead_hour", "overhead_base", "currency",
        "read_version",
    )  # fmt: skip
    list_display = ("work_centre", "valid_from", "machine_hour", "labour_hour", "overhead_hour", "currency")
    list_select_related = ("work_centre",)


@admin.register(LabourRate)
class LabourRateAdmin(PlantAdmin):
    """What people really cost."""

    group = "production"
    manage_capability = MANAGE
    form = PlantForm
    fields = ("site", "username", "valid_from", "hour", "currency", "read_version")
    list_display = ("site", "username", "valid_from", "hour", "currency")
    list_select_related = ("site",)


@admin.register(EnergyPrice)
class EnergyPriceAdmin(PlantAdmin):
    """What energy costs."""

    group = "production"
    manage_capability = MANAGE
    form = PlantForm
    fields = ("site", "valid_from", "price", "currency", "read_version")
    list_display = ("site", "valid_from", "price", "currency")
    list_select_related = ("site",)
