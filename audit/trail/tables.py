"""What the trail needs to know about a table: read from the app registry, so a new model needs no line here."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model

from factory_core.tables import TableKind

# Tables of other projects that say who may do what: guarded like our own records.
FOREIGN_RECORDS = (
    "auth.Group",
    "guardian.UserObjectPermission",
    "guardian.GroupObjectPermission",
)
# The entry has its own time, and signing in is an event: neither is a change of the record.
NOISE = ("updated_at", "last_login")
# Whatever opens a door is never written down, only that it changed.
SECRET = re.compile(r"^(password|pin|badge|digest)$|_hash$|secret")
# The columns by which people know a row, the first found ones of these.
LABELS = (("username",), ("number",), ("code", "name"), ("code",), ("name",), ("title",))


@dataclass(frozen=True)
class Guarded:
    """A table and how it is guarded."""

    table: str
    kind: TableKind
    about: dict[str, Any]
    goes_with_import: bool = False

    @property
    def argument(self) -> str:
        """What the audit trigger is told, as one JSON text."""
        return json.dumps(self.about, sort_keys=True, ensure_ascii=False)


def guarded_tables() -> Iterator[Guarded]:
    """Every table of the house that says its kind, the many-to-many tables of records, and the foreign ones."""
    for model in apps.get_models():
        kind = kind_of(model)
        if kind is None or model._meta.proxy:
            continue
        about = _about(model) if kind is TableKind.RECORD else {}
        yield Guarded(model._meta.db_table, kind, about, bool(getattr(model, "goes_with_import", False)))
        if kind is TableKind.RECORD:
            yield from _links_of(model)


def kind_of(model: type[Model]) -> TableKind | None:
    """A model's kind; None where it is not ours to guard."""
    if model._meta.label in FOREIGN_RECORDS:
        return TableKind.RECORD
    kind = getattr(model, "table_kind", None)
    return kind if isinstance(kind, TableKind) else None


def secret_fields(model: type[Model]) -> frozenset[str]:
    """The columns of a model whose values the trail must not hold."""
    named = getattr(model, "trail_secret", ())
    columns = (str(field.column) for field in model._meta.concrete_fields)
    return frozenset(column for column in columns if column in named or SECRET.search(column))


def _about(model: type[Model]) -> dict[str, Any]:
    fields = list(model._meta.concrete_fields)
    columns = {str(field.column) for field in fields}
    if model._meta.pk.column != "id":
        raise ValueError(f"{model._meta.label}: the key of an audited table is named id")
    return {
        "app": model._meta.app_label,
        "model": model._meta.model_name,
        "label": _label(model, columns),
        "secret": sorted(secret_fields(model)),
        "noise": [name for name in NOISE if name in columns],
        "names": {field.column: field.name for field in fields if field.column != field.name},
    }


def _label(model: type[Model], columns: set[str]) -> list[str]:
    chosen = getattr(model, "trail_label", None)
    if chosen is not None:
        return list(chosen)
    return next((list(label) for label in LABELS if columns.issuperset(label)), [])


def _links_of(model: type[Model]) -> Iterator[Guarded]:
    for relation in model._meta.local_many_to_many:
        # django-stubs knows neither that a relation has its table by now nor what its fields are.
        through: Any = relation.remote_field.through
        # A through model of its own is a record of its own; it says so itself.
        if not through._meta.auto_created:
            continue
        owner = through._meta.get_field(relation.m2m_field_name())
        target = through._meta.get_field(relation.m2m_reverse_field_name())
        yield Guarded(
            through._meta.db_table,
            TableKind.RECORD,
            {
                "app": model._meta.app_label,
                "model": model._meta.model_name,
                "label": [],
                "secret": [],
                "noise": [],
                "names": {},
                "owner": owner.column,
                "target": target.column,
                "relation": relation.name,
            },
        )
