"""Who is at work now, and which entries nobody ended."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from factory_core.access.policy import visible
from factory_core.calendar.models import Shift
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.labour.models import TimeEntry
from production.orders.models import OrderOperation

# An entry that runs on so long after the length of a shift was forgotten.
LIMIT = timedelta(hours=1)
# Where no shift is set up.
ORDINARY_SHIFT = timedelta(hours=8)


def open_entries(thing: Machine | OrderOperation | User) -> QuerySet[TimeEntry]:
    """Entries still open at a machine, on an operation, or of a person; the oldest first.

    For acts and screens of people who may work there: it names those at work, not their hours.
    """
    rows = TimeEntry.objects.filter(ended_at=None, is_void=False).select_related(
        "person", "order", "operation", "machine__line__area__site"
    )
    if isinstance(thing, Machine):
        rows = rows.filter(machine=thing)
    elif isinstance(thing, OrderOperation):
        rows = rows.filter(operation=thing)
    else:
        rows = rows.filter(person=thing)
    return rows.order_by("started_at", "id")


def at_work(actor: User) -> QuerySet[TimeEntry]:
    """Every open entry somebody may see, the longest first."""
    rows = TimeEntry.objects.filter(ended_at=None, is_void=False).select_related(
        "person", "order__line", "operation", "machine"
    )
    return visible(actor, rows).order_by("started_at", "id")


def longest_shift() -> timedelta:
    """The longest shift of the plant by the clock on its wall."""
    longest = timedelta(0)
    for starts, ends in Shift.objects.values_list("starts", "ends"):
        length = timedelta(hours=ends.hour - starts.hour, minutes=ends.minute - starts.minute)
        longest = max(longest, length if length > timedelta(0) else length + timedelta(days=1))
    return longest or ORDINARY_SHIFT


def forgotten_entries(actor: User, at: datetime) -> QuerySet[TimeEntry]:
    """Open entries somebody may see that run longer than a shift and the limit: to be looked at."""
    return at_work(actor).filter(started_at__lt=at - longest_shift() - LIMIT)


def is_forgotten(entry: TimeEntry, at: datetime, shift: timedelta) -> bool:
    """Whether an open entry runs longer than a shift (as `longest_shift` says) and the limit."""
    return entry.ended_at is None and entry.started_at < at - shift - LIMIT
