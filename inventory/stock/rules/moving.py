"""Which moves make sense. Plain Python."""

from datetime import datetime, timedelta
from decimal import Decimal

from inventory.lots.rules import is_blocked, is_usable
from inventory.stock.states import OUTSIDE, LocationKind, MoveKind

# Clocks of tablets differ a little; what is said to happen later than this has not happened.
FUTURE_TOLERANCE = timedelta(minutes=5)
LARGEST = Decimal(10) ** 12
SMALLEST = Decimal("0.000001")
# What is on hold or rejected may always go here: apart, away, or back.
AWAY = frozenset({LocationKind.QUARANTINE, LocationKind.SCRAP, LocationKind.SUPPLIER, LocationKind.ADJUSTMENT})
# Leaving to here means that stock is used or sold.
USES = frozenset({LocationKind.PRODUCTION, LocationKind.CUSTOMER})


def is_quantity(quantity: Decimal) -> bool:
    """A number above zero with at most six digits behind the point."""
    return quantity.is_finite() and 0 < quantity < LARGEST and quantity == quantity.quantize(SMALLEST)


def is_to_come(at: datetime, now: datetime) -> bool:
    """Whether a moment lies further ahead than clocks differ."""
    return at > now + FUTURE_TOLERANCE


def lot_may_go(status: str, *, kind: str, inspected: bool, from_kind: str, to_kind: str, judge: bool) -> bool:
    """Whether stock of a lot may make a move.

    From outside everything may come in, and everything may be set apart, scrapped, sent back or counted away. What is
    used or sold must be usable. Inside the stock, what is blocked is moved only by those who judge lots, and only they
    may make another item of it.
    """
    if from_kind in OUTSIDE:
        return True
    if kind == MoveKind.REGRADE:
        return judge or is_usable(status, inspected=inspected)
    if to_kind in AWAY:
        return True
    if to_kind in USES:
        return is_usable(status, inspected=inspected)
    return judge or not is_blocked(status)
