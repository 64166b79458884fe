"""Wall displays in the administration: to look at; they are set up on their own page."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin
from production.oee.models import WallBoard


@admin.register(WallBoard)
class WallBoardAdmin(PlantAdmin):
    """What each wall display shows."""

    group = "production"
    fields = ("code", "name", "site", "boards", "is_active")
    list_display = ("code", "name", "site", "is_active")
    list_filter = ("is_active", "site")
    list_select_related = ("site",)
    search_fields = ("code", "name")
