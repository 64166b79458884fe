"""Sales orders in the administration: to look at; they change through their acts only."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin
from inventory.sales.models import SalesOrder


@admin.register(SalesOrder)
class SalesOrderAdmin(PlantAdmin):
    """Who ordered what; prices stand on the lines and are not shown here."""

    group = "other"
    fields = (
        "number", "customer", "site", "address", "status", "is_frame", "ordered_on", "currency", "customer_reference",
        "note", "external_id",
    )  # fmt: skip
    list_display = ("number", "customer", "site", "status", "is_frame", "ordered_on")
    list_filter = ("status", "is_frame", "site")
    list_select_related = ("customer", "site")
    search_fields = ("number", "customer__name", "customer_reference")
