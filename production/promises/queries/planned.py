"""What orders will freeze at their release: steps and material of orders that are only planned."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q

from production.orders.models import ProductionOrder
from production.orders.rules import quantities_in
from production.products.models import RoutingOperation
from production.products.queries import lines_of_order
from production.products.states import DesignStatus, LineKind
from production.promises.rules.outlook import Need, OpenStep
from production.promises.rules.remaining import Step, pace_of, seconds_left


def planned_steps(orders: Sequence[ProductionOrder], centres: dict[int, tuple[str, ...]], on: date) -> list[OpenStep]:
    """The steps of planned orders by the routing in force, in one question. Their keys are below zero: nothing of
    them is stored yet."""
    routing: dict[int, list[RoutingOperation]] = defaultdict(list)
    rows = RoutingOperation.objects.filter(
        _in_force(on),
        routing__item__in={order.item_id for order in orders},
        routing__status=DesignStatus.RELEASED,
    ).select_related("routing")
    for row in rows.order_by("number"):
        routing[row.routing.item_id].append(row)
    found: list[OpenStep] = []
    for order in orders:
        steps = routing.get(order.item_id or 0, [])
        going_in = quantities_in(order.quantity, [one.loss_percent for one in steps])
        for row, quantity in zip(steps, going_in, strict=True):
            plan = Step(quantity, row.loss_percent, row.setup_s, row.run_s)
            places = (f"m{row.machine_id}",) if row.machine_id else centres.get(row.work_centre_id, ())
            seconds = seconds_left(plan, Decimal(0), pace_of(plan, Decimal(0), timedelta()), None)
            found.append(OpenStep(-len(found) - 1, order.pk, row.number, places, seconds, wait_s=row.wait_s))
    return found


def planned_needs(orders: Sequence[ProductionOrder], on: date) -> list[Need]:
    """The components of planned orders by the bill of materials in force."""
    found = []
    for order in orders:
        if order.item is None:
            continue
        found += [
            Need(order.pk, need.item.pk, need.item.number, need.quantity)
            for need in lines_of_order(order.item, order.quantity, on)
            if need.kind == LineKind.COMPONENT
        ]
    return found


def _in_force(on: date) -> Q:
    return (Q(routing__valid_from=None) | Q(routing__valid_from__lte=on)) & (
        Q(routing__valid_until=None) | Q(routing__valid_until__gt=on)
    )
