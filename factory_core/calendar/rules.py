"""Shifts laid onto the time line. Plain Python; durations are real, so a night on a clock-change day has 7 or 9 hours.

A local time that the clock skips is taken as the moment of the jump; one that comes twice is its first occurrence
(PEP 495, fold 0).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class ShiftPlan:
    """A weekly shift: name, local start and end, ISO weekdays (1–7) on which it starts, breaks, validity."""

    key: int
    name: str
    starts: time
    ends: time
    weekdays: frozenset[int]
    breaks: tuple[tuple[time, time], ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True)
class ShiftWindow:
    """One shift of one day: half-open, in UTC, with its breaks; `on` is the local day on which it starts."""

    key: int
    name: str
    on: date
    started_at: datetime
    ended_at: datetime
    breaks: tuple[tuple[datetime, datetime], ...]

    @property
    def seconds(self) -> float:
        """The real length, breaks included."""
        return (self.ended_at - self.started_at).total_seconds()

    @property
    def working_seconds(self) -> float:
        """The real length without breaks."""
        return self.seconds - sum((end - start).total_seconds() for start, end in self.breaks)


def shift_windows(
    plans: Sequence[ShiftPlan], holidays: Iterable[date], zone: ZoneInfo, start: datetime, end: datetime
) -> list[ShiftWindow]:
    """The shift windows that touch the half-open period [start, end), oldest first, whole (not clipped)."""
    closed = set(holidays)
    # A shift that began yesterday may reach into today.
    day = start.astimezone(zone).date() - timedelta(days=1)
    last = end.astimezone(zone).date()
    found = []
    while day <= last:
        if day not in closed:
            found += [_window(plan, day, zone) for plan in plans if _works_on(plan, day)]
        day += timedelta(days=1)
    touching = [window for window in found if window.started_at < end and window.ended_at > start]
    return sorted(touching, key=lambda window: (window.started_at, window.key))


def _works_on(plan: ShiftPlan, day: date) -> bool:
    return (
        day.isoweekday() in plan.weekdays
        and (plan.valid_from is None or plan.valid_from <= day)
        and (plan.valid_until is None or day <= plan.valid_until)
    )


def _window(plan: ShiftPlan, day: date, zone: ZoneInfo) -> ShiftWindow:
    def moment(at: time) -> datetime:
        after_midnight = at < plan.starts or (at == plan.starts and at == plan.ends)
        return _instant(day + timedelta(days=after_midnight), at, zone)

    started_at = _instant(day, plan.starts, zone)
    ended_at = _instant(day + timedelta(days=plan.ends <= plan.starts), plan.ends, zone)
    breaks = tuple((moment(begin), moment(finish)) for begin, finish in plan.breaks)
    return ShiftWindow(plan.key, plan.name, day, started_at, ended_at, breaks)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    local = datetime.combine(day, at, zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    # The clock jumped over this local time: its two readings bracket the jump, which halving finds to the second.
    low, high = sorted((instant, local.replace(fold=1).astimezone(UTC)))
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
