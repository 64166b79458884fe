"""How many pieces were made: by the steps of orders, and on machines since a moment.

The steps of a machine's counter are never written to orders: they belong to the operation that ran when they were
counted, so pieces that arrive days late, and runs that are put right, count where they belong.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Sum

from factory_core.calendar.rules import ShiftWindow
from production.orders.models import CountEntry, OrderOperation, ProductionOrder
from production.orders.queries.past import past_scrap_of
from production.orders.rules import Counts
from production.orders.states import OperationStatus
from production.products.states import CountBy

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

# Which window of which machine, and what was made in it. While people count, the machine's counter is not asked; said
# twice how late their run must have ended: by the step's moment, and by one that an index can find.
_SINCE = """
WITH asked AS (
  SELECT * FROM unnest(%(numbers)s::int[], %(machines)s::bigint[], %(since)s::timestamptz[]) a(number, machine, since))
SELECT a.number, a.machine, CASE s.counts WHEN 'pieces' THEN 'counted' ELSE s.counts END, sum(s.delta)
  FROM asked a
  JOIN telemetry_counterstep s ON s.machine_id = a.machine AND s.at >= a.since AND s.at < %(at)s
 WHERE s.counts IN ('pieces', 'scrap')
   AND NOT EXISTS (
       SELECT FROM production_orderrun r JOIN production_orderoperation o ON o.id = r.operation_id
        WHERE r.machine_id = s.machine_id AND r.started_at <= s.at AND o.count_by = 'PERSON'
          AND (r.ended_at IS NULL OR (r.ended_at > a.since AND r.ended_at > s.at)))
 GROUP BY 1, 2, 3
UNION ALL
SELECT a.number, a.machine, c.kind, sum(c.quantity)
  FROM asked a JOIN production_countentry c ON c.machine_id = a.machine AND c.at >= a.since AND c.at < %(at)s
 GROUP BY 1, 2, 3
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

    Reports of before operations were told apart count with the last step. Of orders that were ended in the old system
    its word counts, in one query more where there are such.
    """
    orders = list(orders)
    keys = [order.pk for order in orders]
    if not keys:
        return {}
    steps: dict[int, list[OrderOperation]] = defaultdict(list)
    # Instructions and checks of every step would weigh more than all that is counted.
    rows = OrderOperation.objects.filter(order__among=keys).only("order_id", "number", "status", "count_by")
    for step in rows.order_by("number"):
        steps[step.order_id].append(step)
    made = counts_of_operations([step for several in steps.values() for step in several], at)
    found = {key: sum_of_steps(steps[key], made) for key in keys}
    old = CountEntry.objects.filter(order__among=keys, operation=None, at__lte=at).order_by()
    for order_id, kind, total in old.values_list("order_id", "kind").annotate(Sum("quantity")):
        field = "reported_good" if kind == "good" else kind
        found[order_id] = found[order_id]._replace(**{field: getattr(found[order_id], field) + total})
    lost = past_scrap_of(orders)
    for order in orders:
        if order.past_good is not None:
            found[order.pk] = Counts(reported_good=order.past_good, scrap=lost.get(order.pk, Decimal(0)))
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
    asked = [(number, pk, windows[pk].started_at) for number, windows in enumerate(several) for pk in keys]
    numbers, machines, since = (list(column) for column in zip(*asked, strict=True)) if asked else ([], [], [])
    # Scrap comes from both: what the machine sorted out by itself, and what people report.
    totals: dict[tuple[int, int], dict[tuple[int, str], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, {"numbers": numbers, "machines": machines, "since": since, "at": at})
        for number, machine_id, what, total in cursor.fetchall():
            totals[number, machine_id][machine_id, what] += total
    return [{pk: _counts(totals[number, pk], pk) for pk in keys} for number in range(len(several))]


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
