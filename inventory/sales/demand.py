"""What customers still wait for, as replenishment counts it."""

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal

from django.db.models import F
from django.db.models.functions import Coalesce

from inventory.sales.models import CallOff, SalesLine
from inventory.sales.rules import in_base
from inventory.sales.states import SalesStatus

# Reservations for these are part of what customers wait for.
COVERED = (
    "inventory.salesorder", "inventory.salesline", "inventory.calloff", "inventory.dispatch", "inventory.dispatchline",
    "inventory.pick",
)  # fmt: skip


def open_demand(item_ids: Collection[int], site_id: int) -> Iterator[tuple[int, Decimal, date | None]]:
    """Item, base units still to be sent, and the day promised, else wanted: open lines of confirmed orders.

    Of a frame order only what was called off is demanded. Two questions, however many items.
    """
    lines = SalesLine.objects.filter(
        item__among=item_ids, order__site_id=site_id, order__status=SalesStatus.CONFIRMED, is_closed=False
    )
    due = Coalesce("promised_on", "wanted_on")
    plain = lines.filter(order__is_frame=False, quantity__gt=F("dispatched"))
    called = CallOff.objects.filter(line__in=lines.filter(order__is_frame=True), is_closed=False).filter(
        quantity__gt=F("dispatched")
    )
    columns = ("quantity", "dispatched")
    for item, factor, quantity, dispatched, on in [
        *plain.values_list("item_id", "factor", *columns, due),
        *called.values_list("line__item_id", "line__factor", *columns, due),
    ]:
        yield item, in_base(quantity - dispatched, factor), on
