"""How much should be done by now, and how much is good. Plain Python; seconds are real seconds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

Period = tuple[datetime, datetime]


class Run(NamedTuple):
    """An order was on the machine from start to end (None: it still is); one piece ideally takes `ideal_cycle_s`."""

    started_at: datetime
    ended_at: datetime | None
    ideal_cycle_s: Decimal


class Counts(NamedTuple):
    """What was counted by the machine and what people reported, in pieces."""

    counted: Decimal = Decimal(0)
    reported_good: Decimal = Decimal(0)
    scrap: Decimal = Decimal(0)

    @property
    def good(self) -> Decimal:
        """A counter counts every part, good and bad, so scrap is taken off what it counted.

        Scrap reported before the counter's pieces have arrived must not eat what people reported as good.
        """
        return max(self.counted - self.scrap, Decimal(0)) + self.reported_good


@dataclass(frozen=True)
class Progress:
    """Pieces of a shift so far; `expected` is None while no order says what would be ideal."""

    good: Decimal
    scrap: Decimal
    expected: Decimal | None


def overlap_s(first: Period, second: Period) -> float:
    """How many seconds two half-open periods share."""
    shared = min(first[1], second[1]) - max(first[0], second[0])
    return max(shared.total_seconds(), 0.0)


def working_s(period: Period, breaks: Iterable[Period]) -> float:
    """The seconds of a period outside its breaks."""
    return overlap_s(period, period) - sum(overlap_s(period, pause) for pause in breaks)


def expected_by_now(shift: Period, breaks: Sequence[Period], runs: Iterable[Run], at: datetime) -> Decimal | None:
    """Pieces that ideal cycles would have made between the start of the shift and `at`, breaks left out.

    None without a run in that time: nobody said what to make, so nothing can be expected.
    """
    total: Decimal | None = None
    for run in runs:
        start = max(run.started_at, shift[0])
        end = min(run.ended_at or at, at, shift[1])
        if end > start:
            seconds = Decimal(str(working_s((start, end), breaks)))
            total = (total or Decimal(0)) + seconds / run.ideal_cycle_s
    return total
