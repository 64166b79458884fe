"""What the lines of many purchase orders come to."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, QuerySet, Sum

from factory_core.access.policy import hidden_fields
from factory_core.people.models import User
from inventory.purchasing.models import PurchaseLine, PurchaseOrder

NOTHING = Decimal(0)


@dataclass(frozen=True)
class LineSums:
    """Lines together: how many, quantity × price (None where prices are hidden), and quantities in their own units.

    `came` is everything that stood at the door, `refused` what was not taken of it, `stocked` what was.
    """

    lines: int
    value: Decimal | None
    ordered: Decimal
    refused: Decimal
    stocked: Decimal

    @property
    def came(self) -> Decimal:
        """Taken and refused together."""
        return self.stocked + self.refused


def lines_summed(actor: User, orders: QuerySet[PurchaseOrder]) -> LineSums:
    """The lines of some orders; for orders of items that are counted in one unit, and of one currency."""
    found = PurchaseLine.objects.filter(order__in=orders.order_by().values("pk")).aggregate(
        lines=Count("pk"), value=Sum(F("quantity") * F("price")), ordered=Sum("quantity"), refused=Sum("rejected"),
        stocked=Sum("received"),
    )  # fmt: skip
    value = None if "price" in hidden_fields(actor, PurchaseLine) else found["value"] or NOTHING
    return LineSums(found["lines"], value, *(found[name] or NOTHING for name in ("ordered", "refused", "stocked")))
