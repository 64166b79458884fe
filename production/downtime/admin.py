"""The list of reasons for stops in the administration."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin, PlantForm
from production.downtime.models import DowntimeReason


@admin.register(DowntimeReason)
class ReasonAdmin(PlantAdmin):
    """Categories and their reasons; one that is given up is switched off, since stops of the past name it."""

    group = "production"
    view_capability = manage_capability = "production.downtime.reasons"
    form = PlantForm
    fields = ("code", "name", "parent", "kind", "position", "machine_words", "is_active", "read_version")
    list_display = ("code", "name", "parent", "kind", "position", "is_active")
    list_filter = ("kind", "is_active", "parent")
    list_select_related = ("parent",)
    search_fields = ("code", "name")
