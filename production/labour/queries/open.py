"""Who is at work now, and which entries nobody ended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import JSONField, QuerySet
from django.db.models.expressions import RawSQL

from factory_core.access.policy import visible
from factory_core.calendar.models import Shift
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.labour.models import TimeEntry
from production.labour.states import EndedBy
from production.orders.models import OrderOperation

# An entry that runs on so long after the length of a shift was forgotten.
LIMIT = timedelta(hours=1)
# Where no shift is set up.
ORDINARY_SHIFT = timedelta(hours=8)
# Written out: a station asks it with every change, and Django needs longer to word it than the database to answer.
_AT_WORK = """ARRAY(
SELECT jsonb_build_object('entry_id', t.id, 'kind', t.kind, 'started_at', t.started_at, 'person_id', p.id,
    'display_name', p.display_name, 'first_name', p.first_name, 'last_name', p.last_name, 'username', p.username)
  FROM production_timeentry t JOIN factory_core_user p ON p.id = t.person_id
 WHERE t.operation_id = %s AND t.ended_at IS NULL AND NOT t.is_void
 ORDER BY t.started_at, t.id)"""


@dataclass(frozen=True)
class Worker:
    """Somebody whose clock runs on an operation: for screens of people who may work there, without their hours."""

    entry_id: int
    person_id: int
    name: str
    kind: str
    started_at: datetime


def working_on(operation: str) -> RawSQL:
    """Those at work on the operation of each row of another question, to be read by `workers`; the oldest first.

    `operation`: the column that names it, such as `production_orderrun.operation_id`.
    """
    told = ArrayField(JSONField())
    return RawSQL(_AT_WORK % operation, (), output_field=told)  # noqa: S611 - our own text and a column's name


def workers(told: Iterable[Mapping[str, Any]]) -> list[Worker]:
    """What `working_on` found."""
    return [
        Worker(
            entry_id=one["entry_id"],
            person_id=one["person_id"],
            name=User(**{name: one[name] for name in ("display_name", "first_name", "last_name", "username")}).name,
            kind=one["kind"],
            started_at=datetime.fromisoformat(one["started_at"]),
        )
        for one in told
    ]


def paused_entries(operation_ids: Iterable[int]) -> list[TimeEntry]:
    """The last entry of everybody who paused work on one of these operations and neither went on nor said that it is
    done; the oldest pause first."""
    rows = TimeEntry.objects.filter(operation__among=list(operation_ids), is_void=False)
    last = rows.order_by("operation_id", "person_id", "-started_at", "-id").distinct("operation_id", "person_id")
    found = last.select_related("person", "pause_reason")
    return sorted(
        (entry for entry in found if entry.ended_by == EndedBy.PAUSE),
        key=lambda entry: entry.ended_at or entry.started_at,
    )


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
