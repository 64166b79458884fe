"""Buying in the administration: to look at; it changes through its acts only."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin
from inventory.purchasing.models import Enquiry, PurchaseOrder, PurchaseRequest


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(PlantAdmin):
    """What was ordered from whom."""

    group = "other"
    fields = ("number", "supplier", "site", "status", "ordered_on", "currency", "supplier_reference", "note")
    list_display = ("number", "supplier", "site", "status", "ordered_on")
    list_filter = ("status", "site")
    list_select_related = ("supplier", "site")
    search_fields = ("number", "supplier__name", "supplier_reference")


@admin.register(PurchaseRequest)
class PurchaseRequestAdmin(PlantAdmin):
    """What people and rules want bought."""

    group = "other"
    fields = ("number", "site", "item", "quantity", "unit", "wanted_on", "reason", "requested_by", "status")
    list_display = ("number", "item", "quantity", "unit", "wanted_on", "status")
    list_filter = ("status", "site")
    list_select_related = ("item", "unit")
    search_fields = ("number", "item__number")


@admin.register(Enquiry)
class EnquiryAdmin(PlantAdmin):
    """What suppliers were asked."""

    group = "other"
    fields = ("number", "site", "item", "quantity", "unit", "wanted_on", "answer_by", "status")
    list_display = ("number", "item", "quantity", "unit", "wanted_on", "status")
    list_filter = ("status", "site")
    list_select_related = ("item", "unit")
    search_fields = ("number", "item__number")
