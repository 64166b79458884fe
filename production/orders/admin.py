"""Production orders in the administration: to look at; they change through their acts only."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin
from production.orders.models import ProductionOrder


@admin.register(ProductionOrder)
class OrderAdmin(PlantAdmin):
    """What was planned where, and how far it is."""

    group = "production"
    fields = ("number", "machine", "item_text", "quantity", "unit", "ideal_cycle_s", "due_at", "status")
    list_display = ("number", "machine", "item_text", "quantity", "unit", "due_at", "status")
    list_filter = ("status", "machine")
    list_select_related = ("machine",)
    search_fields = ("number", "item_text")
