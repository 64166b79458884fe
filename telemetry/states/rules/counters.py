"""What the readings of a cumulative counter add up to.

A counter starts again at its modulus, is reset by hand, drops to zero for one reading, or jumps by
more than the machine can make. Where only the next reading can tell, the doubtful one is kept
aside; nothing is counted twice and nothing is guessed.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from telemetry.states.rules.definition import SECOND, Counted, microseconds
from telemetry.states.rules.readings import Reading, Value, by_tag, in_order

COUNT: Final = "count"
ROLLOVER: Final = "rollover"
RESET: Final = "reset"
REJECTED: Final = "rejected"


class Step(NamedTuple):
    """At ``at`` (microseconds) the counter went up by ``delta``; ``kind`` says how that was read.

    A rejected step has delta 0: it is the note that an impossible jump was not counted.
    """

    at: int
    tag: str
    delta: Decimal
    kind: str


class Tally(msgspec.Struct):
    """What one counter must remember. ``doubt``: a reading only the next one can explain."""

    at: int | None = None
    value: float = 0.0
    doubt_at: int | None = None
    doubt: float = 0.0
    doubt_kind: str = ""


Tallies = dict[str, Tally]


def count(
    readings: Iterable[Reading],
    counters: Sequence[Counted],
    tallies: Tallies | None = None,
) -> tuple[list[Step], Tallies]:
    """The steps of all counters in ``readings``, going on from ``tallies``."""
    return count_ordered(by_tag(in_order(readings)), counters, tallies)


def count_ordered(
    readings: dict[str, list[tuple[int, Value]]],
    counters: Sequence[Counted],
    tallies: Tallies | None = None,
) -> tuple[list[Step], Tallies]:
    """``count`` for readings already sorted and split by tag."""
    steps: list[Step] = []
    kept: Tallies = {}
    for counted in counters:
        before = (tallies or {}).get(counted.tag, Tally())
        found, kept[counted.tag] = _follow(counted, readings.get(counted.tag, ()), before)
        steps += found
    steps.sort(key=lambda step: (step.at, step.tag))
    return steps, kept


def unsettled_since(tallies: Tallies, until: int) -> int:
    """Steps at or after this time may still be added by readings after ``until``."""
    return min(
        [
            until,
            *(tally.doubt_at for tally in tallies.values() if tally.doubt_at is not None),
        ]
    )


def _follow(counted: Counted, readings: Iterable[tuple[int, Value]], before: Tally) -> tuple[list[Step], Tally]:
    steps: list[Step] = []
    tally = msgspec.structs.replace(before)
    for at, raw in readings:
        if isinstance(raw, str) or raw is None or raw < 0:
            continue
        value = float(raw)
        if tally.at is None:
            tally.at, tally.value = at, value
        elif tally.doubt_at is not None:
            _explain(counted, tally, at, value, steps)
        elif value == tally.value:
            tally.at = at
        else:
            _advance(counted, tally, at, value, steps)
    return steps, tally


def _advance(counted: Counted, tally: Tally, at: int, value: float, steps: list[Step]) -> None:
    """Read a new value against the last trusted one."""
    kind, delta = _reading_of(counted, tally.value, value)
    if kind == COUNT and not _possible(counted, delta, at - (tally.at or at)):
        tally.doubt_at, tally.doubt, tally.doubt_kind = at, value, REJECTED
    elif kind != COUNT and value == 0:
        tally.doubt_at, tally.doubt, tally.doubt_kind = at, value, kind
    else:
        steps.append(Step(at, counted.tag, delta, kind))
        tally.at, tally.value = at, value


def _explain(counted: Counted, tally: Tally, at: int, value: float, steps: list[Step]) -> None:
    """Settle the doubtful reading with the one after it, then read that one."""
    doubt_at, doubt, kind = tally.doubt_at or at, tally.doubt, tally.doubt_kind
    if value == doubt and (kind != REJECTED or at == doubt_at):
        # The same again explains nothing: a zero that lasts, or a reading sent twice.
        return
    trusted_at = tally.at or at
    back = value >= tally.value and _possible(counted, _minus(value, tally.value), at - trusted_at)
    tally.doubt_at, tally.doubt, tally.doubt_kind = None, 0.0, ""
    if kind == REJECTED:
        steps.append(Step(doubt_at, counted.tag, Decimal(0), REJECTED))
        if not back:
            # Not the old level again, so the new level is real: it is the base, its jump is not counted.
            tally.at, tally.value = doubt_at, doubt
    elif not (back and at - doubt_at <= microseconds(counted.glitch_s)):
        _kind, delta = _reading_of(counted, tally.value, doubt)
        steps.append(Step(doubt_at, counted.tag, delta, kind))
        tally.at, tally.value = doubt_at, doubt
    if value == tally.value:
        tally.at = at
    else:
        _advance(counted, tally, at, value, steps)


def _reading_of(counted: Counted, old: float, new: float) -> tuple[str, Decimal]:
    if new > old:
        return COUNT, _minus(new, old)
    if counted.modulus and old > 0.9 * counted.modulus and new < 0.1 * counted.modulus:
        return ROLLOVER, _decimal(new) + _decimal(counted.modulus) - _decimal(old)
    return RESET, _decimal(new)


def _possible(counted: Counted, delta: Decimal, elapsed: int) -> bool:
    # One more than the rate allows: a piece may be finished just before each of the two readings.
    return counted.max_per_s is None or float(delta) <= counted.max_per_s * elapsed / SECOND + 1


def _minus(new: float, old: float) -> Decimal:
    return _decimal(new) - _decimal(old)


def _decimal(value: float) -> Decimal:
    return Decimal(int(value)) if float(value).is_integer() else Decimal(repr(value))
