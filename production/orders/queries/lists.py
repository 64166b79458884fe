"""Production orders as pages show them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine
from inventory.items.models import Item
from production.orders.models import OrderOperation, ProductionOrder
from production.orders.queries.counts import counts_of_operations, counts_of_orders
from production.orders.rules import Counts
from production.orders.states import OPEN, OperationStatus, OrderStatus
from production.products.models import WorkCentreMachine

Actor = User | AnonymousUser
# The newest are looked at by number, what is still to be made by its day.
BY_DAY = ("open", "late", "running")
MOST_RELATIVES, MOST_ALIKE = 60, 20
# Whoever types one letter is still typing.
MOST_ITEMS = 500


@dataclass(frozen=True)
class OrderRow:
    """An order in a list with what it made."""

    order: ProductionOrder
    counts: Counts
    is_late: bool


@dataclass(frozen=True)
class StepRow:
    """A step with what it made, and the machines on which it could be started."""

    step: OrderOperation
    counts: Counts
    machines: list[Machine]


@dataclass(frozen=True)
class Family:
    """Orders that belong to one: what makes its material, what was split off, what went into it, what might."""

    children: list[ProductionOrder]
    parts: list[ProductionOrder]
    swallowed: list[ProductionOrder]
    like_ones: list[ProductionOrder]


def orders_seen(
    actor: Actor,
    *,
    at: datetime,
    text: str = "",
    show: str = "",
    line: str = "",
    item: str = "",
    bom: int | None = None,
    routing: int | None = None,
) -> QuerySet[ProductionOrder]:
    """Orders the actor may see.

    `show`: "open", "planned", "released", "running" (or paused), "late", "ended" or all; open ones by the day they are
    due, others the newest first. `line` and `item` are a code and a number; `bom` and `routing` what they were frozen
    with.
    """
    rows = visible(actor, ProductionOrder.objects.select_related("item", "line", "machine"))
    if show in ("open", "late"):
        rows = rows.filter(status__in=OPEN)
    elif show in ("planned", "released"):
        rows = rows.filter(status=show.upper())
    elif show == "running":
        rows = rows.filter(status__in=(OrderStatus.RUNNING, OrderStatus.PAUSED))
    elif show == "ended":
        rows = rows.exclude(status__in=OPEN)
    if show == "late":
        rows = rows.filter(due_at__lt=at)
    if line:
        rows = rows.filter(line__code=line)
    if item:
        rows = rows.filter(item__number=item)
    if bom is not None:
        rows = rows.filter(bom=bom)
    if routing is not None:
        rows = rows.filter(routing=routing)
    if text:
        rows = rows.filter(_named(text))
    return rows.order_by(F("due_at").asc(nulls_last=True), "pk") if show in BY_DAY else rows.order_by("-id")


def rows_of(orders: Sequence[ProductionOrder], at: datetime) -> list[OrderRow]:
    """The rows of a list, in four queries however many."""
    counts = counts_of_orders(orders, at)
    return [
        OrderRow(order, counts[order.pk], order.status in OPEN and order.due_at is not None and order.due_at < at)
        for order in orders
    ]


def step_rows(order: ProductionOrder, at: datetime) -> list[StepRow]:
    """The steps of an order, in four queries however many."""
    steps = list(order.operations.select_related("machine", "work_centre__line").order_by("number"))
    for step in steps:
        step.order = order
    counts = counts_of_operations(steps, at)
    machines: dict[int, list[Machine]] = defaultdict(list)
    centres = {step.work_centre_id for step in steps if step.work_centre_id is not None}
    places = WorkCentreMachine.objects.filter(work_centre__in=centres, machine__is_active=True)
    for place in places.select_related("machine").order_by("machine__position", "pk"):
        machines[place.work_centre_id].append(place.machine)
    return [StepRow(step, counts[step.pk], machines.get(step.work_centre_id or 0, [])) for step in steps]


def next_step(rows: Sequence[StepRow]) -> StepRow | None:
    """The step somebody would start now: a paused one, or the first not begun."""
    for status in (OperationStatus.PAUSED, OperationStatus.PENDING):
        for row in rows:
            if row.step.status == status:
                return row
    return None


def family_of(actor: Actor, order: ProductionOrder, *, merging: bool = False) -> Family:
    """The orders that belong to one, as far as the actor may see them, and (`merging`) those that might be merged into
    it: of the same item, place and status. One query."""
    about = Q(parent=order) | Q(split_from=order) | Q(merged_into=order)
    rows = visible(actor, ProductionOrder.objects.filter(about)).order_by("pk")[:MOST_RELATIVES]
    if merging and order.item_id is not None and order.status in (OrderStatus.PLANNED, OrderStatus.RELEASED):
        alike = ProductionOrder.objects.filter(item=order.item_id, status=order.status, line=order.line_id)
        rows = rows.union(visible(actor, alike).exclude(pk=order.pk).order_by("due_at", "pk")[:MOST_ALIKE])
    found = sorted(rows, key=lambda one: one.pk)
    return Family(
        [one for one in found if one.parent_id == order.pk],
        [one for one in found if one.split_from_id == order.pk],
        [one for one in found if one.merged_into_id == order.pk],
        [one for one in found if _alike(one, order)] if merging else [],
    )


def lines_for_orders(actor: Actor, capability: str) -> QuerySet[Line]:
    """The lines on which the actor may do this with orders."""
    return visible(actor, Line.objects.select_related("area__site"), capability).order_by("code")


def machine_seen(actor: Actor, machine_id: int) -> Machine | None:
    """A machine the actor may run orders on, by its key."""
    return visible(actor, Machine.objects.filter(pk=machine_id), "production.order.run").first()


def items_made(actor: Actor, text: str) -> list[Item]:
    """A few items in use that are made here, by number or name, for a field that proposes as one types."""
    rows = visible(actor, Item.objects.filter(is_active=True, is_made=True)).select_related("unit")
    if text:
        rows = rows.filter(Q(number__istartswith=text) | Q(name__icontains=text))
    return list(rows.order_by("number")[:20])


def _alike(one: ProductionOrder, order: ProductionOrder) -> bool:
    wanted = ("item_id", "status", "line_id")
    return one.item_id is not None and all(getattr(one, name) == getattr(order, name) for name in wanted)


def _named(text: str) -> Q:
    """Orders by the beginning of their number, or by what is made."""
    items = Item.objects.filter(Q(number__istartswith=text) | Q(name__icontains=text)).order_by()
    return (
        Q(number__istartswith=text)
        | Q(item__in=list(items.values_list("pk", flat=True)[:MOST_ITEMS]))
        | Q(item=None, item_text__icontains=text)
    )
