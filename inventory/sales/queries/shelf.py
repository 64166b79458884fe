"""What could be sent right away: stock of a site that is neither reserved nor blocked."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, Sum

from inventory.lots.states import LotStatus
from inventory.stock.models import StockBalance
from inventory.stock.states import PICKABLE


def available_to_send(item_ids: Iterable[int], site_id: int, on: date) -> dict[int, Decimal]:
    """Base units of each item on hand minus reserved, without held, rejected and expired lots; in one query."""
    judged = Q(lot__status=LotStatus.RELEASED) | Q(lot__status=LotStatus.OPEN, item__inspect_on_receipt=False)
    usable = Q(lot=None) | judged & (Q(lot__expires_on=None) | Q(lot__expires_on__gte=on))
    rows = (
        StockBalance.objects.filter(
            usable, item__among=item_ids, location__site_id=site_id, location__kind__in=PICKABLE,
            location__is_active=True,
        )
        .values_list("item_id")
        .annotate(free=Sum(F("quantity") - F("reserved")))
    )  # fmt: skip
    return defaultdict(Decimal, rows)
