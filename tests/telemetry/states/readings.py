"""Readings and time lines in short form: seconds in, seconds out."""

from collections.abc import Iterable
from typing import Any

from telemetry.states.rules.definition import SECOND, Definition, read_definition
from telemetry.states.rules.fold import Interval, fold, tail
from telemetry.states.rules.readings import GOOD, Reading, Value


def us(seconds: float) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * SECOND)


def a_rule(*sources: dict[str, Any], counters: Iterable[dict[str, Any]] = ()) -> Definition:
    """A checked rule of the given sources."""
    return read_definition({"sources": list(sources), "counters": list(counters)})


def said(tag: str, *pairs: tuple[float, Value], quality: int = GOOD) -> list[Reading]:
    """Readings of one tag from (second, value) pairs, numbered from 1."""
    return [Reading(us(at), tag, 1, seq, value, quality) for seq, (at, value) in enumerate(pairs, start=1)]


def every_second(tag: str, start: int, values: Iterable[Value]) -> list[Reading]:
    """One reading a second from second ``start`` on."""
    return said(tag, *((start + offset, value) for offset, value in enumerate(values)))


def in_seconds(intervals: Iterable[Interval]) -> list[tuple[float, float | None, str, str]]:
    """Intervals with times in seconds, to compare with plain numbers."""
    return [
        (left / SECOND, None if right is None else right / SECOND, state, word)
        for left, right, state, word in intervals
    ]


def folded_in_pieces(pieces: Iterable[tuple[list[Reading], int]], rule: Definition, until: int) -> list[Interval]:
    """The time line when folding pauses after each (readings, until)."""
    intervals: list[Interval] = []
    memory = None
    for readings, stop in pieces:
        settled, memory = fold(readings, rule, memory, stop)
        intervals += settled
    return intervals if memory is None else intervals + tail(rule, memory, until)
