"""What orders were frozen with, what was begun or taken of them, and what their material is made by."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, F, QuerySet, Sum, When

from factory_core.plant.models import Line
from inventory.items.models import Item, QuantityField
from inventory.stock.models import StockMove
from inventory.stock.states import MoveKind
from production.orders.models import OrderMaterial, ProductionOrder
from production.orders.states import OPEN, OperationStatus
from production.products.models import Bom, Routing, RoutingOperation
from production.products.queries import bom_on, lines_of_order, routing_on
from production.products.states import LineKind

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
    steps = order.operations.exclude(status__in=(OperationStatus.PENDING, OperationStatus.SKIPPED))
    return steps.exists() or order.counts.exists() or order.runs.exists()


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


def orders_frozen_on(*, bom: Bom | None = None, routing: Routing | None = None) -> QuerySet[ProductionOrder]:
    """Open orders that were frozen with a version of a product: what a change of it does not reach by itself."""
    rows = ProductionOrder.objects.filter(status__in=OPEN).select_related("item", "line", "machine")
    if bom is not None:
        rows = rows.filter(bom=bom)
    if routing is not None:
        rows = rows.filter(routing=routing)
    return rows.order_by("due_at", "pk")


def newer_version(order: ProductionOrder, on: date) -> bool:
    """Whether another bill of materials or routing than the frozen one is in force on a day."""
    if order.item is None or order.routing_id is None:
        return False
    bom, routing = bom_on(order.item, on), routing_on(order.item, on)
    return (bom.pk if bom else None, routing.pk if routing else None) != (order.bom_id, order.routing_id)


def _line_of(routing: Routing) -> Line | None:
    first = RoutingOperation.objects.filter(routing=routing).order_by("number")
    step = first.select_related("work_centre__line__area__site").first()
    return step.work_centre.line if step else None
