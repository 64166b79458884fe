"""Work centres, bills of materials and routings in the administration: to look at; they change on their pages."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin
from production.products.models import Bom, Routing, WorkCentre


@admin.register(WorkCentre)
class WorkCentreAdmin(PlantAdmin):
    """Work centres, which change where the acts check machines and routings."""

    group = "production"
    fields = ("code", "name", "line", "places", "supply", "output", "is_active")
    list_display = ("code", "name", "line", "places", "is_active")
    list_filter = ("is_active", "line")
    list_select_related = ("line",)
    search_fields = ("code", "name")


@admin.register(Bom)
class BomAdmin(PlantAdmin):
    """Versions of bills of materials."""

    group = "production"
    fields = ("item", "code", "status", "quantity", "is_phantom", "valid_from", "valid_until", "note")
    list_display = ("item", "code", "status", "valid_from", "valid_until")
    list_filter = ("status", "is_phantom")
    list_select_related = ("item",)
    search_fields = ("item__number", "item__name")


@admin.register(Routing)
class RoutingAdmin(PlantAdmin):
    """Versions of routings."""

    group = "production"
    fields = ("item", "code", "status", "lead_time_days", "valid_from", "valid_until", "note")
    list_display = ("item", "code", "status", "lead_time_days", "valid_from", "valid_until")
    list_filter = ("status",)
    list_select_related = ("item",)
    search_fields = ("item__number", "item__name")
