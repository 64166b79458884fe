"""Targets of sites in the administration."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin, PlantForm
from production.oee.models import OeeTargets


@admin.register(OeeTargets)
class TargetsAdmin(PlantAdmin):
    """What a site aims at, the rule set its figures follow, and how long late data reopen accounts."""

    group = "production"
    view_capability = "production.view"
    manage_capability = "production.account.manage"
    form = PlantForm
    fields = ("site", "rule_set", "oee_percent", "scrap_percent", "reopen_days", "read_version")
    list_display = ("site", "rule_set", "oee_percent", "scrap_percent", "reopen_days")
    list_select_related = ("site",)
