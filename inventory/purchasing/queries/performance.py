"""How suppliers did: the lines that were due in a period, and what came of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from factory_core.access.policy import visible
from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.purchasing.models import PurchaseLine, Receipt
from inventory.purchasing.queries.orders import DUE
from inventory.purchasing.rules import Delivery, Due, Performance, performance
from inventory.purchasing.states import PurchaseStatus, ReceiptKind


@dataclass(frozen=True)
class DueLine:
    """A line that was due, and how it went."""

    line: PurchaseLine
    due: Due


def due_lines(actor: User, suppliers: Sequence[Partner], since: date, until: date) -> list[DueLine]:
    """The lines of sent or closed orders whose due day (promised, else wanted) lies in [since, until], newest first.

    Lines without any day cannot be late and do not count; nor do lines of which something came that nobody knows the
    day of, because it came in the system that was used before. Days are those of the order's site.
    """
    rows = (
        visible(actor, PurchaseLine.objects.all())
        .annotate(due=DUE)
        .filter(
            order__supplier__in=suppliers,
            order__status__in=(PurchaseStatus.RELEASED, PurchaseStatus.CLOSED),
            due__gte=since,
            due__lte=until,
        )
    )
    lines = list(rows.select_related("order__site", "order__supplier", "item", "unit").order_by("-due", "-id"))
    zones = {line.pk: line.order.site.zone for line in lines}
    came: dict[int, list[Delivery]] = defaultdict(list)
    receipts = Receipt.objects.filter(line__in=zones, kind=ReceiptKind.RECEIVED)
    for line_id, at, quantity in receipts.values_list("line_id", "at", "quantity"):
        came[line_id].append(Delivery(at.astimezone(zones[line_id]).date(), quantity))
    told = [line for line in lines if sum((one.quantity for one in came[line.pk]), Decimal(0)) >= line.received]
    return [
        DueLine(
            line,
            Due(
                quantity=line.quantity,
                due_on=line.promised_on or line.wanted_on or until,
                deliveries=tuple(came[line.pk]),
                rejected=line.rejected,
                returned=line.returned,
            ),
        )
        for line in told
    ]


def performances(
    actor: User, suppliers: Sequence[Partner], since: date, until: date
) -> list[tuple[Partner, Performance]]:
    """The figures of several suppliers in two queries, in the order given."""
    by_supplier: dict[int, list[Due]] = defaultdict(list)
    for row in due_lines(actor, suppliers, since, until):
        by_supplier[row.line.order.supplier_id].append(row.due)
    return [(supplier, performance(by_supplier[supplier.pk])) for supplier in suppliers]
