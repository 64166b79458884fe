"""What released orders still need, as replenishment counts it."""

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal

from django.utils import timezone

from production.materials.queries.booked import MATERIAL, ORDER, used_on
from production.orders.models import OrderMaterial
from production.orders.states import OrderStatus
from production.products.states import LineKind

# Reservations for these are part of what orders still need.
COVERED = (ORDER, MATERIAL)
GOING_ON = (OrderStatus.RELEASED, OrderStatus.RUNNING, OrderStatus.PAUSED)


def open_material(item_ids: Collection[int], site_id: int) -> Iterator[tuple[int, Decimal, date | None]]:
    """Item, base units not yet taken, and the day they are needed: components of released orders of a site.

    Two questions, however many items.
    """
    rows = OrderMaterial.objects.filter(
        item__among=item_ids, kind=LineKind.COMPONENT, order__status__in=GOING_ON, order__line__area__site=site_id
    ).select_related("order")
    materials = list(rows)
    used = used_on([row.pk for row in materials])
    for row in materials:
        still = row.quantity - used[row.pk]
        if still > 0:
            needed_at = row.order.start_at or row.order.due_at
            yield row.item_id, still, timezone.localtime(needed_at).date() if needed_at else None
