"""What an account is made of: states, stops, orders, pieces and energy of one machine over a period."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from factory_core.plant.models import Machine
from production.downtime.queries import downtimes_in, intervals_of
from production.oee.queries.energy import energy_between
from production.oee.rules.account import Period, Ran, Slice, Stopped, account
from production.oee.rules.rows import Made, Row, summed
from production.orders.models import OrderRun
from production.orders.rules import Counts
from production.products.states import CountBy

_COUNTED = """
SELECT width_bucket(s.at, %(borders)s::timestamptz[]), r.id, s.counts, sum(s.delta)
  FROM telemetry_counterstep s
  LEFT JOIN production_orderrun r
    ON r.machine_id = s.machine_id AND s.at >= r.started_at AND (r.ended_at IS NULL OR s.at < r.ended_at)
 WHERE s.machine_id = %(machine)s AND s.at >= %(start)s AND s.at < %(end)s AND s.counts IN ('pieces', 'scrap')
 GROUP BY 1, 2, 3
"""
_REPORTED = """
SELECT width_bucket(e.at, %(borders)s::timestamptz[]), e.operation_id, coalesce(o.order_id, e.order_id), e.kind,
       sum(e.quantity)
  FROM production_countentry e LEFT JOIN production_orderoperation o ON o.id = e.operation_id
 WHERE e.machine_id = %(machine)s AND e.at >= %(start)s AND e.at < %(end)s
 GROUP BY 1, 2, 3, 4
"""
_STEPS = """
SELECT o.id, o.order_id, o.run_s
  FROM production_orderoperation o
 WHERE o.id = ANY(%(keys)s)
"""
_ITEMS = "SELECT id, item_id FROM production_productionorder WHERE id = ANY(%(keys)s)"


@dataclass(frozen=True)
class Told:
    """An account as the plant's data tell it now: its slices, and the rows they sum up to."""

    slices: list[Slice]
    rows: list[Row]


def told_now(machine: Machine, period: Period, breaks: Sequence[Period], at: datetime, *, is_shift: bool) -> Told:
    """The account of a machine over a period that has passed by `at`, from the data as they stand."""
    start, end = period
    runs = runs_of(machine, start, end)
    stops = stops_of(machine, start, end, at)
    slices = account(
        (start, end),
        is_shift=is_shift,
        breaks=breaks,
        states=intervals_of(machine.pk, start, end),
        stops=stops,
        runs=[Ran(run.started_at, run.ended_at, run.order_id) for run in runs]
        if _by_orders(machine, end, runs)
        else None,
    )
    made = made_between(machine, runs, [start, end])[0]
    items = _items({run.order_id for run in runs} | made.keys())
    energy = energy_between(machine, [start, *(one.ended_at for one in slices)]) if slices else None
    return Told(slices, summed(slices, stops=stops, made=made, items=items, energy=energy))


def stops_of(machine: Machine, start: datetime, end: datetime, at: datetime) -> list[Stopped]:
    """The recorded stops of a machine that touch a period."""
    limit = timedelta(seconds=machine.stop_limit_s)
    return [
        Stopped(
            stop.pk,
            stop.started_at,
            stop.ended_at,
            stop.reason_id,
            stop.reason.kind if stop.reason else "",
            stop.is_micro,
            stop.reason is None and not stop.is_micro and (stop.ended_at or at) - stop.started_at >= limit,
        )
        for stop in downtimes_in([machine.pk], start, end)
    ]


def runs_of(machine: Machine, start: datetime, end: datetime) -> list[OrderRun]:
    """The operations that were on a machine in a period, with them, oldest first."""
    rows = OrderRun.objects.filter(Q(ended_at=None) | Q(ended_at__gt=start), machine=machine, started_at__lt=end)
    return list(rows.select_related("operation").order_by("started_at"))


def made_between(
    machine: Machine, runs: Sequence[OrderRun], borders: Sequence[datetime]
) -> list[dict[int | None, Made]]:
    """What was made of each order on a machine between each two neighbouring moments, in three queries.

    A counter's step belongs to the operation that ran at its moment; one on a border belongs to what begins there.
    Where people count, the machine's counter is not asked. A report belongs to the operation it names.
    """
    totals: dict[tuple[int, int | None, int | None], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    by_id = {run.pk: run for run in runs}
    asked = {"machine": machine.pk, "start": borders[0], "end": borders[-1], "borders": list(borders)}
    for bucket, run_id, counts, quantity in _asked(_COUNTED, **asked):
        run = by_id.get(run_id)
        if run is not None and run.operation.count_by == CountBy.PERSON:
            continue
        where = (run.operation_id, run.order_id) if run else (None, None)
        totals[bucket, *where]["counted" if counts == "pieces" else "scrap"] += quantity
    for bucket, operation_id, order_id, kind, quantity in _asked(_REPORTED, **asked):
        totals[bucket, operation_id, order_id][kind] += quantity
    steps = {row[0]: row for row in _asked(_STEPS, keys=[key[1] for key in totals if key[1] is not None])}
    made: list[dict[int | None, Made]] = [defaultdict(Made) for _border in borders[1:]]
    for (bucket, operation_id, order_id), found in totals.items():
        counts = Counts(found["counted"], found["good"], found["scrap"], found["rework"])
        pieces = Made(counts.good, counts.scrap, counts.rework)
        if operation_id is not None:
            ideal_s = (pieces.produced * steps[operation_id][2]).quantize(Decimal("0.001"))
            pieces += Made(ideal_s=ideal_s, produced_with_ideal=pieces.produced)
        made[bucket - 1][order_id] += pieces
    return made


def _items(orders: Collection[int | None]) -> dict[int, int | None]:
    return dict(_asked(_ITEMS, keys=[key for key in orders if key is not None]))


def _by_orders(machine: Machine, end: datetime, runs: Sequence[OrderRun]) -> bool:
    """Whether orders are started on the machine at all; before its first one nobody could say "no order"."""
    return bool(runs) or OrderRun.objects.filter(machine=machine, started_at__lt=end).exists()


def _asked(sql: str, **parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
