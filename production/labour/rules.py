"""Whose time counts how much where. Plain Python; seconds are real seconds, so nights of a clock change are exact."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

MILLISECOND = Decimal("0.001")
_MICRO = timedelta(microseconds=1)


class Stretch(NamedTuple):
    """A person worked on an operation from start to end. `shared`: several people share the time that passed there."""

    key: int
    person: int
    operation: int
    started_at: datetime
    ended_at: datetime
    shared: bool


def seconds_of(stretches: Iterable[Stretch]) -> dict[int, Decimal]:
    """How many seconds of its operation's labour each stretch is, by key; to the millisecond.

    At every moment a person counts as one: who works on n operations gives each 1/n. On an operation where people
    share, the k people there count together as their mean, so each gives 1/k of the share; otherwise each counts
    fully. Time is elapsed time between instants, so an hour that the clock shows twice counts twice.
    """
    there = [stretch for stretch in stretches if stretch.ended_at > stretch.started_at]
    borders = sorted({moment for one in there for moment in (one.started_at, one.ended_at)})
    starting, ending = defaultdict(list), defaultdict(list)
    for one in there:
        starting[one.started_at].append(one)
        ending[one.ended_at].append(one)
    active: dict[int, Stretch] = {}
    sums: dict[int, Fraction] = defaultdict(Fraction)
    for here, there_after in pairwise(borders):
        for one in ending[here]:
            active.pop(one.key, None)
        for one in starting[here]:
            active[one.key] = one
        length = (there_after - here) // _MICRO
        for key, part in _parts(list(active.values())):
            sums[key] += length * part
    return {key: _told(micro) for key, micro in sums.items()}


def _parts(active: Sequence[Stretch]) -> Iterable[tuple[int, Fraction]]:
    jobs: dict[int, set[int]] = defaultdict(set)
    people: dict[int, set[int]] = defaultdict(set)
    for one in active:
        jobs[one.person].add(one.operation)
        people[one.operation].add(one.person)
    for one in active:
        part = Fraction(1, len(jobs[one.person]))
        yield one.key, part / len(people[one.operation]) if one.shared else part


def _told(micro: Fraction) -> Decimal:
    seconds = Decimal(micro.numerator) / Decimal(micro.denominator) / 1_000_000
    return seconds.quantize(MILLISECOND, ROUND_HALF_UP)
