"""Pieces of machines over a period by order, and why some were lost."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from production.orders.models import CountEntry, ProductionOrder
from production.orders.queries import past_scrap_rows
from production.orders.states import CountKind

ZERO = Decimal(0)


@dataclass(frozen=True)
class LossSum:
    """Pieces lost of one kind for one reason."""

    kind: CountKind
    reason: str
    quantity: Decimal


def losses_of_machines(machine_ids: Sequence[int], start: datetime, end: datetime) -> list[LossSum]:
    """What people reported as scrap or rework on machines in [start, end) by reason, the most first."""
    return _summed(CountEntry.objects.filter(machine__among=list(machine_ids), at__gte=start, at__lt=end))


def losses_of_order(order: ProductionOrder, at: datetime) -> list[LossSum]:
    """What people reported as scrap or rework of an order until a moment by reason, the most first.

    Of an order that was ended in the old system: what that system says.
    """
    if order.past_good is not None:
        return [
            LossSum(CountKind.SCRAP, row.loss_reason.name if row.loss_reason else _("No reason given"), row.quantity)
            for row in past_scrap_rows(order)
        ]
    return _summed(CountEntry.objects.filter(order=order, at__lte=at))


def _summed(entries: QuerySet[CountEntry]) -> list[LossSum]:
    rows = entries.exclude(kind=CountKind.GOOD).order_by().values_list("kind", "loss_reason__name", "reason")
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for kind, named, written, quantity in rows.annotate(total=Sum("quantity")):
        sums[kind, named or written or _("No reason given")] += quantity
    found = [LossSum(CountKind(kind), reason, quantity) for (kind, reason), quantity in sums.items() if quantity]
    return sorted(found, key=lambda one: (one.kind != CountKind.SCRAP, -one.quantity, one.reason))


def kind_name(kind: CountKind) -> str:
    """The word for a kind of lost pieces."""
    return _("scrap") if kind == CountKind.SCRAP else _("rework")
