"""The hours of a shift, and what ideal cycles would make in each. Plain Python."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from production.orders.rules import Run, expected_by_now

Period = tuple[datetime, datetime]
HOUR = timedelta(hours=1)


def clock_hours(start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """The borders of a period's hours: its start, every full hour of the local clock in it, its end.

    Steps in real time: an hour that comes twice is two rows, one that is skipped is none.
    """
    local = start.astimezone(zone)
    into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    here, last = start.astimezone(UTC), end.astimezone(UTC)
    borders, here = [here], here - into + HOUR
    while here < last:
        borders.append(here)
        here += HOUR
    return [*borders, last]


def targets(borders: Sequence[datetime], breaks: Sequence[Period], runs: Iterable[Run]) -> list[Decimal | None]:
    """Pieces that ideal cycles make between each two borders, breaks left out; None where no order ran."""
    known = list(runs)
    return [expected_by_now((left, right), breaks, known, right) for left, right in pairwise(borders)]
