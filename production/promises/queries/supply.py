"""What orders and customers still need, and what there is and comes of it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import F, Min, Sum

from factory_core.plant.models import Site
from inventory.dispatch.models import DispatchLine
from inventory.lots.states import LotStatus
from inventory.purchasing.models import PurchaseLine
from inventory.purchasing.rules import outstanding
from inventory.purchasing.states import PurchaseStatus
from inventory.sales.queries.open import open_call_offs, open_lines
from inventory.sales.queries.shelf import available_to_send
from inventory.sales.rules import in_base, left_of
from inventory.stock.models import StockBalance
from inventory.stock.states import OUTSIDE
from production.materials.queries import put_out_of_orders, used_on
from production.orders.models import OrderMaterial, OrderOperation, ProductionOrder
from production.products.states import LineKind
from production.promises.rules.covering import Coming, CoverKind
from production.promises.rules.outlook import Demand, Need

NOTHING = Decimal(0)
# On a dispatch that has not left; its stock is reserved or stands ready already.
UNDER_WAY = ("PICKING", "PACKED")


def end_of(on: date, site: Site) -> datetime:
    """The end of a local day: until then a promise of that day is kept, and a delivery of that day counts as come."""
    return datetime.combine(on + timedelta(days=1), time(), site.zone)


class Booked:
    """The components of orders with what is in each order already, and when orders really began."""

    def __init__(self, order_ids: Sequence[int]) -> None:
        self.materials = list(
            OrderMaterial.objects.filter(order__in=order_ids, kind=LineKind.COMPONENT).select_related("item")
        )
        self.used = used_on([material.pk for material in self.materials])
        began = OrderOperation.objects.filter(order__in=order_ids, started_at__isnull=False).order_by()
        self.started = dict(began.values_list("order_id").annotate(Min("started_at")))


def needs_of(booked: Booked, orders: Sequence[ProductionOrder]) -> list[Need]:
    """What is still to be given to orders."""
    found = []
    for material in booked.materials:
        left = material.quantity - booked.used[material.pk]
        if left > 0:
            found.append(Need(material.order_id, material.item_id, material.item.number, left, material.operation_id))
    return found


def left_in_orders(orders: Sequence[ProductionOrder]) -> dict[int, Decimal]:
    """What has not come into stock of each order."""
    out = put_out_of_orders([order.pk for order in orders])
    return {order.pk: max(NOTHING, order.quantity - out[order.pk]) for order in orders}


def demands_of(site: Site) -> list[Demand]:
    """What customers still get of confirmed orders: of frame orders what they called off. One demand a line; the
    earliest call-off says when. What a dispatch under way carries is there already."""
    lines = open_lines().filter(order__site=site).select_related("item", "order")
    rows = [(line, left_of(line.quantity, line.dispatched), line.due) for line in lines]
    for call in open_call_offs().filter(line__order__site=site).select_related("line__item", "line__order"):
        rows.append((call.line, left_of(call.quantity, call.dispatched), call.due))
    way = DispatchLine.objects.filter(
        sales_line__in={line.pk for line, _left, _due in rows}, dispatch__status__in=UNDER_WAY, short_reason=""
    ).order_by()
    carried: dict[int, Decimal] = defaultdict(Decimal, way.values_list("sales_line_id").annotate(Sum("quantity")))
    found: dict[int, Demand] = {}
    for line, left, due in sorted(rows, key=lambda row: row[2] or date.max):
        before = found.get(line.pk)
        quantity = in_base(left, line.factor)
        if before is None:
            taken = min(carried[line.pk], quantity)
            found[line.pk] = Demand(
                line.pk, line.item_id, line.item.number, quantity - taken, end_of(due, site) if due else None
            )
        else:
            found[line.pk] = Demand(line.pk, line.item_id, line.item.number, before.quantity + quantity, before.due)
    return [demand for demand in found.values() if demand.quantity > 0]


def stock_of(items: Collection[int], site: Site, on: date) -> dict[int, Decimal]:
    """What may be used of each item: neither reserved, blocked nor expired."""
    return dict(available_to_send(list(items), site.pk, on))


def held_of(items: Collection[int], site: Site) -> dict[int, Decimal]:
    """What lies here in lots that are held or wait to be judged."""
    rows = StockBalance.objects.filter(
        item__in=items, location__site=site, lot__status=LotStatus.HOLD, quantity__gt=0
    ).exclude(location__kind__in=OUTSIDE)
    return dict(rows.order_by().values_list("item_id").annotate(Sum("quantity")))


def deliveries_of(items: Collection[int], site: Site, at: datetime) -> list[Coming]:
    """What suppliers still bring, the earliest first; overdue deliveries are expected by the end of today.

    Without a date the usual lead time after the order counts; without that nobody knows.
    """
    rows = PurchaseLine.objects.filter(
        item__in=items, is_closed=False, order__status=PurchaseStatus.RELEASED, order__site=site
    ).select_related("order", "supplier_item")
    today, found = at.astimezone(site.zone).date(), []
    for line in rows.order_by(F("promised_on").asc(nulls_last=True), F("wanted_on").asc(nulls_last=True), "pk"):
        left = outstanding(line.quantity, line.received, line.returned)
        on = line.promised_on or line.wanted_on or _usually(line)
        there = None if on is None else end_of(max(on, today), site)
        label = f"{line.order.number} · {line.position}"
        if left > 0:
            found.append(Coming(CoverKind.PURCHASE, line.pk, label, line.item_id, in_base(left, line.factor), there))
    return sorted(found, key=lambda one: (one.at is None, one.at or at, one.id))


def _usually(line: PurchaseLine) -> date | None:
    if line.supplier_item is None or line.order.ordered_on is None or not line.supplier_item.lead_time_days:
        return None
    return line.order.ordered_on + timedelta(days=line.supplier_item.lead_time_days)
