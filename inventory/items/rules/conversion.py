"""From one unit to another."""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from inventory.items.states import Dimension

PIECES = "pcs"
# What others call a piece: one of each is one of any other.
_A_PIECE = (
    *("pcs", "pc", "pce", "ea", "each", "c62", "h87"),
    *("st", "stk", "stck", "stück", "un", "ud", "und", "pza", "szt"),
)
PIECE_CODES = frozenset(form for word in _A_PIECE for form in (word, word.upper(), word.capitalize()))
QUANTITY, FACTOR = Decimal("0.000001"), Decimal("0.000000000001")


class Measure(NamedTuple):
    """A unit: its code, what it measures, and how many of the dimension's basic unit it is."""

    code: str
    dimension: str
    factor: Decimal


def between(unit: Measure, base: Measure) -> Decimal | None:
    """How many base units one unit is, or None where only the item could tell.

    A box, a pack, a roll is a count without a size of its own: it converts through the item's own units only. A
    dozen or a thousand has its size in its factor, and a piece is a piece whatever it is called.
    """
    if unit.code == base.code:
        return Decimal(1)
    if unit.dimension != base.dimension or not (has_size(unit) and has_size(base)):
        return None
    return (unit.factor / base.factor).quantize(FACTOR, ROUND_HALF_UP)


def rounded(quantity: Decimal) -> Decimal:
    """A quantity with the six digits that are stored."""
    return quantity.quantize(QUANTITY, ROUND_HALF_UP)


def has_size(unit: Measure) -> bool:
    """Whether a unit is the same amount whatever is counted or measured."""
    return unit.dimension != Dimension.COUNT or unit.code in PIECE_CODES or unit.factor != 1
