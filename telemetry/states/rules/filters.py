"""Noise taken out of measurements before they are judged. What was received stays stored as it came."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from telemetry.states.rules.readings import Value

Series = Sequence[tuple[int, Value]]


def smoothed(
    series: Series, newest: list[list[Any]], width: int, hold: int
) -> tuple[list[tuple[int, Value]], list[Any]]:
    """Each reading as the median of itself and those before it, `width` in all, and the newest readings to go on from.

    Text is left out. Fewer readings than `width` are not judged yet: they stand as they are. A silence longer than
    `hold` (microseconds) begins anew, since what was before it says nothing about what comes after it.
    """
    kept: list[tuple[int, float]] = [(at, value) for at, value in newest]
    out: list[tuple[int, Value]] = []
    for at, value in series:
        if value is None or isinstance(value, str):
            continue
        if kept and at - kept[-1][0] > hold:
            kept = []
        if out and out[-1][0] == at:
            # A repeat, or the better-numbered of two at one instant: it stands for both.
            kept.pop()
            out.pop()
        kept = [*kept[-(width - 1) :], (at, float(value))]
        out.append((at, median(number for _at, number in kept) if len(kept) == width else value))
    return out, [list(reading) for reading in kept[-(width - 1) :]]
