"""How much should be done by now, how much is good, and what the steps say of an order.

Plain Python; seconds are real seconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from production.orders.states import OperationStatus, OrderStatus

# The smallest quantity that is kept.
SIXTH = Decimal("0.000001")
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
    rework: Decimal = Decimal(0)

    @property
    def good(self) -> Decimal:
        """A counter counts every part, so scrap and what must be reworked are taken off what it counted.

        Scrap reported before the counter's pieces have arrived must not eat what people reported as good. A reworked
        piece becomes good when somebody reports it as good.
        """
        return max(self.counted - self.scrap - self.rework, Decimal(0)) + self.reported_good

    @property
    def produced(self) -> Decimal:
        """Every piece that came out, of whatever quality."""
        return self.good + self.scrap + self.rework


def status_of(here: str, steps: Sequence[str]) -> OrderStatus:
    """What an order is by what its steps are; `here` is what it is now.

    Ended by decision (closed, cancelled, merged) it stays so. Else: running while one step runs; finished when every
    step that is not left out is finished; paused when some step was begun; otherwise as far as it was released.
    """
    order = OrderStatus(here)
    if order in (OrderStatus.CLOSED, OrderStatus.CANCELLED, OrderStatus.MERGED) or not steps:
        return order
    left = [OperationStatus(step) for step in steps if step != OperationStatus.SKIPPED]
    if OperationStatus.RUNNING in left:
        return OrderStatus.RUNNING
    if left and all(step == OperationStatus.FINISHED for step in left):
        return OrderStatus.FINISHED
    if any(step != OperationStatus.PENDING for step in left):
        return OrderStatus.PAUSED
    return OrderStatus.PLANNED if order == OrderStatus.PLANNED else OrderStatus.RELEASED


def quantities_in(quantity: Decimal, losses: Sequence[Decimal]) -> list[Decimal]:
    """What must go into each step so that `quantity` good pieces leave the last one, to six digits.

    `losses` in percent, first step first. What goes in is what must come out times (1 + loss), the rule of the house
    for material too (MRP gross requirement: quantity per x (1 + loss)).
    """
    found: list[Decimal] = []
    for loss in reversed(losses):
        quantity = (quantity * (1 + loss / 100)).quantize(SIXTH)
        found.append(quantity)
    return found[::-1]


def share_of(quantity: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The part of a quantity that goes with `part` of `whole`, to six digits and above zero."""
    return max((quantity * part / whole).quantize(SIXTH), SIXTH)


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


def days_before(day: date, days: int, working: Sequence[date]) -> date:
    """The day so many working days before another, which itself is not counted.

    `working` holds the working days known, oldest first; days further back than these count as they come.
    """
    earlier = [one for one in working if one < day]
    if days <= len(earlier):
        return earlier[-days] if days else day
    return (earlier[0] if earlier else day) - timedelta(days=days - len(earlier))


class Ending(StrEnum):
    """Whether an order of the old system was ended there, and how; else how far it was."""

    OPEN = "open"
    RELEASED = "released"
    CLOSED = "closed"
    CANCELLED = "cancelled"


def ending_of(
    said: str, ordered: Decimal | None, good: Decimal | None, scrap: Decimal | None
) -> tuple[Ending, Decimal | None]:
    """How an order of the old system stands, and its quantity here: what was ordered, or what is left to make.

    `said` is its status in that system, "" where it says none: then an order of which everything ordered came out,
    good or scrapped, is ended, and any other is open.
    """
    done = (good or Decimal(0)) + (scrap or Decimal(0))
    if said:
        ending = Ending(said)
    else:
        is_done = ordered is not None and good is not None and done >= ordered
        ending = Ending.CLOSED if is_done else Ending.OPEN
    if ordered is None or ending in (Ending.CLOSED, Ending.CANCELLED):
        return ending, ordered
    return ending, ordered - done
