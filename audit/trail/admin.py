"""The trail in the administration, to look at only."""

from typing import Any

from auditlog.models import LogEntry
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from audit.trail.queries import TrailFilter, may_read_all, trail
from audit.trail.wording import told
from factory_core.web.admin import PlantAdmin


@admin.register(LogEntry)
class TrailAdmin(PlantAdmin):
    """Everybody's changes, for those who may read all of them."""

    group = "story"
    kinds_title = _("Trail")
    list_display = ("timestamp", "actor", "content_type", "object_repr", "action", "channel")
    list_filter = ("action", "content_type")
    list_select_related = ("actor", "content_type")
    search_fields = ("object_repr", "cid")
    ordering = ("-id",)
    fields = ("timestamp", "actor", "channel", "content_type", "object_repr", "object_pk", "action", "cid", "changed")
    readonly_fields = ("channel", "changed")

    @property
    def view_capability(self) -> str:
        """The trail belongs to another package, which names no capability."""
        return "trail.all"

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """In every site, or not at all."""
        return may_read_all(request.user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The same rows as on the page of the trail."""
        return trail(request.user, TrailFilter())

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The entry, with who reads it: some values are not for everybody who may read the trail."""
        entry = super().get_object(request, object_id, from_field)
        if entry is not None:
            entry.reader = request.user
        return entry

    @admin.display(description=_("channel"))
    def channel(self, entry: LogEntry) -> str:
        """By which way in."""
        return str((entry.additional_data or {}).get("channel", ""))

    @admin.display(description=_("changes"))
    def changed(self, entry: LogEntry) -> str:
        """Field by field, in words."""
        reader = entry.reader  # type: ignore[attr-defined]  # put there by get_object
        return render_to_string("factory_core/admin/changes.html", {"entry": told(reader, [entry])[0]})
