"""Who works on what, since when, and how many hours an operation or an order has."""

from production.labour.queries.finding import (
    NoSuchEntry,
    NoSuchPerson,
    NoSuchReason,
    entries_of,
    entries_seen,
    entry_or_missing,
    pause_reason_or_missing,
    pause_reasons,
    person_or_missing,
)
from production.labour.queries.hours import Hours, hours_of, hours_of_operations, seconds_of_entries
from production.labour.queries.open import (
    Worker,
    forgotten_entries,
    is_forgotten,
    open_entries,
    paused_entries,
    workers,
    working_on,
)

__all__ = [
    "Hours",
    "NoSuchEntry",
    "NoSuchPerson",
    "NoSuchReason",
    "Worker",
    "entries_of",
    "entries_seen",
    "entry_or_missing",
    "forgotten_entries",
    "hours_of",
    "hours_of_operations",
    "is_forgotten",
    "open_entries",
    "pause_reason_or_missing",
    "pause_reasons",
    "paused_entries",
    "person_or_missing",
    "seconds_of_entries",
    "workers",
    "working_on",
]
