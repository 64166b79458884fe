"""What the kinds of this app share: finding records by what rows call them, and storing many at once."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from factory_core.access.policy import may
from factory_core.access.roles import CAPABILITIES
from factory_core.errors import Refusal
from factory_core.importing.kinds import Context, Outcome, Row
from factory_core.tables import Record

BATCH = 1000
_RANK = (None, Outcome.UNCHANGED, Outcome.CHANGED, Outcome.CREATED)


def found_by(rows: QuerySet[Any], column: str, texts: Iterable[object]) -> dict[str, Any]:
    """Records by the texts that rows call them: the exact spelling first, else the only one but for upper case."""
    asked = {str(text) for text in texts if text is not None}
    if not asked:
        return {}
    exact: dict[str, Any] = {}
    folded: dict[str, list[Any]] = defaultdict(list)
    meant = Q(upper_text__in=[text.upper() for text in asked]) | Q(**{f"{column}__in": asked})
    for record in rows.annotate(upper_text=Upper(column)).filter(meant):
        exact[getattr(record, column)] = record
        folded[getattr(record, column).upper()].append(record)
    found = {}
    for text in asked:
        if text in exact:
            found[text] = exact[text]
        elif len(alike := folded.get(text.upper(), [])) == 1:
            found[text] = alike[0]
    return found


def column_of(rows: Iterable[Row], *names: str) -> set[str]:
    """Everything the rows say in these fields."""
    return {str(value) for row in rows for name in names if (value := row.values.get(name)) is not None}


def refuse_by(row: Row, refusal: Refusal, name: str) -> None:
    """Say at the row what the app's own rules said; `name` is the field where the rule names none."""
    errors = refusal.details.get("errors") or [{"pointer": name, "code": refusal.code}]
    for each in errors:
        pointed = each["pointer"].strip("/")
        row.refuse(pointed, each["code"], each.get("message", refusal.sentence))


def refuse_without(row: Row, context: Context, name: str, capability: str) -> bool:
    """Whether the person lacks a right that this field of the row needs; the row is refused then."""
    if row.values.get(name) is None:
        return False
    if capability not in context.memory:
        context.memory[capability] = may(context.actor, capability)
    if context.memory[capability]:
        return False
    row.refuse(name, "not_allowed", _("You may not %(act)s.") % {"act": CAPABILITIES[capability]},
               _("Leave this column out, or let somebody with the right bring the file over."))  # fmt: skip
    return True


def note(row: Row, outcome: Outcome) -> None:
    """What became of one more part of a row: the greatest change of its parts is that of the row."""
    if row.outcome in _RANK and _RANK.index(outcome) > _RANK.index(row.outcome):
        row.outcome = outcome


def said(row: Row, **columns: Any) -> dict[str, Any]:
    """Columns that this row says something of: a field that no column of the file feeds says nothing."""
    return {name: value for name, value in columns.items() if name.removesuffix("_id") in row.values}


def _passes(record: Any) -> None:
    """For records without rules of their own."""


@dataclass
class Upsert:
    """Records of one table that rows add, change or leave as they are; `save` stores them, many at a time."""

    model: type[Record]
    context: Context
    # What is there, by whatever names a record; new ones join it.
    known: dict[Hashable, Any] = field(default_factory=dict)
    # The app's own rules for a record: raises its refusal.
    check: Callable[[Any], None] = _passes
    # How people read what a column keeps: column → value → text.
    words: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    added: list[Any] = field(default_factory=list)
    changed: dict[int, Any] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)

    def put(
        self, row: Row, key: Hashable, wish: Mapping[str, Any], new: Mapping[str, Any], *, name: str = ""
    ) -> Any | None:
        """The record a row means, with what the row says of it, or None where the row is refused or left out.

        `wish` is what the row says, by column; `new` what else a new record needs. `name` is the field that names the
        record: given for the record a row is about, so that people's wishes for existing ones count.
        """
        record = self.known.get(key)
        if record is None:
            record = self.model(**{**new, **{column: value for column, value in wish.items() if value is not None}})
            if not self._fits(row, record, name):
                return None
            self.known[key] = record
            self.added.append(record)
            note(row, Outcome.CREATED)
            return record
        if name and record.pk is None:
            row.refuse(name, "twice_in_file", _("“%(key)s” stands in this file already.") % {"key": row.values[name]})
            return None
        if name and self.context.leaves(row, name):
            return None
        return self._change(row, record, wish, name)

    def save(self) -> None:
        """Store what was added and changed."""
        self.model._default_manager.bulk_create(self.added, batch_size=BATCH)
        for record in self.changed.values():
            record.version += 1
        if self.changed:
            self.model._default_manager.bulk_update(
                self.changed.values(), sorted({*self.columns, "version"}), batch_size=500
            )
        self.added, self.changed, self.columns = [], {}, set()

    def _change(self, row: Row, record: Any, wish: Mapping[str, Any], name: str) -> Any | None:
        meant = {
            column: self._empty(column) if value is None else value
            for column, value in wish.items()
            if value is not None or (self.context.clears and self._may_be_empty(column))
        }
        before = {column: getattr(record, column) for column in meant}
        touched = sorted(column for column in meant if meant[column] != before[column])
        if not touched:
            note(row, Outcome.UNCHANGED)
            return record
        for column in touched:
            setattr(record, column, meant[column])
        if not self._fits(row, record, name):
            for column in touched:
                setattr(record, column, before[column])
            return None
        if record.pk:
            self.changed[record.pk] = record
            self.columns.update(touched)
        for column in touched:
            row.changes[column.removesuffix("_id")] = (
                self._shown(column, before[column]), self._shown(column, getattr(record, column)),
            )  # fmt: skip
        note(row, Outcome.CHANGED)
        return record

    def _fits(self, row: Row, record: Any, name: str) -> bool:
        try:
            self.check(record)
        except Refusal as refusal:
            refuse_by(row, refusal, name)
            return False
        return True

    def _column(self, column: str) -> "models.Field[Any, Any]":
        found = self.model._meta.get_field(column)
        if not isinstance(found, models.Field):
            raise TypeError(f"{column} is no column of {self.model.__name__}")
        return found

    def _may_be_empty(self, column: str) -> bool:
        described = self._column(column)
        return described.null or described.has_default() or described.get_internal_type() in ("CharField", "TextField")

    def _empty(self, column: str) -> Any:
        return self._column(column).get_default()

    def _shown(self, column: str, value: Any) -> str:
        if value is None:
            return ""
        if column in self.words:
            return self.words[column].get(value, str(value))
        return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
