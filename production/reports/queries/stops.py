"""Stops of machines over a period: how long, how often, why."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from production.downtime.models import Downtime
from production.downtime.queries import downtimes_in

ZERO = Decimal(0)


@dataclass
class ReasonSum:
    """All stops of one reason: seconds inside the period, how many began or went on in it, where the longest were."""

    name: str
    category: str
    is_planned: bool
    is_named: bool
    seconds: Decimal = ZERO
    stops: int = 0
    by_machine: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def worst(self) -> str:
        """The machine that lost most by it."""
        return max(self.by_machine, key=lambda name: self.by_machine[name]) if self.by_machine else ""


def seconds_between(start: datetime, end: datetime) -> Decimal:
    """Real seconds to the millisecond; a clock change between them changes nothing."""
    length = end.astimezone(UTC) - start.astimezone(UTC)
    return max(Decimal(length // length.resolution) / Decimal(1_000_000), ZERO).quantize(Decimal("0.001"))


def inside(stop: Downtime, start: datetime, end: datetime, at: datetime) -> Decimal:
    """The seconds of a stop inside [start, end), as far as they have passed."""
    first, last = max(stop.started_at, start), min(stop.ended_at or at, end, at)
    return seconds_between(first, last) if last > first else ZERO


def stops_by_reason(machine_ids: Sequence[int], start: datetime, end: datetime, at: datetime) -> list[ReasonSum]:
    """The stops of machines in a period by reason, the longest first. Short ones nobody must explain are one row."""
    sums: dict[tuple[str, int], ReasonSum] = {}
    rows = downtimes_in(machine_ids, start, min(end, at)).select_related("reason__parent", "machine")
    for stop in rows:
        if stop.reason is not None:
            key = ("reason", stop.reason.pk)
            category = stop.reason.parent.name if stop.reason.parent else ""
            found = sums.setdefault(key, ReasonSum(stop.reason.name, category, stop.reason.planned, True))
        elif stop.is_micro:
            found = sums.setdefault(("micro", 0), ReasonSum(_("Short stops"), "", False, True))
        else:
            found = sums.setdefault(("none", 0), ReasonSum(_("No reason given"), "", False, False))
        seconds = inside(stop, start, end, at)
        found.seconds += seconds
        found.stops += 1
        found.by_machine[stop.machine.name] += seconds
    return sorted(sums.values(), key=lambda one: (-one.seconds, one.name))
