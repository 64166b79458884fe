"""The story of the plant in the administration, to look at only."""

from django.contrib import admin

from factory_core.events.models import Event
from factory_core.web.admin import PlantAdmin, concrete_field_names


@admin.register(Event)
class EventAdmin(PlantAdmin):
    group = "story"
    list_display = ("at", "sentence", "machine", "actor", "channel")
    list_filter = ("name", "channel")
    list_select_related = ("machine", "actor")
    search_fields = ("name", "correlation")
    ordering = ("-id",)
    fields = tuple(concrete_field_names(Event))
