"""Labels in the administration: to look at; templates are designed on their own page."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin
from inventory.labels.models import LabelPrint, LabelTemplate


@admin.register(LabelTemplate)
class LabelTemplateAdmin(PlantAdmin):
    """The templates of labels."""

    group = "stock"
    fields = ("code", "name", "subject", "width_mm", "height_mm", "elements", "is_default", "is_active")
    list_display = ("code", "name", "subject", "width_mm", "height_mm", "is_default", "is_active")
    list_filter = ("subject", "is_active")
    search_fields = ("code", "name")


@admin.register(LabelPrint)
class LabelPrintAdmin(PlantAdmin):
    """What was printed."""

    group = "story"
    fields = ("template", "subject_label", "copies", "turn", "at", "by", "site")
    list_display = ("at", "subject_label", "template", "copies", "turn", "by")
    list_filter = ("template",)
    list_select_related = ("template", "by")
    search_fields = ("subject_label",)
