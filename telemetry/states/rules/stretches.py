"""Where two time lines differ, and which checkpoints are worth keeping."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final

from telemetry.states.rules.definition import FOREVER, SECOND
from telemetry.states.rules.fold import Interval

MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

# (how far behind the newest, one checkpoint per this much data): dense where late readings
# usually fall, thin where they are rare.
LADDER: Final = (
    (MINUTE, 10 * SECOND),
    (HOUR, 10 * MINUTE),
    (7 * DAY, HOUR),
    (FOREVER, DAY),
)


def changed_stretch(old: Sequence[Interval], new: Sequence[Interval]) -> tuple[int, int | None] | None:
    """The smallest stretch outside which both time lines say the same; None if they are equal.

    The end is None when they still differ in the open interval.
    """
    moments = sorted({moment for line in (old, new) for moment in _edges(line)})
    first: int | None = None
    end: int | None = None
    left = right = 0
    for moment, following in zip_longest(moments, moments[1:]):
        left, before = _at(old, moment, left)
        right, after = _at(new, moment, right)
        if before != after:
            first = moment if first is None else first
            end = following
    return None if first is None else (first, end)


def merged(ranges: Iterable[tuple[int, int]], gap: int = 0) -> list[tuple[int, int]]:
    """Ranges joined where they overlap or lie no further than ``gap`` apart, in rising order."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1] + gap:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def worth_keeping(moments: Iterable[int]) -> set[int]:
    """The checkpoints to keep: the newest, and the last of each rung of the ladder behind it."""
    falling = sorted(moments, reverse=True)
    kept: set[int] = set()
    rungs: set[tuple[int, int]] = set()
    for moment in falling:
        age = falling[0] - moment
        step = next(step for reach, step in LADDER if age <= reach)
        rung = (step, moment // step)
        if moment == falling[0] or rung not in rungs:
            kept.add(moment)
        rungs.add(rung)
    return kept


def _edges(line: Iterable[Interval]) -> Iterable[int]:
    for interval in line:
        yield interval.started_at
        if interval.ended_at is not None:
            yield interval.ended_at


def _at(line: Sequence[Interval], moment: int, index: int) -> tuple[int, tuple[str, str] | None]:
    """What the line says at ``moment``; ``index`` is where the last look ended (moments only rise)."""
    while index < len(line) and (line[index].ended_at or FOREVER) <= moment:
        index += 1
    if index < len(line) and line[index].started_at <= moment:
        return index, (line[index].state, line[index].word)
    return index, None
