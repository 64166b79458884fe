"""Places and counts in the administration: to look at; they change through their acts only."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin
from inventory.stock.models import Location, StockCount


@admin.register(Location)
class LocationAdmin(PlantAdmin):
    """Where stock lies, in a tree."""

    group = "places"
    fields = ("code", "name", "kind", "site", "parent", "partner", "sscc", "destination", "is_active")
    list_display = ("code", "name", "kind", "site", "parent", "is_active")
    list_filter = ("kind", "site", "is_active")
    list_select_related = ("site", "parent")
    search_fields = ("code", "name", "sscc")


@admin.register(StockCount)
class StockCountAdmin(PlantAdmin):
    """What was counted where, by whom, and who accepted it."""

    group = "stock"
    fields = ("number", "location", "status", "is_blind", "started_by", "accepted_by")
    list_display = ("number", "location", "status", "started_by", "accepted_by")
    list_filter = ("status",)
    list_select_related = ("location", "started_by", "accepted_by")
    search_fields = ("number",)
