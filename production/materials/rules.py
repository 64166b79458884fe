"""How much material pieces use, and how what was used is shared out. Plain Python; quantities in base units."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import TypeVar

K = TypeVar("K")

NOTHING = Decimal(0)
SMALLEST = Decimal("0.000001")
HUNDRED = Decimal(100)


def need(each: Decimal, loss_percent: Decimal, *, is_fixed: bool, made: Decimal) -> Decimal:
    """What so many pieces use: each × (1 + loss) × pieces; of a fixed line everything with the first piece."""
    if made <= 0:
        return NOTHING
    whole = each * (1 + loss_percent / HUNDRED)
    return (whole if is_fixed else whole * made).quantize(SMALLEST, ROUND_HALF_UP)


def shared(amount: Decimal, weights: Mapping[K, Decimal]) -> dict[K, Decimal]:
    """An amount shared out by weight, to six digits; the last one gets what rounding left, so that nothing is lost."""
    whole = sum(weights.values(), NOTHING)
    if amount <= 0 or whole <= 0:
        return {}
    parts = {key: (amount * weight / whole).quantize(SMALLEST, ROUND_DOWN) for key, weight in weights.items()}
    last = next(reversed(parts))
    parts[last] += amount - sum(parts.values(), NOTHING)
    return {key: part for key, part in parts.items() if part}


def taken_from(amount: Decimal, there: Sequence[tuple[K, Decimal]]) -> list[tuple[K, Decimal]]:
    """An amount taken from what lies in several places, the first place first; less where there is less."""
    parts, missing = [], amount
    for key, lying in there:
        take = min(missing, lying)
        if take > 0:
            parts.append((key, take))
            missing -= take
    return parts
