"""Net needs per period out of demand, stock and what is on its way; releases a lead time earlier."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from inventory.replenishment.rules.sizing import ZERO, lot_for_lot

Lots = Callable[[Sequence[Decimal]], list[Decimal]]


@dataclass(frozen=True)
class Plan:
    """Per period: what is missing, what shall arrive, and what is available at its end."""

    net: list[Decimal]
    receipts: list[Decimal]
    available: list[Decimal]


@dataclass(frozen=True)
class Release:
    """An order to be placed in a period. Before period 0 means late: it is shown, never dropped."""

    period: int
    quantity: Decimal

    @property
    def is_late(self) -> bool:
        """Whether it should have been placed before today."""
        return self.period < 0


def net(
    gross: Sequence[Decimal],
    *,
    on_hand: Decimal = ZERO,
    scheduled: Sequence[Decimal] = (),
    safety: Decimal = ZERO,
    lots: Lots = lot_for_lot,
) -> Plan:
    """Net = max(0, gross + safety - available before - scheduled receipts), then lots by the rule.

    `scheduled` may be shorter than `gross`. What a lot brings beyond its need serves the periods after it.
    """
    due = [*scheduled, *([ZERO] * (len(gross) - len(scheduled)))]
    left, needs = on_hand, []
    for demand, receipt in zip(gross, due, strict=True):
        need = max(ZERO, demand + safety - left - receipt)
        left += receipt + need - demand
        needs.append(need)
    receipts = lots(needs)
    left, available = on_hand, []
    for demand, receipt, lot in zip(gross, due, receipts, strict=True):
        left += receipt + lot - demand
        available.append(left)
    return Plan(needs, receipts, available)


def releases(receipts: Sequence[Decimal], lead: int) -> list[Release]:
    """Each receipt moved back by the lead time, in periods."""
    return [Release(period - lead, quantity) for period, quantity in enumerate(receipts) if quantity > 0]
