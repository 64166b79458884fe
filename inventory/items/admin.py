"""Items, units and categories in the administration."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from factory_core.web.admin import PlantAdmin, PlantForm
from inventory.items.models import Item, ItemCategory, Unit

MANAGE = "inventory.item.manage"


@admin.register(Unit)
class UnitAdmin(PlantAdmin):
    """Units of measure; what one is cannot change, since items and documents reckon with it."""

    group = "stock"
    manage_capability = MANAGE
    form = PlantForm
    fields = ("code", "name", "dimension", "factor", "decimals", "read_version")
    list_display = ("code", "name", "dimension", "factor", "decimals")
    list_filter = ("dimension",)
    search_fields = ("code", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only how it is called and shown changes later."""
        return ("code", "dimension", "factor") if obj else ()


@admin.register(ItemCategory)
class CategoryAdmin(PlantAdmin):
    """Groups of items; they change on the pages of items."""

    group = "stock"
    fields = ("code", "name", "parent")
    list_display = ("code", "name", "parent")
    list_select_related = ("parent",)
    search_fields = ("code", "name")


@admin.register(Item)
class ItemAdmin(PlantAdmin):
    """Items to look at; they change on their pages, where the acts check them and their story tells it."""

    group = "stock"
    kinds_title = _("Items")
    fields = (
        "number", "name", "description", "kind", "category", "unit", "tracking", "pick_rule", "valuation",
        "shelf_life_days", "gtin", "is_bought", "is_made", "is_sold", "inspect_on_receipt", "drawing_number",
        "size", "color", "weight_kg", "is_active",
    )  # fmt: skip
    list_display = ("number", "name", "kind", "category", "unit", "tracking", "is_active")
    list_filter = ("kind", "tracking", "is_active", "category")
    list_select_related = ("category", "unit")
    search_fields = ("number", "name", "gtin", "drawing_number")
