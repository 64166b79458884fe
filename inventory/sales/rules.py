"""What is left of a line, when it is late, and how base units become units of the line. Plain Python."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from inventory.sales.states import SALES_MOVES, LineState, SalesStatus

SIX_DIGITS = Decimal("0.000001")
NOTHING = Decimal(0)


def can_move(here: str, there: str) -> bool:
    """Whether an order may go from one status to another."""
    return SalesStatus(there) in SALES_MOVES[SalesStatus(here)]


def left_of(quantity: Decimal, dispatched: Decimal, *, is_closed: bool = False) -> Decimal:
    """What is still to be sent, in the line's unit; nothing of a closed line."""
    return NOTHING if is_closed else max(quantity - dispatched, NOTHING)


def due_on(wanted: date | None, promised: date | None) -> date | None:
    """The day that counts: our word, else the customer's wish."""
    return promised or wanted


def line_state(
    *, quantity: Decimal, dispatched: Decimal, is_closed: bool, due: date | None, today: date, order_runs: bool = True
) -> LineState:
    """The word for a line. `order_runs`: its order is confirmed; a draft is never late, a closed one not either."""
    if dispatched >= quantity:
        return LineState.SENT
    if is_closed:
        return LineState.CLOSED
    if order_runs and due is not None and due < today:
        return LineState.LATE
    return LineState.PARTLY if dispatched > 0 else LineState.OPEN


def in_unit(base: Decimal, factor: Decimal) -> Decimal:
    """Base units as units of a line."""
    return (base / factor).quantize(SIX_DIGITS, ROUND_HALF_UP)


def in_base(quantity: Decimal, factor: Decimal) -> Decimal:
    """Units of a line as base units."""
    return (quantity * factor).quantize(SIX_DIGITS, ROUND_HALF_UP)


def added_to(dispatched: Decimal, factor: Decimal, base: Decimal) -> Decimal:
    """`dispatched` after so many more base units (minus: taken back), in the line's unit.

    What was sent before is read back to whole base digits first, so that twelve single pieces make exactly one box of
    twelve instead of twelve rounded twelfths.
    """
    before = (dispatched * factor).quantize(_coarse(factor), ROUND_HALF_UP)
    return in_unit(before + base, factor)


def _coarse(factor: Decimal) -> Decimal:
    """The finest digit of base units that six digits of the line's unit can tell apart."""
    lost = factor.adjusted() + 1 if factor > 1 else 0
    return Decimal(1).scaleb(-max(6 - lost, 0))
