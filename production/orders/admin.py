"""Production orders and the reasons of scrap and rework in the administration."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin, PlantForm
from production.orders.models import LossReason, ProductionOrder


@admin.register(ProductionOrder)
class OrderAdmin(PlantAdmin):
    """What was planned where, to look at; orders change through their acts only."""

    group = "production"
    fields = (
        "number", "item", "item_text", "quantity", "unit", "line", "machine", "priority", "start_at", "due_at",
        "status", "parent", "split_from", "merged_into", "bom", "routing", "note",
    )  # fmt: skip
    list_display = ("number", "item_text", "quantity", "unit", "line", "machine", "due_at", "status")
    list_filter = ("status", "line", "machine")
    list_select_related = ("machine", "line")
    search_fields = ("number", "item_text")


@admin.register(LossReason)
class LossReasonAdmin(PlantAdmin):
    """Why pieces are scrapped or reworked; one that is given up is switched off, since counts of the past name it."""

    group = "production"
    view_capability = manage_capability = "production.downtime.reasons"
    form = PlantForm
    fields = ("code", "name", "for_scrap", "for_rework", "position", "is_active", "read_version")
    list_display = ("code", "name", "for_scrap", "for_rework", "position", "is_active")
    list_filter = ("for_scrap", "for_rework", "is_active")
    search_fields = ("code", "name")
