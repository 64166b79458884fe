"""Lot sizes: what is needed in each period becomes lots that arrive in some of them.

Each rule takes the net needs per period and gives the lots per period. All needs are covered, never early.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal

from inventory.replenishment.rules.points import positive

ZERO = Decimal(0)


def rounded_up(quantity: Decimal, least: Decimal = ZERO, multiple: Decimal = ZERO) -> Decimal:
    """At least so much and a whole number of multiples; nothing stays nothing."""
    if quantity <= 0:
        return ZERO
    wanted = max(quantity, least)
    return _whole(wanted / multiple) * multiple if multiple > 0 else wanted


def lot_for_lot(needs: Sequence[Decimal], least: Decimal = ZERO, multiple: Decimal = ZERO) -> list[Decimal]:
    """In each period what is missing, raised to the least quantity and a multiple; what is over serves the next."""
    over, lots = ZERO, []
    for need in needs:
        lot = rounded_up(need - over, least, multiple)
        over += lot - need
        lots.append(lot)
    return lots


def fixed(needs: Sequence[Decimal], quantity: Decimal | None) -> list[Decimal]:
    """Whole lots of one size, as many as the period misses; the economic lot is used so, too. Raises BadFigure."""
    return lot_for_lot(needs, multiple=positive("lot_quantity", quantity))


def period_cover(needs: Sequence[Decimal], periods: int | None) -> list[Decimal]:
    """One lot for so many periods, counted from the first that needs something. Raises BadFigure."""
    count = int(positive("period_days", periods))
    lots = [ZERO] * len(needs)
    at = 0
    while at < len(needs):
        if needs[at] > 0:
            lots[at] = sum(needs[at : at + count], ZERO)
            at += count
        else:
            at += 1
    return lots


def silver_meal(needs: Sequence[Decimal], setup: Decimal, holding: Decimal) -> list[Decimal]:
    """A lot grows while the cost per period covered does not rise. Quick and mostly good, not always the cheapest."""
    lots = [ZERO] * len(needs)
    at = 0
    while at < len(needs):
        if needs[at] <= 0:
            at += 1
            continue
        cost, average, end = setup, setup, at + 1
        while end < len(needs):
            cost += holding * (end - at) * needs[end]
            if cost / (end - at + 1) > average:
                break
            average, end = cost / (end - at + 1), end + 1
        lots[at] = sum(needs[at:end], ZERO)
        at = end
    return lots


def wagner_whitin(needs: Sequence[Decimal], setup: Decimal, holding: Decimal) -> list[Decimal]:
    """The cheapest lots of all, found by looking at every stretch a lot could cover."""
    count = len(needs)
    # cheapest[n]: the least cost of the first n periods; start[n]: where the last lot among them arrives.
    cheapest, start = [ZERO] + [Decimal("Infinity")] * count, [0] * (count + 1)
    for first in range(count):
        cost = setup
        if needs[first] <= 0 and cheapest[first] < cheapest[first + 1]:
            cheapest[first + 1], start[first + 1] = cheapest[first], first
        for last in range(first, count):
            cost += holding * (last - first) * needs[last]
            if cheapest[first] + cost < cheapest[last + 1]:
                cheapest[last + 1], start[last + 1] = cheapest[first] + cost, first
    lots = [ZERO] * count
    end = count
    while end > 0:
        lots[start[end]] = sum(needs[start[end] : end], ZERO)
        end = start[end]
    return lots


def cost_of(
    lots: Sequence[Decimal], gross: Sequence[Decimal], setup: Decimal, holding: Decimal, on_hand: Decimal = ZERO
) -> Decimal:
    """What a plan costs: a set-up for each lot, and holding what is left at the end of each period."""
    cost, left = ZERO, on_hand
    for lot, demand in zip(lots, gross, strict=True):
        left += lot - demand
        cost += holding * left + (setup if lot > 0 else 0)
    return cost


def _whole(number: Decimal) -> Decimal:
    return number.to_integral_value(ROUND_CEILING)
