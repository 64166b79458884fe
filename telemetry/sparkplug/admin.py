"""Sparkplug nodes in the administration; only looked at, for everything here is what nodes said."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from factory_core.access.policy import may
from factory_core.web.admin import PlantAdmin
from telemetry.edge.questions import LARGEST_FOUND
from telemetry.sparkplug.models import SparkplugNode
from telemetry.sparkplug.queries import birth_metrics, loss_sentence, sparkplug_nodes
from telemetry.sparkplug.rules.topics import name_of


@admin.register(SparkplugNode)
class SparkplugNodeAdmin(PlantAdmin):
    """A node that waits is let in from the list of newcomers."""

    group = "devices"
    list_display = (
        "name", "gateway", "state", "bd_seq", "seen_at", "born_at", "rebirths_asked", "need", "unknown_aliases",
        "seq_jumps",
    )  # fmt: skip
    list_filter = ("state",)
    search_fields = ("name",)
    fields = (
        "name", "gateway", "state", "bd_seq", "expected_seq", "seen_at", "born_at", "died_at", "need",
        "rebirths_asked", "seq_jumps", "unknown_aliases", "refused_values", "repeated", "old_deaths", "undecodable",
        "what_can_be_lost", "offers",
    )  # fmt: skip
    readonly_fields = ("what_can_be_lost", "offers")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SparkplugNode]:
        """Nodes that wait have no place: whoever manages devices sees them."""
        return sparkplug_nodes(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As the list."""
        if obj is None:
            return may(request.user, self.view_capability)
        return sparkplug_nodes(request.user).filter(pk=obj.pk).exists()

    @admin.display(description=gettext_lazy("what can be lost"))
    def what_can_be_lost(self, node: SparkplugNode) -> Any:
        """Sparkplug promises no more."""
        return loss_sentence()

    @admin.display(description=gettext_lazy("offers (tag name, type, unit, value of the birth)"))
    def offers(self, node: SparkplugNode) -> Any:
        """What a tag can be made of, under the name that a tag of it has."""
        rows = [
            (name_of(each.address), each.type, each.unit, "" if each.value is None else each.value)
            for each in birth_metrics(node)[:LARGEST_FOUND]
            if each.kind
        ]
        return format_html_join(mark_safe("<br>"), "{} · {} · {} · {}", rows)
