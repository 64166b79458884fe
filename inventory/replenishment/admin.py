"""Replenishment in the administration: to look at; rules and suggestions change through their acts only."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin
from inventory.replenishment.models import ReplenishmentRule, Suggestion


@admin.register(ReplenishmentRule)
class ReplenishmentRuleAdmin(PlantAdmin):
    """How items are kept in stock."""

    group = "stock"
    fields = (
        "item", "site", "method", "reorder_point", "safety_stock", "most", "lot_rule", "lot_quantity",
        "least_quantity", "multiple", "period_days", "yearly_demand", "is_active",
    )  # fmt: skip
    list_display = ("item", "site", "method", "reorder_point", "lot_rule", "is_active")
    list_filter = ("method", "lot_rule", "is_active", "site")
    list_select_related = ("item", "site")
    search_fields = ("item__number",)


@admin.register(Suggestion)
class SuggestionAdmin(PlantAdmin):
    """What the rules suggested, and what became of it."""

    group = "stock"
    fields = ("item", "site", "supplier", "quantity", "wanted_on", "order_on", "status", "order_line", "reason")
    list_display = ("item", "site", "supplier", "quantity", "order_on", "status")
    list_filter = ("status", "site")
    list_select_related = ("item", "site", "supplier")
    search_fields = ("item__number",)
