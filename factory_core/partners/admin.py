"""Customers and suppliers in the administration."""

from django.contrib import admin

from factory_core.partners.models import Partner
from factory_core.web.admin import PlantAdmin, PlantForm


@admin.register(Partner)
class PartnerAdmin(PlantAdmin):
    manage_capability = "partner.manage"
    form = PlantForm
    fields = ("code", "name", "is_customer", "is_supplier", "is_active", "read_version")
    list_display = ("code", "name", "is_customer", "is_supplier", "is_active")
    list_filter = ("is_customer", "is_supplier", "is_active")
    search_fields = ("code", "name")
