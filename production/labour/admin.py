"""Reasons of pauses in the administration; working time itself changes on its own pages."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin, PlantForm
from production.labour.models import PauseReason


@admin.register(PauseReason)
class PauseReasonAdmin(PlantAdmin):
    """Why work is interrupted; one that is given up is switched off, since time of the past names it."""

    group = "production"
    view_capability = manage_capability = "production.downtime.reasons"
    form = PlantForm
    fields = ("code", "name", "position", "is_active", "read_version")
    list_display = ("code", "name", "position", "is_active")
    list_filter = ("is_active",)
    search_fields = ("code", "name")
