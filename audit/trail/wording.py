"""Entries of the trail in words: names of fields, choices, places and people instead of columns and numbers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditlog.models import LogEntry
from django.contrib.auth.models import AnonymousUser, Permission
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import dateparse, formats, timezone
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.trail.queries import history_of, page_of
from factory_core.access.policy import hidden_fields, visible
from factory_core.people.models import User

NOTHING = "None"
LONGEST = 300
# The database's own bookkeeping; it stands in the entry all the same.
UNTOLD = frozenset({"id", "version", "created_at", "updated_at"})
CHANNELS = {
    "web": gettext_lazy("screen"),
    "api": gettext_lazy("program"),
    "admin": gettext_lazy("administration"),
    "station": gettext_lazy("station"),
    "cli": gettext_lazy("command line"),
    "import": gettext_lazy("import"),
    "worker": gettext_lazy("follow-up"),
    "derive": gettext_lazy("machine states"),
    "ingest": gettext_lazy("gateway"),
    "migration": gettext_lazy("update"),
    "system": gettext_lazy("system"),
}
ACTIONS = {
    LogEntry.Action.CREATE: gettext_lazy("added"),
    LogEntry.Action.UPDATE: gettext_lazy("changed"),
    LogEntry.Action.DELETE: gettext_lazy("removed"),
    LogEntry.Action.ACCESS: gettext_lazy("looked at"),
}


@dataclass(frozen=True)
class Change:
    """One field: what it was, what it became; "" is nothing."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Told:
    """One entry, ready to be shown."""

    id: int
    at: datetime
    who: str
    channel: str
    action: str
    kind: str
    thing: str
    address: str
    reason: str
    chain: str
    changes: list[Change]


Labels = dict[type[models.Model], dict[str, str]]


def told(reader: User | AnonymousUser, entries: Iterable[LogEntry]) -> list[Told]:
    """Entries in words, with one query for each kind of thing they refer to.

    What the reader may not see is named by its number only, and a value they may not know is not told.
    """
    rows = list(entries)
    labels = _labels(reader, rows)
    return [_told(entry, labels, reader) for entry in rows]


def tell_history(reader: User, thing: models.Model, before: int | None) -> tuple[list[Told], int | None]:
    """A page of the history of one thing, for whoever shows it. Raises Forbidden."""
    rows, older = page_of(history_of(reader, thing), before)
    return told(reader, rows), older


def _told(entry: LogEntry, labels: Labels, reader: User | AnonymousUser) -> Told:
    model = entry.content_type.model_class()
    circumstances = entry.additional_data or {}
    channel = circumstances.get("channel", "")
    return Told(
        id=entry.pk,
        at=entry.timestamp,
        who=entry.actor.name if entry.actor else _("nobody"),
        channel=str(CHANNELS.get(channel, channel)),
        action=str(ACTIONS.get(entry.action, entry.action)),
        kind=capfirst(str(model._meta.verbose_name)) if model else entry.content_type.model,
        thing=entry.object_repr,
        address=f"{entry.content_type.app_label}.{entry.content_type.model}/{entry.object_pk}",
        reason=circumstances.get("reason", ""),
        chain=entry.cid or "",
        changes=list(_changes(entry, model, labels, _untold(reader, model))),
    )


def _untold(reader: User | AnonymousUser, model: type[models.Model] | None) -> frozenset[str]:
    """The fields of a kind whose values a reader may not know: prices, costs, wages."""
    if model is None or not hasattr(model, "sensitive"):
        return frozenset()
    return hidden_fields(reader, model)


def _changes(
    entry: LogEntry, model: type[models.Model] | None, labels: Labels, untold: frozenset[str]
) -> Iterator[Change]:
    for name, values in sorted((entry.changes or {}).items()):
        if name in UNTOLD or name in untold:
            continue
        field = _field(model, name)
        label = capfirst(str(getattr(field, "verbose_name", name)))
        if isinstance(values, dict):
            things = ", ".join(_value(field, key, labels) for key in values["objects"])
            added = values["operation"] == "add"
            yield Change(label, "" if added else things, things if added else "")
        else:
            old, new = (_value(field, value, labels) for value in values)
            yield Change(label, old, new)


def _value(field: Any, text: str, labels: Labels) -> str:
    if text == NOTHING:
        return ""
    target = _target(field)
    if target is not None:
        return labels[target].get(text, f"#{text}")
    choices = {str(key): word for key, word in getattr(field, "flatchoices", ())}
    if text in choices:
        return str(choices[text])
    if isinstance(field, models.BooleanField):
        return _("yes") if text == "True" else _("no")
    if isinstance(field, models.DateTimeField) and (at := dateparse.parse_datetime(text)) is not None:
        local = timezone.localtime(at)
        return f"{formats.date_format(local, 'SHORT_DATE_FORMAT')} {local:%H:%M:%S}"
    if isinstance(field, models.DateField) and (on := dateparse.parse_date(text)) is not None:
        return str(formats.date_format(on, "SHORT_DATE_FORMAT"))
    return str(Truncator(text).chars(LONGEST))


def _labels(reader: User | AnonymousUser, entries: list[LogEntry]) -> Labels:
    wanted: dict[type[models.Model], set[str]] = defaultdict(set)
    for entry in entries:
        model = entry.content_type.model_class()
        for name, values in (entry.changes or {}).items():
            target = _target(_field(model, name))
            if target is not None:
                keys = values["objects"] if isinstance(values, dict) else values
                wanted[target].update(key for key in keys if key != NOTHING)
    return {target: _labels_of(reader, target, keys) for target, keys in wanted.items()}


def _labels_of(reader: User | AnonymousUser, target: type[models.Model], keys: set[str]) -> dict[str, str]:
    if not keys:
        return {}
    things = target._default_manager.filter(pk__in=keys)
    # People are named wherever they acted; everything else is named to those who may see it.
    if hasattr(target, "scope_path") and target is not User:
        things = visible(reader, things)
    return {str(thing.pk): thing.name if isinstance(thing, Permission) else str(thing) for thing in things}


def _field(model: type[models.Model] | None, name: str) -> Any:
    if model is None:
        return None
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _target(field: Any) -> type[models.Model] | None:
    if isinstance(field, models.ForeignKey | models.ManyToManyField) and not isinstance(field.related_model, str):
        return field.related_model
    return None
