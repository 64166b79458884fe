"""Everything of a site that a forecast is made of, read in a fixed number of questions."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from factory_core.calendar.models import Shift
from factory_core.calendar.queries import shifts_of_lines
from factory_core.plant.models import Line, Machine, Site
from production.downtime.models import Downtime
from production.downtime.states import DowntimeStatus
from production.orders.models import OrderOperation, OrderRun, ProductionOrder
from production.orders.queries import counts_of_operations
from production.orders.states import OPEN, OperationStatus
from production.products.models import WorkCentre, WorkCentreMachine
from production.promises.queries.planned import planned_needs, planned_steps
from production.promises.queries.supply import (
    Booked,
    deliveries_of,
    demands_of,
    held_of,
    left_in_orders,
    needs_of,
    stock_of,
)
from production.promises.rules.explaining import expected_end
from production.promises.rules.loading import Bound, Place
from production.promises.rules.outlook import Demand, OpenOrder, OpenStep, Picture
from production.promises.rules.remaining import Step, pace_of, seconds_left
from production.promises.rules.time import WorkingTime, working
from production.promises.states import Cause

HORIZON_DAYS = 92
# Longer ago a machine, its tool and its people were others.
PAST = timedelta(days=180)
MOST_PAST = 2000
MACHINE = Machine._meta.label_lower
LEFT = (OperationStatus.PENDING, OperationStatus.RUNNING, OperationStatus.PAUSED)


def picture_of(
    site: Site,
    at: datetime,
    *,
    days: int = HORIZON_DAYS,
    wish: ProductionOrder | None = None,
    asked: Demand | None = None,
) -> Picture:
    """The open orders, steps, needs, promises, stock and places of a site; shifts so many days ahead.

    `wish` is an order that does not exist yet and `asked` what somebody would like to be promised: both are looked at
    behind everything that is there.
    """
    orders = list(ProductionOrder.objects.filter(line__area__site=site, status__in=OPEN).select_related("item"))
    steps = list(
        OrderOperation.objects.filter(order__in=[order.pk for order in orders], status__in=LEFT)
        .select_related("order")
        .order_by("order_id", "number")
    )
    on = at.astimezone(site.zone).date()
    centres = _centres(site)
    places = _places(site, at, days)
    bare = [*_without_steps(orders), *([wish] if wish else [])]
    booked = Booked([order.pk for order in orders])
    needs = [*needs_of(booked, orders), *planned_needs(bare, on)]
    demands = [*demands_of(site), *([asked] if asked else [])]
    planned = planned_steps(bare, centres, on)
    unplanned = {order.pk for order in bare} - {step.order for step in planned}
    items = {need.item for need in needs} | {demand.item for demand in demands}
    return Picture(
        places=places,
        orders=_orders([*orders, *([wish] if wish else [])], booked, unplanned),
        steps=[*_steps(steps, places, centres, at), *planned],
        needs=needs,
        demands=demands,
        stock=stock_of(items, site, on),
        held=held_of(items, site),
        deliveries=deliveries_of(items, site, at),
    )


def _orders(orders: Sequence[ProductionOrder], booked: Booked, unplanned: set[int]) -> list[OpenOrder]:
    left = left_in_orders(orders)
    return [
        OpenOrder(
            order.pk, order.number, order.item_id, left[order.pk], order.due_at, order.priority, order.start_at,
            booked.started.get(order.pk), _made_for(order), order.pk in unplanned,
        )
        for order in orders
    ]  # fmt: skip


def _made_for(order: ProductionOrder) -> tuple[str, int] | None:
    if order.parent_id is not None:
        return ProductionOrder._meta.label_lower, order.parent_id
    return None if order.source_id is None else (order.source_kind, order.source_id)


def _without_steps(orders: Sequence[ProductionOrder]) -> list[ProductionOrder]:
    """Planned orders of an item whose steps are frozen only at release."""
    open_ids = [order.pk for order in orders]
    known = set(OrderOperation.objects.filter(order__in=open_ids).values_list("order_id", flat=True).distinct())
    return [order for order in orders if order.pk not in known and order.item_id is not None]


def _centres(site: Site) -> dict[int, tuple[str, ...]]:
    """The places of each work centre: its machines, or the bench itself."""
    machines: dict[int, list[str]] = defaultdict(list)
    rows = WorkCentreMachine.objects.filter(work_centre__line__area__site=site, machine__is_active=True)
    for centre_id, machine_id in rows.order_by("machine__position", "machine_id").values_list(
        "work_centre_id", "machine_id"
    ):
        machines[centre_id].append(f"m{machine_id}")
    keys = WorkCentre.objects.filter(line__area__site=site).values_list("pk", flat=True)
    return {key: tuple(machines.get(key) or [f"c{key}"]) for key in keys}


def _places(site: Site, at: datetime, days: int) -> dict[str, Place]:
    lines = list(Line.objects.filter(area__site=site).select_related("area__site"))
    windows = shifts_of_lines(lines, at - timedelta(days=7), at + timedelta(days=days))
    shifted = set(Shift.objects.filter(site=site).values_list("line_id", flat=True))
    times = {line.pk: WorkingTime(working(windows[line.pk]) if {line.pk, None} & shifted else None) for line in lines}
    stops = _stops(site, at)
    found = {f"l{line.pk}": Place(f"l{line.pk}", times[line.pk], 1000) for line in lines}
    for machine_id, line_id in Machine.objects.filter(line__area__site=site).values_list("pk", "line_id"):
        found[f"m{machine_id}"] = Place(f"m{machine_id}", times[line_id], 1, stops.get(machine_id))
    for centre_id, line_id, room in WorkCentre.objects.filter(line__area__site=site).values_list(
        "pk", "line_id", "places"
    ):
        found[f"c{centre_id}"] = Place(f"c{centre_id}", times[line_id], room)
    return found


def _stops(site: Site, at: datetime) -> dict[int, Bound]:
    """Machines that stand now, and when such a stop is usually over."""
    rows = Downtime.objects.filter(machine__line__area__site=site, status=DowntimeStatus.OPEN, started_at__lte=at)
    running = list(rows.select_related("machine", "reason"))
    reasons = {stop.reason_id for stop in running if stop.reason_id}
    past: dict[int | None, list[timedelta]] = defaultdict(list)
    if reasons:
        closed = Downtime.objects.filter(
            reason__in=reasons, status=DowntimeStatus.CLOSED, is_micro=False, started_at__gt=at - PAST,
            machine__line__area__site=site,
        )  # fmt: skip
        for reason_id, started_at, ended_at in closed.order_by("-started_at").values_list(
            "reason_id", "started_at", "ended_at"
        )[:MOST_PAST]:
            past[reason_id].append((ended_at or at) - started_at)
    return {
        stop.machine_id: Bound(
            expected_end(stop.started_at, past[stop.reason_id], at), Cause.STOP, MACHINE, stop.machine_id,
            f"{stop.machine.name}: {stop.reason.name}" if stop.reason else stop.machine.name, stop.started_at,
        )
        for stop in running
    }  # fmt: skip


def _steps(
    steps: Sequence[OrderOperation], places: dict[str, Place], centres: dict[int, tuple[str, ...]], at: datetime
) -> list[OpenStep]:
    counts = counts_of_operations(steps, at)
    spent = _spent([step for step in steps if step.status != OperationStatus.PENDING], places, at)
    found = []
    for step in steps:
        plan = Step(step.quantity, step.loss_percent, step.setup_s, step.run_s)
        made, begun = counts[step.pk].good, step.status != OperationStatus.PENDING
        used = spent.get(step.pk, timedelta())
        found.append(OpenStep(
            step.pk, step.order_id, step.number, _where(step, centres),
            seconds_left(plan, made, pace_of(plan, made, used), used if begun else None),
            step.status == OperationStatus.RUNNING, step.wait_s,
        ))  # fmt: skip
    return found


def _where(step: OrderOperation, centres: dict[int, tuple[str, ...]]) -> tuple[str, ...]:
    if step.machine_id is not None:
        return (f"m{step.machine_id}",)
    if step.work_centre_id is not None and step.work_centre_id in centres:
        return centres[step.work_centre_id]
    return (f"l{step.order.line_id}",)


def _spent(steps: Iterable[OrderOperation], places: dict[str, Place], at: datetime) -> dict[int, timedelta]:
    """The working time each begun step was on a machine while that did not stand."""
    runs = list(OrderRun.objects.filter(operation__in=[step.pk for step in steps]))
    if not runs:
        return {}
    first = min(run.started_at for run in runs)
    stops: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    standing = Downtime.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=first), machine__in={run.machine_id for run in runs},
        status__in=(DowntimeStatus.OPEN, DowntimeStatus.CLOSED),
    )  # fmt: skip
    for machine_id, started_at, ended_at in standing.values_list("machine_id", "started_at", "ended_at"):
        stops[machine_id].append((started_at, ended_at or at))
    found: dict[int, timedelta] = defaultdict(timedelta)
    for run in runs:
        place = places.get(f"m{run.machine_id}")
        time = place.time if place else WorkingTime(None)
        began, ended = run.started_at, run.ended_at or at
        found[run.operation_id] += time.between(began, ended) - sum(
            (
                time.between(max(start, began), min(end, ended))
                for start, end in stops[run.machine_id]
                if start < ended and end > began
            ),
            timedelta(),
        )
    return found
