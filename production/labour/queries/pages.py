"""What the pages of working time show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from factory_core.people.models import User
from production.labour.events import END_WORDS, KIND_WORDS, VOID
from production.labour.models import TimeEntry
from production.labour.queries.finding import entries_of
from production.labour.queries.hours import seconds_of_entries
from production.labour.queries.open import at_work, is_forgotten, longest_shift
from production.labour.states import EndedBy
from production.orders.models import ProductionOrder

MOST_ENTRIES = 200


@dataclass(frozen=True)
class EntryRow:
    """An entry, what it counts in seconds, and whether it was left running."""

    entry: TimeEntry
    seconds: Decimal
    forgotten: bool

    @property
    def kind(self) -> str:
        """What was done, in words."""
        return str(KIND_WORDS[self.entry.kind])

    @property
    def end(self) -> str:
        """How it ended, in words."""
        if self.entry.is_void:
            return str(VOID)
        return str(END_WORDS[EndedBy(self.entry.ended_by)]) if self.entry.ended_by else ""


def rows_of_order(actor: User, order: ProductionOrder, at: datetime) -> list[EntryRow]:
    """The newest entries of an order that somebody may see."""
    return _rows(list(entries_of(actor, order)[:MOST_ENTRIES]), at)


def rows_at_work(actor: User, at: datetime) -> list[EntryRow]:
    """Everybody at work whom somebody may see, the longest first."""
    return _rows(list(at_work(actor)[:MOST_ENTRIES]), at)


def _rows(entries: Iterable[TimeEntry], at: datetime) -> list[EntryRow]:
    entries, shift = list(entries), longest_shift()
    seconds = seconds_of_entries(entries, at)
    return [EntryRow(entry, seconds.get(entry.pk, Decimal(0)), is_forgotten(entry, at, shift)) for entry in entries]
