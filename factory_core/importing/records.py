"""Rows that each are one record: added, changed or left as they are, many at a time, by the rules of their own app."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from factory_core.errors import Refusal
from factory_core.importing.kinds import Context, Outcome, Row, Value
from factory_core.tables import Record


@dataclass(frozen=True, slots=True)
class Records:
    """How rows become records of one table.

    `key` is the field of the row that names the record and the column that keeps it. `facts` gives what the row says,
    by column, or refuses the row; None means that the row says nothing. `check` raises the app's own refusal for a
    record that breaks its rules; `before` is None for a new one, else its columns as they were.
    """

    model: type[Record]
    key: str
    facts: Callable[[Row], Mapping[str, Any]]
    check: Callable[[Any, Mapping[str, Any] | None], None]
    # For the rows of a new record: what no column says.
    defaults: Mapping[str, Any]
    # For a new record: what follows from its row where the row itself says nothing.
    follows: Callable[[Row], Mapping[str, Any]] = lambda _row: {}

    def take(self, rows: Sequence[Row], context: Context) -> None:
        """Bring rows in; see `kinds.Take`."""
        keys = {str(row.values[self.key]) for row in rows if row.values.get(self.key)}
        # Read with a lock: what people change meanwhile waits for the end of the run, or the run for them. In one
        # order, so that two files about the same records wait for each other and never in a ring.
        there = self.model._default_manager.filter(**{f"{self.key}__in": keys}).order_by("pk")
        known = {str(getattr(record, self.key)).casefold(): record for record in there.select_for_update(no_key=True)}
        added: dict[str, Record] = {}
        changed: dict[int, Record] = {}
        columns: set[str] = set()
        for row in rows:
            name = str(row.values[self.key]).casefold()
            record = known.get(name)
            facts = self.facts(row)
            if row.outcome is Outcome.REFUSED:
                continue
            if record is None:
                record = self.model(**{**self.defaults, **self.follows(row)})
                if self._set(record, {self.key: row.values[self.key], **_said(facts)}, None, row):
                    known[name] = added[name] = record
                    row.outcome = Outcome.CREATED
            elif not context.leaves(row, self.key):
                touched = self._change(record, facts, context, row)
                if touched and name not in added:
                    changed[record.pk] = record
                    columns |= touched
        self.model._default_manager.bulk_create(added.values(), batch_size=1000)
        for record in changed.values():
            record.version += 1
        if changed:
            self.model._default_manager.bulk_update(changed.values(), [*columns, "version"], batch_size=500)

    def _change(self, record: Record, facts: Mapping[str, Any], context: Context, row: Row) -> set[str]:
        wish = {name: value for name, value in facts.items() if value is not None or context.clears}
        before = {name: getattr(record, name) for name in wish}
        empty = {name: empty_of(record, name) for name, value in wish.items() if value is None}
        wish |= empty
        touched = {name for name in wish if wish[name] != before[name]}
        if not touched:
            row.outcome = Outcome.UNCHANGED
            return set()
        if not self._set(record, {name: wish[name] for name in touched}, before, row):
            return set()
        row.outcome = Outcome.CHANGED
        row.changes = {name: (shown(before[name]), shown(getattr(record, name))) for name in sorted(touched)}
        return touched

    def _set(self, record: Record, facts: Mapping[str, Any], before: Mapping[str, Any] | None, row: Row) -> bool:
        """Put facts into a record and ask its rules; a record that breaks them is given back what it was."""
        for name, value in facts.items():
            setattr(record, name, value)
        try:
            self.check(record, before)
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                row.refuse(name, "invalid", " ".join(sentences))
        except Refusal as refusal:
            errors = refusal.details.get("errors") or [{"pointer": "", "code": refusal.code}]
            for each in errors:
                row.refuse(each["pointer"].strip("/"), each["code"], each.get("message", refusal.sentence))
        else:
            return True
        for name, value in (before or {}).items():
            setattr(record, name, value)
        return False


def empty_of(record: Record, name: str) -> Any:
    """What a column holds where nothing is said."""
    column = record._meta.get_field(name)
    return column.get_default() if isinstance(column, models.Field) else None


def _said(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def shown(value: Any) -> str:
    """A value as the list of changes shows it."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)


def same_names(*names: str) -> Callable[[Row], dict[str, Value]]:
    """For rows whose fields are called as the record's columns."""

    def facts(row: Row) -> dict[str, Value]:
        return {name: row.values[name] for name in names if name in row.values}

    return facts
