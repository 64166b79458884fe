"""Working time of a machine or bench: work goes on inside shifts and outside their breaks, and nowhere else.

Real seconds: a night in which the clock changes has seven or nine hours of work. That a finish is reckoned as if a work
centre ran day and night is a known fault elsewhere (Odoo PR#240617).
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from factory_core.calendar.rules import ShiftWindow

Period = tuple[datetime, datetime]
SECOND = timedelta(seconds=1)


class WorkingTime:
    """Periods of work, oldest first and apart. `periods` None: nobody set shifts, work goes on at any time.

    Nothing is known behind the last period: what does not fit into them has no end (None).
    """

    def __init__(self, periods: Sequence[Period] | None) -> None:
        self.periods = None if periods is None else list(periods)
        self._ends = [] if periods is None else [end for _start, end in periods]

    def begin(self, at: datetime) -> datetime | None:
        """The first moment of work at or after a moment."""
        if self.periods is None:
            return at
        index = bisect_right(self._ends, at)
        return None if index == len(self.periods) else max(at, self.periods[index][0])

    def end(self, start: datetime, work: timedelta) -> datetime | None:
        """When so much work is done that begins at `start` or at the next moment of work after it."""
        if self.periods is None:
            return start + work
        if not work:
            return self.begin(start)
        for index in range(bisect_right(self._ends, start), len(self.periods)):
            began, ended = self.periods[index]
            here = ended - max(start, began)
            if here >= work:
                return max(start, began) + work
            work -= here
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much of [start, end) is working time."""
        if self.periods is None:
            return max(end - start, timedelta())
        inside = timedelta()
        for index in range(bisect_right(self._ends, start), len(self.periods)):
            began, ended = self.periods[index]
            if began >= end:
                break
            inside += min(end, ended) - max(start, began)
        return inside


def working(windows: Iterable[ShiftWindow]) -> list[Period]:
    """The working periods of shifts: without breaks, shifts that overlap or touch joined."""
    joined: list[Period] = []
    for start, end in sorted(piece for window in windows for piece in _without_breaks(window)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def span(seconds: Decimal) -> timedelta:
    """Seconds of work as a length of time, never shorter than said."""
    return timedelta(microseconds=int((seconds * 1_000_000).to_integral_value(ROUND_CEILING)))


def whole_seconds(length: timedelta) -> int:
    """A length of time in whole seconds."""
    return length // SECOND


def _without_breaks(window: ShiftWindow) -> Iterable[Period]:
    here = window.started_at
    for start, end in sorted(window.breaks):
        if start > here:
            yield here, start
        here = max(here, end)
    if here < window.ended_at:
        yield here, window.ended_at
