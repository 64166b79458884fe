"""How many pieces were made: by the steps of orders, and on machines since a moment.

The steps of a machine's counter are never written to orders: they belong to the operation that ran when they were
counted, so pieces that arrive days late, and runs that are put right, count where they belong.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum, Value

from factory_core.calendar.rules import ShiftWindow
from production.orders.models import CountEntry, OrderOperation, OrderRun, ProductionOrder
from production.orders.rules import Counts
from production.orders.states import OperationStatus
from production.products.states import CountBy
from telemetry.states.models import CounterStep

# A counter may also count strokes or packs; only pieces are pieces.
PIECES, SCRAP = "pieces", "scrap"
_MADE = """
SELECT r.operation_id, CASE s.counts WHEN 'pieces' THEN 'counted' ELSE s.counts END, sum(s.delta)
  FROM production_orderrun r
  JOIN telemetry_counterstep s
    ON s.machine_id = r.machine_id AND s.at >= r.started_at AND s.at < least(coalesce(r.ended_at, %(at)s), %(at)s)
 WHERE r.operation_id = ANY(%(counted)s) AND s.counts IN ('pieces', 'scrap')
 GROUP BY 1, 2
UNION ALL
SELECT operation_id, kind, sum(quantity)
  FROM production_countentry
 WHERE operation_id = ANY(%(operations)s) AND at <= %(at)s
 GROUP BY 1, 2
"""


def counts_of_operations(operations: Sequence[OrderOperation], at: datetime) -> dict[int, Counts]:
    """What each step made until a moment, in one query however many.

    Where people count, the machine's counter is not asked.
    """
    if not operations:
        return {}
    counted = [step.pk for step in operations if step.count_by != CountBy.PERSON]
    totals: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    with connection.cursor() as cursor:
        cursor.execute(_MADE, {"at": at, "counted": counted, "operations": [step.pk for step in operations]})
        for operation_id, kind, total in cursor.fetchall():
            totals[operation_id, kind] += total
    return {step.pk: _counts(totals, step.pk) for step in operations}


def counts_of_operation(operation: OrderOperation, at: datetime) -> Counts:
    """What one step made until a moment."""
    return counts_of_operations([operation], at)[operation.pk]


def counts_of_orders(orders: Iterable[ProductionOrder], at: datetime) -> dict[int, Counts]:
    """What orders made until a moment, in three queries however many: the good of their last step, all their losses.

    Reports of before operations were told apart count with the last step.
    """
    keys = [order.pk for order in orders]
    if not keys:
        return {}
    steps: dict[int, list[OrderOperation]] = defaultdict(list)
    for step in OrderOperation.objects.filter(order__among=keys).order_by("number"):
        steps[step.order_id].append(step)
    made = counts_of_operations([step for several in steps.values() for step in several], at)
    found = {key: sum_of_steps(steps[key], made) for key in keys}
    old = CountEntry.objects.filter(order__among=keys, operation=None, at__lte=at).order_by()
    for order_id, kind, total in old.values_list("order_id", "kind").annotate(Sum("quantity")):
        field = "reported_good" if kind == "good" else kind
        found[order_id] = found[order_id]._replace(**{field: getattr(found[order_id], field) + total})
    return found


def counts_of_order(order: ProductionOrder, at: datetime) -> Counts:
    """What was made for one order so far."""
    return counts_of_orders([order], at)[order.pk]


def done_quantity(order: ProductionOrder, at: datetime) -> Decimal:
    """How many good pieces left the last step of an order until a moment."""
    return counts_of_order(order, at).good


def counts_of_machines(
    machine_ids: Iterable[int], windows: Mapping[int, ShiftWindow], at: datetime
) -> dict[int, Counts]:
    """What was counted and reported on each machine since its shift began, in one query.

    While an operation runs whose pieces people count, the machine's counter is not asked.
    """
    return counts_since(machine_ids, [windows], at)[0]


def counts_since(
    machine_ids: Iterable[int], several: Sequence[Mapping[int, ShiftWindow]], at: datetime
) -> list[dict[int, Counts]]:
    """`counts_of_machines` of several windows a machine (its shift, its day) in one query."""
    keys = list(machine_ids)
    asked = [rows for number, windows in enumerate(several) for rows in _counted(number, keys, windows, at)]
    # Scrap comes from both: what the machine sorted out by itself, and what people report.
    totals: dict[tuple[int, int], dict[tuple[int, str], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for number, machine_id, what, total in asked[0].union(*asked[1:], all=True):
        totals[number, machine_id][machine_id, "counted" if what == PIECES else what] += Decimal(total)
    return [{pk: _counts(totals[number, pk], pk) for pk in keys} for number in range(len(several))]


def _counted(
    number: int, keys: Sequence[int], windows: Mapping[int, ShiftWindow], at: datetime
) -> Iterator[QuerySet[Any, Any]]:
    since: dict[datetime, list[int]] = defaultdict(list)
    for pk in keys:
        since[windows[pk].started_at].append(pk)
    inside = Q()
    for start, pks in since.items():
        inside |= Q(machine__among=pks, at__gte=start, at__lt=at)
    # Said twice how late a run must have ended: by the step's moment, and by one that an index can find.
    by_people = OrderRun.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=min(since, default=at)) & Q(ended_at__gt=OuterRef("at")),
        machine=OuterRef("machine"),
        started_at__lte=OuterRef("at"),
        operation__count_by=CountBy.PERSON,
    )
    steps = CounterStep.objects.filter(inside, ~Exists(by_people), counts__in=(PIECES, SCRAP))
    for rows, what, pieces in (
        (steps, "counts", "delta"),
        (CountEntry.objects.filter(inside), "kind", "quantity"),
    ):
        summed = rows.order_by().values("machine_id").annotate(what=F(what), total=Sum(pieces))
        yield summed.annotate(number=Value(number)).values_list("number", "machine_id", "what", "total")


def _counts(totals: Mapping[tuple[int, str], Decimal], key: int) -> Counts:
    none = Decimal(0)
    return Counts(
        totals.get((key, "counted"), none),
        totals.get((key, "good"), none),
        totals.get((key, SCRAP), none),
        totals.get((key, "rework"), none),
    )


def sum_of_steps(steps: Sequence[OrderOperation], made: Mapping[int, Counts]) -> Counts:
    """An order's counts from those of its steps, first step first: the losses of all, the good of the last one."""
    done = [step for step in steps if step.status != OperationStatus.SKIPPED]
    if not done:
        return Counts()
    if len(done) == 1:
        return made[done[0].pk]
    losses = [made[step.pk] for step in done]
    return Counts(
        reported_good=losses[-1].good, scrap=sum((one.scrap for one in losses), Decimal(0)),
        rework=sum((one.rework for one in losses), Decimal(0)),
    )  # fmt: skip
