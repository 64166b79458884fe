"""What orders were frozen with, what was begun or taken of them, and what their material is made by."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, Exists, F, Q, Subquery, Sum, When

from factory_core.plant.models import Line
from inventory.items.models import Item, QuantityField
from inventory.stock.models import StockMove
from inventory.stock.states import MoveKind
from production.orders.models import OrderMaterial, ProductionOrder
from production.orders.states import OperationStatus
from production.products.models import Bom, Routing, RoutingOperation
from production.products.queries import in_force, lines_of_order, routing_on
from production.products.states import DesignStatus, LineKind

MATERIAL = OrderMaterial._meta.label_lower


class Component(NamedTuple):
    """A component that is made here: how much of it, and the line of its first step."""

    item: Item
    quantity: Decimal
    line: Line | None


def made_components(item: Item, quantity: Decimal, on: date) -> list[Component]:
    """The components of an order that have a routing that day, one row each however many lines name them."""
    needed: dict[int, Decimal] = {}
    items: dict[int, Item] = {}
    for need in lines_of_order(item, quantity, on):
        if need.kind == LineKind.COMPONENT:
            needed[need.item.pk] = needed.get(need.item.pk, Decimal(0)) + need.quantity
            items[need.item.pk] = need.item
    return [
        Component(items[key], total, _line_of(routing))
        for key, total in needed.items()
        if (routing := routing_on(items[key], on)) is not None
    ]


def has_begun(order: ProductionOrder) -> bool:
    """Whether a step of it was begun or anything was reported on it."""
    return ProductionOrder.objects.filter(_begun(order), pk=order.pk).exists()


def material_is_out(order: ProductionOrder, *, given_back: bool = True) -> bool:
    """Whether more material was taken for an order than given back; `given_back` False: whether any ever was."""
    rows = StockMove.objects.filter(
        source_kind=MATERIAL, source_id__in=list(order.materials.values_list("pk", flat=True))
    )
    if not given_back:
        return rows.exists()
    back = Case(When(kind=MoveKind.RETURN, then=-F("quantity")), default=F("quantity"), output_field=QuantityField())
    # A corrected move and its counter-move are of one kind and opposite ways: both are left out.
    rows = rows.filter(corrects=None, corrected_by=None, kind__in=(MoveKind.ISSUE, MoveKind.RETURN))
    sums = rows.order_by().values("source_id").annotate(out=Sum(back)).values_list("out", flat=True)
    return any(out > 0 for out in sums)


def newer_version(order: ProductionOrder, on: date) -> bool:
    """Whether another bill of materials or routing than the frozen one is in force on a day, and nothing was begun."""
    if order.item_id is None or order.routing_id is None:
        return False
    bom, routing = (
        model.objects.filter(in_force(on), item=order.item_id, status=DesignStatus.RELEASED).values("pk")[:1]
        for model in (Bom, Routing)
    )
    untouched = ProductionOrder.objects.filter(~_begun(order), pk=order.pk)
    now = untouched.values_list(Subquery(bom), Subquery(routing)).first()
    return now is not None and now != (order.bom_id, order.routing_id)


def _begun(order: ProductionOrder) -> Q:
    steps = order.operations.exclude(status__in=(OperationStatus.PENDING, OperationStatus.SKIPPED))
    return Q(Exists(steps)) | Q(Exists(order.counts.all())) | Q(Exists(order.runs.all()))


def _line_of(routing: Routing) -> Line | None:
    first = RoutingOperation.objects.filter(routing=routing).order_by("number")
    step = first.select_related("work_centre__line__area__site").first()
    return step.work_centre.line if step else None
