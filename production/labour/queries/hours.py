"""How many seconds were worked on operations and orders."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from production.labour.models import TimeEntry
from production.labour.rules import Stretch, seconds_of
from production.labour.states import LabourKind
from production.orders.models import OrderOperation, ProductionOrder
from production.products.states import TimeRule

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Hours:
    """Seconds worked: by kind, and of each person (user id) by kind."""

    seconds: dict[str, Decimal] = field(default_factory=dict)
    persons: dict[int, dict[str, Decimal]] = field(default_factory=dict)

    def of(self, kind: str) -> Decimal:
        """The seconds of one kind."""
        return self.seconds.get(LabourKind(kind).value, NOTHING)

    @property
    def total(self) -> Decimal:
        """All seconds."""
        return sum(self.seconds.values(), NOTHING)


def hours_of(thing: OrderOperation | ProductionOrder, at: datetime) -> Hours:
    """The labour of an operation or a whole order up to a moment, open entries counted up to it."""
    if isinstance(thing, OrderOperation):
        return hours_of_operations([thing.pk], at).get(thing.pk, Hours())
    return _sum(_rows(TimeEntry.objects.filter(order=thing), at), lambda entry: 0).get(0, Hours())


def hours_of_operations(operation_ids: Iterable[int], at: datetime) -> dict[int, Hours]:
    """The labour of many operations, in three questions."""
    entries = TimeEntry.objects.filter(operation__among=list(operation_ids))
    return _sum(_rows(entries, at), lambda entry: entry.operation_id)


def seconds_of_entries(entries: Iterable[TimeEntry], at: datetime) -> dict[int, Decimal]:
    """What each entry counts, by its id."""
    ids = [entry.pk for entry in entries]
    return {entry.pk: seconds for entry, seconds in _rows(TimeEntry.objects.filter(pk__in=ids), at)}


def _rows(wanted: QuerySet[TimeEntry], at: datetime) -> list[tuple[TimeEntry, Decimal]]:
    """The entries with what each counts: what the same people and the same operations did meanwhile decides."""
    wanted = wanted.filter(is_void=False, started_at__lt=at)
    entries = list(wanted)
    if not entries:
        return []
    since = min(entry.started_at for entry in entries)
    until = max(entry.ended_at or at for entry in entries)
    beside = TimeEntry.objects.filter(
        Q(person__among=list({entry.person_id for entry in entries}))
        | Q(operation__among=list({entry.operation_id for entry in entries})),
        Q(ended_at=None) | Q(ended_at__gt=since),
        is_void=False,
        started_at__lt=min(until, at),
    ).select_related("operation")
    stretches = [
        Stretch(
            entry.pk,
            entry.person_id,
            entry.operation_id,
            entry.started_at,
            min(entry.ended_at or at, at),
            entry.operation.time_rule == TimeRule.SHARED,
        )
        for entry in beside
    ]
    seconds = seconds_of(stretches)
    return [(entry, seconds.get(entry.pk, NOTHING)) for entry in entries]


def _sum(rows: Iterable[tuple[TimeEntry, Decimal]], of: Callable[[TimeEntry], int]) -> dict[int, Hours]:
    found: dict[int, Hours] = defaultdict(Hours)
    for entry, seconds in rows:
        hours, kind = found[of(entry)], LabourKind(entry.kind).value
        hours.seconds[kind] = hours.seconds.get(kind, NOTHING) + seconds
        person = hours.persons.setdefault(entry.person_id, {})
        person[kind] = person.get(kind, NOTHING) + seconds
    return dict(found)
