"""What many purchase orders come to: the sums that the old system stated, and those of their lines."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, QuerySet, Sum

from factory_core.access.policy import hidden_fields
from factory_core.people.models import User
from inventory.purchasing.models import PurchaseLine, PurchaseOrder

NOTHING = Decimal(0)


@dataclass(frozen=True)
class StatedSums:
    """Orders of one currency that came with their sums, and these sums together; None was stated by nobody."""

    currency: str
    orders: int
    net: Decimal | None
    tax: Decimal | None
    freight: Decimal | None
    total: Decimal | None


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


def orders_summed(actor: User, orders: QuerySet[PurchaseOrder]) -> list[StatedSums]:
    """The stated sums of some orders, by currency; nothing for those who may not see prices."""
    if "total" in hidden_fields(actor, PurchaseOrder):
        return []
    stated = orders.exclude(net=None, total=None).order_by("currency").values("currency")
    sums = stated.annotate(Count("pk"), Sum("net"), Sum("tax"), Sum("freight"), Sum("total"))
    return [
        StatedSums(
            row["currency"], row["pk__count"], row["net__sum"], row["tax__sum"], row["freight__sum"], row["total__sum"]
        )
        for row in sums
    ]  # fmt: skip


def lines_summed(actor: User, orders: QuerySet[PurchaseOrder]) -> LineSums:
    """The lines of some orders; for orders of items that are counted in one unit, and of one currency."""
    found = PurchaseLine.objects.filter(order__in=orders.order_by().values("pk")).aggregate(
        lines=Count("pk"), value=Sum(F("quantity") * F("price")), ordered=Sum("quantity"), refused=Sum("rejected"),
        stocked=Sum("received"),
    )  # fmt: skip
    value = None if "price" in hidden_fields(actor, PurchaseLine) else found["value"] or NOTHING
    return LineSums(found["lines"], value, *(found[name] or NOTHING for name in ("ordered", "refused", "stocked")))
