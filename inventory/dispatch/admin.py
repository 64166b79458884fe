"""Dispatches in the administration: to look at; they change through their acts only."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin
from inventory.dispatch.models import Dispatch


@admin.register(Dispatch)
class DispatchAdmin(PlantAdmin):
    """What left for whom, and when it arrived."""

    group = "other"
    fields = (
        "number", "customer", "site", "staging", "status", "address", "planned_on", "carrier", "tracking_number",
        "dispatched_at", "delivered_at", "received_by", "proof_note", "proof_name",
    )  # fmt: skip
    list_display = ("number", "customer", "site", "status", "planned_on", "dispatched_at")
    list_filter = ("status", "site")
    list_select_related = ("customer", "site")
    search_fields = ("number", "customer__name", "tracking_number")
