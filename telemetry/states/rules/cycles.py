"""Cycles and totals, read from a time line."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from telemetry.states.rules.fold import Interval

ACTIVE: Final = "ACTIVE"
FEED_HOLD: Final = "FEED_HOLD"
COMPLETED: Final = "PROGRAM_COMPLETED"


class Cycle(NamedTuple):
    """One run of a program: from the first ACTIVE until the next PROGRAM_COMPLETED.

    All values are whole microseconds. ``active`` and ``feed_hold`` are the time the machine itself
    named so inside the cycle; the rest it was stopped, interrupted or not heard.
    """

    started_at: int
    ended_at: int
    active: int
    feed_hold: int

    @property
    def length(self) -> int:
        """How long the cycle took, in microseconds."""
        return self.ended_at - self.started_at


def cycles(intervals: Iterable[Interval]) -> list[Cycle]:
    """The completed cycles in a time line; one still running is none yet."""
    found: list[Cycle] = []
    started_at: int | None = None
    spent = {ACTIVE: 0, FEED_HOLD: 0}
    for interval in intervals:
        if interval.word == COMPLETED:
            if started_at is not None:
                found.append(Cycle(started_at, interval.started_at, spent[ACTIVE], spent[FEED_HOLD]))
                started_at = None
            continue
        if interval.word == ACTIVE and started_at is None:
            started_at = interval.started_at
            spent = {ACTIVE: 0, FEED_HOLD: 0}
        if interval.word in spent and interval.ended_at is not None:
            spent[interval.word] += interval.ended_at - interval.started_at
    return found


def clipped(intervals: Iterable[Interval], start: int, end: int) -> list[Interval]:
    """The part of a time line inside [start, end); an open interval ends at ``end``."""
    cut = []
    for interval in intervals:
        left = max(interval.started_at, start)
        right = end if interval.ended_at is None else min(interval.ended_at, end)
        if left < right:
            cut.append(Interval(left, right, interval.state, interval.word))
    return cut


def totals(intervals: Iterable[Interval], start: int, end: int) -> dict[str, int]:
    """Microseconds per state inside [start, end); they add up to what the time line covers of it."""
    sums: dict[str, int] = {}
    for left, right, state, _word in clipped(intervals, start, end):
        sums[state] = sums.get(state, 0) + (right or end) - left
    return sums
