"""Lots in the administration: to look at; they change through their acts only."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin
from inventory.lots.models import Lot


@admin.register(Lot)
class LotAdmin(PlantAdmin):
    """What was made or delivered together, and how it was judged."""

    group = "other"
    fields = (
        "item", "number", "revision", "status", "status_reason", "supplier", "supplier_lot", "made_on", "expires_on",
        "note",
    )  # fmt: skip
    list_display = ("number", "item", "status", "supplier", "supplier_lot", "expires_on")
    list_filter = ("status",)
    list_select_related = ("item", "supplier")
    search_fields = ("number", "supplier_lot")
