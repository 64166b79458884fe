"""What the lines of many purchase orders come to, added up by the database alone."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, QuerySet, Sum

from inventory.purchasing.models import PurchaseLine, PurchaseOrder


@dataclass(frozen=True)
class LineSums:
    """How many lines, quantity × price, and quantities in their own units: ordered, refused at the door, stocked."""

    lines: int
    value: Decimal
    ordered: Decimal
    refused: Decimal
    stocked: Decimal

    @property
    def came(self) -> Decimal:
        """Taken and refused together."""
        return self.stocked + self.refused


def lines_summed(orders: QuerySet[PurchaseOrder]) -> LineSums:
    """The lines of some orders; for orders of items that are counted in one unit, and of one currency."""
    found = PurchaseLine.objects.filter(order__in=orders.order_by().values("pk")).aggregate(
        lines=Count("pk"), value=Sum(F("quantity") * F("price")), ordered=Sum("quantity"), refused=Sum("rejected"),
        stocked=Sum("received"),
    )  # fmt: skip
    return LineSums(**{name: total or Decimal(0) for name, total in found.items()})
