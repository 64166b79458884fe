"""Whether a product would contain itself, and by which way."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple


class Use(NamedTuple):
    """That something uses a component from a day until before another; None is no limit."""

    child: int
    since: date | None
    until: date | None


Period = tuple[date | None, date | None]


def narrowed(period: Period, since: date | None, until: date | None) -> Period | None:
    """The days two periods share; None where they share none."""
    start = max((day for day in (period[0], since) if day is not None), default=None)
    end = min((day for day in (period[1], until) if day is not None), default=None)
    return None if start is not None and end is not None and start >= end else (start, end)


def way_back(start: int, goal: int, period: Period, uses: Mapping[int, Sequence[Use]]) -> list[int]:
    """The shortest way from a component down to `goal` over uses that are in force together; empty where is none."""
    ways: list[tuple[list[int], Period]] = [([start], period)]
    seen = {(start, period)}
    for way, days in ways:
        if way[-1] == goal:
            return way
        for use in uses.get(way[-1], ()):
            shared = narrowed(days, use.since, use.until)
            if shared is not None and (use.child, shared) not in seen:
                seen.add((use.child, shared))
                ways.append(([*way, use.child], shared))
    return []
