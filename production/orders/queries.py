"""Which order runs, and how far a shift is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from django.db.models import F, Q, QuerySet, Sum

from factory_core.calendar.rules import ShiftWindow
from factory_core.plant.models import Machine
from production.orders.models import CountEntry, OrderOperation, OrderRun, ProductionOrder
from production.orders.rules import Counts, Progress, Run, expected_by_now
from telemetry.states.models import CounterStep

# A counter may also count strokes or packs; only pieces are pieces.
PIECES, SCRAP = "pieces", "scrap"


def running_operation(machine: Machine, at: datetime | None = None) -> OrderOperation | None:
    """The step of an order on a machine now, or at a moment."""
    moment = Q(ended_at=None) if at is None else Q(started_at__lte=at) & (Q(ended_at=None) | Q(ended_at__gt=at))
    run = OrderRun.objects.filter(moment, machine=machine).select_related("operation__order").first()
    return run.operation if run else None


def running_order(machine: Machine, at: datetime | None = None) -> ProductionOrder | None:
    """The order on a machine now, or at a moment."""
    operation = running_operation(machine, at)
    return operation.order if operation else None


def orders_waiting(machine: Machine) -> QuerySet[ProductionOrder]:
    """What could be started here next: planned and paused orders, the earliest due first."""
    return ProductionOrder.objects.filter(machine=machine, status__in=("PLANNED", "PAUSED")).order_by(
        F("due_at").asc(nulls_last=True), "id"
    )


def progress(machine: Machine, window: ShiftWindow, at: datetime) -> Progress:
    """Good, scrap and expected pieces of a machine from the start of a shift to a moment."""
    counts = counts_of_machines([machine.pk], {machine.pk: window}, at)[machine.pk]
    runs = [ordered.run for ordered in _runs([machine.pk], window.started_at, at)[machine.pk]]
    expected = expected_by_now((window.started_at, window.ended_at), window.breaks, runs, at)
    return Progress(counts.good, counts.scrap, expected)


class ShiftFigures(NamedTuple):
    """This shift of a machine: `target` is what it can ideally make of its running order, None without one."""

    good: Decimal
    scrap: Decimal
    target: Decimal | None
    expected: Decimal | None


def shift_figures(
    machine_ids: Sequence[int], windows: Mapping[int, ShiftWindow], at: datetime
) -> dict[int, ShiftFigures]:
    """What a screen shows of the shifts of machines, in two queries; whole pieces."""
    if not machine_ids:
        return {}
    counts = counts_of_machines(machine_ids, windows, at)
    runs = _runs(machine_ids, min(window.started_at for window in windows.values()), at)
    found = {}
    for pk in machine_ids:
        window, ordered = windows[pk], runs[pk]
        target = expected = None
        wanted = next((quantity for run, quantity in ordered if run.ended_at is None), None)
        if wanted is not None:
            shift, made = (window.started_at, window.ended_at), [run for run, _quantity in ordered]
            expected = expected_by_now(shift, window.breaks, made, at)
            target = min(wanted, expected_by_now(shift, window.breaks, made, window.ended_at) or wanted)
        found[pk] = ShiftFigures(counts[pk].good, counts[pk].scrap, _whole(target), _whole(expected))
    return found


def counts_of_machines(
    machine_ids: Iterable[int], windows: Mapping[int, ShiftWindow], at: datetime
) -> dict[int, Counts]:
    """What was counted and reported on each machine since its shift began, in one query."""
    since: dict[datetime, list[int]] = defaultdict(list)
    for pk in machine_ids:
        since[windows[pk].started_at].append(pk)
    inside = Q()
    for start, pks in since.items():
        inside |= Q(machine__among=pks, at__gte=start, at__lt=at)
    steps = (
        CounterStep.objects.filter(inside, counts__in=(PIECES, SCRAP))
        .values("machine_id")
        .annotate(what=F("counts"), total=Sum("delta"))
    )
    entries = CountEntry.objects.filter(inside).values("machine_id").annotate(what=F("kind"), total=Sum("quantity"))
    # Scrap comes from both: what the machine sorted out by itself, and what people report.
    totals: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for row in (
        steps.order_by()
        .values_list("machine_id", "what", "total")
        .union(entries.order_by().values_list("machine_id", "what", "total"), all=True)
    ):
        totals[row[0], row[1]] += Decimal(row[2])
    none = Decimal(0)
    return {
        pk: Counts(
            counted=totals.get((pk, PIECES), none),
            reported_good=totals.get((pk, "good"), none),
            scrap=totals.get((pk, "scrap"), none),
        )
        for pks in since.values()
        for pk in pks
    }


def counts_of_order(order: ProductionOrder, at: datetime) -> Counts:
    """What was made for an order so far, over all its runs."""
    inside = Q(pk__in=())
    for run in order.runs.all():
        inside |= Q(machine=order.machine_id, at__gte=run.started_at, at__lt=run.ended_at or at)
    steps = CounterStep.objects.filter(inside, counts__in=(PIECES, SCRAP)).order_by()
    counted = dict(steps.values_list("counts").annotate(Sum("delta")))
    reported = dict(order.counts.order_by().values_list("kind").annotate(Sum("quantity")))
    none = Decimal(0)
    return Counts(
        counted.get(PIECES, none), reported.get("good", none), reported.get("scrap", none) + counted.get(SCRAP, none)
    )


class _Ordered(NamedTuple):
    """An order on a machine, and how many pieces it wants."""

    run: Run
    quantity: Decimal


def _runs(machine_ids: Sequence[int], since: datetime, at: datetime) -> dict[int, list[_Ordered]]:
    rows = OrderRun.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=since), machine__among=machine_ids, started_at__lte=at
    ).values_list("machine_id", "started_at", "ended_at", "order__ideal_cycle_s", "order__quantity")
    runs: dict[int, list[_Ordered]] = defaultdict(list)
    for machine_id, started_at, ended_at, ideal_cycle_s, quantity in rows:
        runs[machine_id].append(_Ordered(Run(started_at, ended_at, ideal_cycle_s), quantity))
    return runs


def _whole(pieces: Decimal | None) -> Decimal | None:
    return None if pieces is None else pieces.to_integral_value(ROUND_FLOOR)
