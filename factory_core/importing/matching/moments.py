"""Moments of a plant: local times become UTC, day numbers with a fraction become moments."""

from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from factory_core.importing.matching.dates import from_day_number


class Placed(NamedTuple):
    """A local time in UTC: None where clocks skipped it; `is_twice` where they showed it twice (the first is meant)."""

    at: datetime | None
    is_twice: bool = False


def in_zone(moment: datetime, zone: ZoneInfo) -> Placed:
    """The moment in UTC; one that names its distance from UTC already needs no zone."""
    if moment.tzinfo is not None:
        return Placed(moment.astimezone(UTC))
    local = moment.replace(tzinfo=zone)
    at = local.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != moment:
        return Placed(None)
    return Placed(at, is_twice=local.utcoffset() != local.replace(fold=1).utcoffset())


def of_day_number(number: Decimal, is_1904: bool) -> datetime | None:
    """The moment of a table program's day number, to the millisecond, or None outside the years that are believed."""
    whole = int(number)
    day = from_day_number(whole, is_1904)
    if day is None:
        return None
    part = ((number - whole) * 86_400_000).quantize(Decimal(1), ROUND_HALF_UP)
    return datetime.combine(day, time()) + timedelta(milliseconds=int(part))
