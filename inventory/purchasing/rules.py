"""What a line still waits for, what to order of a unit, which offer is best, how a supplier did. Plain Python."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

NOTHING = Decimal(0)
SIX = Decimal("0.000001")


def outstanding(quantity: Decimal, received: Decimal, returned: Decimal, *, closed: bool = False) -> Decimal:
    """What is still to come of a line, in its unit.

    What went back counts as not delivered. A closed line waits for nothing, whatever came.
    """
    return NOTHING if closed else max(quantity - received + returned, NOTHING)


def over(quantity: Decimal, received: Decimal, returned: Decimal, now: Decimal) -> Decimal:
    """How much a delivery of `now` is more than the line still waits for, in its unit."""
    return max(now - outstanding(quantity, received, returned), NOTHING)


def orderable(
    quantity: Decimal, *, least: Decimal = NOTHING, multiple: Decimal = NOTHING, decimals: int = 6
) -> Decimal:
    """The smallest quantity at or above the wish that the supplier delivers.

    Not below `least`; a whole number of `multiple` where there is one, else rounded up to the digits of the unit.
    """
    wanted = max(quantity, least)
    step = multiple if multiple > 0 else Decimal(1).scaleb(-decimals)
    return (wanted / step).to_integral_value(ROUND_CEILING) * step


def cost_of_base(price: Decimal | None, factor: Decimal) -> Decimal | None:
    """What one base unit costs when one unit of `factor` base units costs `price`; six digits."""
    return None if price is None else (price / factor).quantize(SIX)


class Answer(NamedTuple):
    """What one supplier answered; `factor` base units make the unit of the enquiry, money is in `currency`."""

    key: int
    price: Decimal | None
    other_costs: Decimal
    currency: str
    least_quantity: Decimal
    lead_time_days: int | None


@dataclass(frozen=True)
class Compared:
    """An answer beside the others.

    `ordered`: the quantity one would have to take (the wish, or the supplier's least). `base_price`: all costs of it
    by base units of the **wish**: what nobody needs is paid for, too. `arrives_on`: ordered today. `days_late`: after
    the wanted date, 0 when in time, None when unknown.
    """

    key: int
    ordered: Decimal
    total: Decimal | None
    base_price: Decimal | None
    arrives_on: date | None
    days_late: int | None
    is_cheapest: bool = False
    is_fastest: bool = False
    is_best: bool = False


def compare(
    answers: Sequence[Answer], *, quantity: Decimal, factor: Decimal, wanted_on: date | None, today: date
) -> list[Compared]:
    """The answers beside each other, in the order given.

    total = price × ordered + other costs; base price = total ÷ (quantity × factor). Only answers in the commonest
    currency compete. The best is the cheapest of those that arrive in time; where none does (or no date is wanted and
    nobody names a lead time), the cheapest of all. Equal prices: the earlier arrival, then the smaller key.
    """
    rows = [_compared(answer, quantity, factor, wanted_on, today) for answer in answers]
    competing = _in_one_currency(answers)
    priced = [row for row in rows if row.base_price is not None and row.key in competing]
    cheapest = min(priced, key=_by_price, default=None)
    dated = [row for row in rows if row.arrives_on is not None and row.base_price is not None]
    fastest = min(dated, key=lambda row: (row.arrives_on or date.max, row.key), default=None)
    in_time = [row for row in priced if row.days_late == 0]
    best = min(in_time, key=_by_price, default=cheapest)
    return [
        Compared(
            row.key, row.ordered, row.total, row.base_price, row.arrives_on, row.days_late,
            is_cheapest=row is cheapest, is_fastest=row is fastest, is_best=row is best,
        )
        for row in rows
    ]  # fmt: skip


def _compared(answer: Answer, quantity: Decimal, factor: Decimal, wanted_on: date | None, today: date) -> Compared:
    ordered = max(quantity, answer.least_quantity)
    total = None if answer.price is None else answer.price * ordered + answer.other_costs
    base_price = None if total is None else (total / (quantity * factor)).quantize(SIX)
    arrives_on = None if answer.lead_time_days is None else today + timedelta(days=answer.lead_time_days)
    days_late = None
    if arrives_on is not None:
        days_late = max((arrives_on - wanted_on).days, 0) if wanted_on else 0
    return Compared(answer.key, ordered, total, base_price, arrives_on, days_late)


def _in_one_currency(answers: Iterable[Answer]) -> set[int]:
    keys: dict[str, set[int]] = {}
    for answer in answers:
        if answer.price is not None:
            keys.setdefault(answer.currency, set()).add(answer.key)
    return max(keys.values(), key=len, default=set())


def _by_price(row: Compared) -> tuple[Decimal, date, int]:
    return row.base_price or NOTHING, row.arrives_on or date.max, row.key


class Delivery(NamedTuple):
    """A receipt as it counts for a supplier: the day it came, and how much, in the line's unit."""

    on: date
    quantity: Decimal


@dataclass(frozen=True)
class Due:
    """A line that was due: what was ordered until when, what came when, what was refused at the door or sent back."""

    quantity: Decimal
    due_on: date
    deliveries: tuple[Delivery, ...]
    rejected: Decimal
    returned: Decimal

    @property
    def on_time(self) -> bool:
        """Whether everything that came was there on the due day, and something came."""
        return bool(self.deliveries) and all(one.on <= self.due_on for one in self.deliveries)

    @property
    def in_full(self) -> bool:
        """Whether at least the ordered quantity came and stayed, whenever that was."""
        return self.kept >= self.quantity

    @property
    def on_time_in_full(self) -> bool:
        """Whether the ordered quantity was there on the due day, and stayed."""
        until = sum((one.quantity for one in self.deliveries if one.on <= self.due_on), NOTHING)
        return until - self.returned >= self.quantity

    @property
    def came(self) -> Decimal:
        """Everything that stood at the door: taken and refused."""
        return sum((one.quantity for one in self.deliveries), NOTHING) + self.rejected

    @property
    def kept(self) -> Decimal:
        """What was taken and did not go back."""
        return self.came - self.rejected - self.returned

    @property
    def rejected_share(self) -> Decimal | None:
        """(refused at the door + sent back) ÷ everything that came; None while nothing came."""
        return (self.rejected + self.returned) / self.came if self.came else None

    @property
    def days_late(self) -> int:
        """Days after the due day of the last delivery, 0 when in time or while nothing came."""
        return max(((one.on - self.due_on).days for one in self.deliveries), default=0) if not self.on_time else 0


@dataclass(frozen=True)
class Performance:
    """How a supplier did over the lines due in a period. Shares lie between 0 and 1; None where there is nothing.

    on_time = lines of which everything that came was there on its due day ÷ lines due.
    in_full = lines of which the ordered quantity came and stayed ÷ lines due.
    on_time_in_full = lines of which the ordered quantity was there on the due day and stayed ÷ lines due.
    rejected = the mean over lines of (refused + sent back) ÷ came; lines of which nothing came do not count, and
    units of different items are never added.
    days_late = the mean over lines that came late.
    """

    lines: int
    on_time: Decimal | None
    in_full: Decimal | None
    on_time_in_full: Decimal | None
    rejected: Decimal | None
    days_late: Decimal | None


def performance(lines: Sequence[Due]) -> Performance:
    """The figures of a supplier from the lines that were due; see Performance for what they mean."""
    late = [Decimal(line.days_late) for line in lines if line.days_late]
    return Performance(
        lines=len(lines),
        on_time=_mean([Decimal(line.on_time) for line in lines]),
        in_full=_mean([Decimal(line.in_full) for line in lines]),
        on_time_in_full=_mean([Decimal(line.on_time_in_full) for line in lines]),
        rejected=_mean([line.rejected_share for line in lines if line.rejected_share is not None]),
        days_late=_mean(late),
    )


def _mean(values: Sequence[Decimal]) -> Decimal | None:
    return (sum(values, NOTHING) / len(values)).quantize(Decimal("0.0001")) if values else None
