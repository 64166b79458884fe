"""The windows of accounts: shifts and the time between them, without hole or overlap. Plain Python."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from factory_core.calendar.rules import ShiftWindow

Period = tuple[datetime, datetime]


@dataclass(frozen=True)
class Window:
    """What one account covers. `on` is the day its shift opened, `shift_key` 0 between shifts."""

    on: date
    shift_key: int
    name: str
    is_shift: bool
    started_at: datetime
    ended_at: datetime
    breaks: tuple[Period, ...] = ()


def account_windows(
    shifts: Iterable[ShiftWindow], zone: ZoneInfo, start: datetime, end: datetime, *, has_shifts: bool
) -> list[Window]:
    """The windows that begin in [start, end), oldest first, whole; the first begins at `start`.

    `shifts` must reach a day beyond `end`: the time before a shift ends where the shift begins. Where shifts overlap,
    the later begins when the earlier ends. Between shifts the time is cut at local midnight. With no shifts set at all
    every hour counts: each local day is a window inside a shift.
    """
    found: list[Window] = []
    here = start.astimezone(UTC)
    for shift in sorted(shifts, key=lambda one: (one.started_at, one.key)):
        if shift.ended_at <= here:
            continue
        found += _days(here, shift.started_at, zone, is_shift=not has_shifts)
        here = max(here, shift.started_at.astimezone(UTC))
        found.append(Window(shift.on, shift.key, shift.name, True, here, shift.ended_at.astimezone(UTC), shift.breaks))
        here = found[-1].ended_at
    found += _days(here, end, zone, is_shift=not has_shifts, whole=True)
    return [window for window in found if window.started_at < end]


def midnight_before(moment: datetime, zone: ZoneInfo) -> datetime:
    """When the local day of a moment began, in UTC."""
    return _midnight(moment.astimezone(zone).date(), zone)


def _days(start: datetime, end: datetime, zone: ZoneInfo, *, is_shift: bool, whole: bool = False) -> Sequence[Window]:
    """The time between two moments, cut at local midnights; `whole` keeps the last day whole."""
    found: list[Window] = []
    while start < end:
        day = start.astimezone(zone).date()
        midnight = _midnight(day + timedelta(days=1), zone)
        stop = midnight if whole else min(midnight, end.astimezone(UTC))
        found.append(Window(day, 0, "", is_shift, start, stop))
        start = stop
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
