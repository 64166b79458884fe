"""The states of a machine and the planned time around them."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from factory_core.calendar.queries import shifts_of_line, shifts_of_lines
from factory_core.calendar.rules import ShiftWindow
from factory_core.plant.models import Line
from production.downtime.rules import Interval, Period
from telemetry.states.models import StateInterval

# A shift longer than this is a mistake of set-up.
LONGEST_SHIFT = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


def intervals_of(machine_id: int, start: datetime | None, end: datetime | None) -> list[Interval]:
    """The states of a machine that touch [start, end), oldest first, whole (not clipped); None is without a limit."""
    rows = StateInterval.objects.filter(machine=machine_id)
    if start is not None:
        rows = rows.filter(Q(ended_at=None) | Q(ended_at__gt=start))
    if end is not None:
        rows = rows.filter(started_at__lt=end)
    columns = rows.order_by("started_at").values_list("state", "started_at", "ended_at", "word")
    return [Interval(state, began, ended, word or "") for state, began, ended, word in columns]


def planned_time(line: Line, start: datetime, end: datetime) -> list[Period] | None:
    """The planned time of a line that touches [start, end), breaks included; None where nobody set shifts."""
    windows = shifts_of_line(line, start, end)
    if windows:
        return [(window.started_at, window.ended_at) for window in windows]
    has_shifts = line.shifts.exists() or line.area.site.shifts.filter(line=None).exists()
    return [] if has_shifts else None


def shift_at(line: Line, at: datetime) -> ShiftWindow:
    """The shift that runs on a line at a moment; without one, the local day."""
    return _running(shifts_of_line(line, at - LONGEST_SHIFT, at + INSTANT), line, at)


def shifts_at(lines: Collection[Line], at: datetime) -> dict[int, ShiftWindow]:
    """`shift_at` of many lines, by line id."""
    windows = shifts_of_lines(lines, at - LONGEST_SHIFT, at + INSTANT)
    return {line.pk: _running(windows[line.pk], line, at) for line in lines}


def local_day(line: Line, at: datetime) -> ShiftWindow:
    """The day of the site around a moment, 23 to 25 hours long, as if it were a shift."""
    midnight = at.astimezone(line.area.site.zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    following = midnight + timedelta(days=1)
    return ShiftWindow(0, "", midnight.date(), midnight.astimezone(UTC), following.astimezone(UTC), breaks=())


def _running(windows: Sequence[ShiftWindow], line: Line, at: datetime) -> ShiftWindow:
    running = [window for window in windows if window.started_at <= at < window.ended_at]
    return running[-1] if running else local_day(line, at)
