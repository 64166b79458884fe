"""What many orders of the old system come to, by the sums that it stated itself."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from factory_core.access.policy import hidden_fields
from factory_core.people.models import User


@dataclass(frozen=True)
class StatedSums:
    """Orders of one currency that came with their sums, and these sums together; None was stated by nobody."""

    currency: str
    orders: int
    net: Decimal | None
    tax: Decimal | None
    freight: Decimal | None
    total: Decimal | None


def stated_sums(actor: User, orders: QuerySet[Any]) -> list[StatedSums]:
    """The stated sums of some purchase or sales orders, by currency; nothing for those who may not see prices."""
    if "total" in hidden_fields(actor, orders.model):
        return []
    stated = orders.exclude(net=None, total=None).order_by("currency").values("currency")
    sums: Any = stated.annotate(Count("pk"), Sum("net"), Sum("tax"), Sum("freight"), Sum("total"))
    names = ("currency", "pk__count", "net__sum", "tax__sum", "freight__sum", "total__sum")
    return [StatedSums(*(row[name] for name in names)) for row in sums]
