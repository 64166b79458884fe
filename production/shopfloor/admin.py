"""Chains of escalation in the administration."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin, PlantForm
from production.shopfloor.models import EscalationStep


@admin.register(EscalationStep)
class EscalationStepAdmin(PlantAdmin):
    """Who hears of a call nobody answered; a chain of a line stands instead of its site's."""

    group = "production"
    view_capability = manage_capability = "production.downtime.reasons"
    removable = True
    form = PlantForm
    fields = ("site", "line", "kind", "step", "after_minutes", "role", "read_version")
    list_display = ("site", "line", "kind", "step", "after_minutes", "role")
    list_filter = ("kind", "site")
    list_select_related = ("site", "line")
