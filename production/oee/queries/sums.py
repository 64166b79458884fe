"""Sums over the rows of time accounts: the ground of every figure, in one query."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from factory_core.plant.models import Machine
from production.oee.models import ShiftAccount
from production.oee.queries.accounts import accounts_in, breaks_of, windows_of
from production.oee.queries.inputs import told_now
from production.oee.rules.account import Slice
from production.oee.rules.figures import Sums, total
from production.oee.rules.rows import Row
from production.oee.rules.windows import midnight_before
from production.oee.states import TimeClass

# Every account's rows stand summed beside them (AccountSum), kept by the database itself.
_SUMS = "SELECT {by}, {sums} FROM production_accountsum WHERE {where} GROUP BY 1"
_FIELDS = ", ".join(f"sum({field.name})" for field in fields(Sums))
BY = {"": "0", "machine": "machine_id", "day": '"on"', "account": "account_id"}
# Of orders the rows themselves are asked. Grouped first, combined afterwards: eleven sums over rows are cheaper than
# thirty with filters.
_BY_ROWS = """
SELECT {by}, time_class, is_shift, reason_id IS NOT NULL, order_id IS NOT NULL, sum(seconds), sum(stops),
       sum(unexplained), sum(produced), sum(good), sum(scrap), sum(rework), sum(ideal_s), sum(produced_with_ideal),
       sum(energy_kwh)
  FROM production_accountslice WHERE {where} GROUP BY 1, 2, 3, 4, 5
"""
_MOST_ENERGY = """
SELECT order_id, sum(energy_kwh), coalesce(sum(energy_kwh) FILTER (WHERE time_class <> 'producing'), 0),
       coalesce(sum(good) FILTER (WHERE is_shift), 0)
  FROM production_accountslice
 WHERE machine_id = ANY(%s) AND "on" BETWEEN %s AND %s AND (energy_kwh IS NOT NULL OR good <> 0)
 GROUP BY 1 HAVING sum(energy_kwh) <> 0 ORDER BY 2 DESC, coalesce(order_id, 0) LIMIT %s
"""
_DAYS = 'machine_id = ANY(%s) AND "on" BETWEEN %s AND %s'


class Part(NamedTuple):
    """Rows of one class summed; `is_named`: with a reason, `has_order`: of an order, which has an ideal cycle."""

    time_class: str
    is_shift: bool
    is_named: bool
    has_order: bool
    seconds: Decimal
    stops: int
    unexplained: int
    produced: Decimal
    good: Decimal
    scrap: Decimal
    rework: Decimal
    ideal_s: Decimal
    produced_with_ideal: Decimal
    energy_kwh: Decimal | None


def sums_of_days(machine_ids: Collection[int], first: date, last: date, by: str = "") -> dict[Any, Sums]:
    """The sums of machines over the days from first to last, by "machine", "day" or (key 0) all in one.

    A night shift belongs to the day it opened. The running shift is in it as far as it was kept, minutes ago at most.
    """
    return _summed(by, _DAYS, [list(machine_ids), first, last])


def sums_of_accounts(accounts: Collection[int], by: str = "") -> dict[Any, Sums]:
    """The sums of accounts, by "account", "machine" or (key 0) all in one."""
    return _summed(by, "account_id = ANY(%s)", [list(accounts)])


def sums_of_orders(orders: Collection[int]) -> dict[int, Sums]:
    """The sums of orders over all machines and days, by order."""
    return _of_rows("order_id", "order_id = ANY(%s)", [list(orders)])


def sums_of_order(order_id: int) -> dict[int, Sums]:
    """The sums of one order over all days, by the machine it was on."""
    return _of_rows("machine_id", "order_id = %s", [order_id])


def most_energy(machine_ids: Collection[int], first: date, last: date, most: int) -> dict[int | None, Sums]:
    """Energy and good pieces of the orders that used most on machines over days, the most first; None: no order."""
    rows = _asked(_MOST_ENERGY, [list(machine_ids), first, last, most])
    return {key: Sums(energy_kwh=kwh, idle_energy_kwh=idle, good=good) for key, kwh, idle, good in rows}


def sums_between(machines: Sequence[Machine], start: datetime, end: datetime, at: datetime) -> Sums:
    """The sums of machines over any period up to `at`; accounts that only partly lie in it are cut on the fly."""
    end = min(end, at)
    keys = [machine.pk for machine in machines]
    if not keys or start >= end:
        return Sums()
    accounts = list(accounts_in(keys, start, end))
    whole = [one for one in accounts if start <= one.started_at and one.ended_at <= end]
    found = [sums_of_accounts([one.pk for one in whole]).get(0, Sums())]
    for one in accounts:
        if not (start <= one.started_at and one.ended_at <= end):
            found.append(cut(one, start, end, at))
    return total(found)


def cut(account: ShiftAccount, start: datetime, end: datetime, at: datetime) -> Sums:
    """The sums of the part of an account inside a period, from the data as they stand."""
    period = (max(account.started_at, start), min(account.ended_at, end))
    told = told_now(account.machine, period, breaks_of(account), at, is_shift=account.is_shift)
    return sums_of_rows(told.rows, is_shift=account.is_shift)


def machine_account(machine: Machine, start: datetime, end: datetime, at: datetime) -> list[Slice]:
    """Every moment of a machine in a period that has passed, by class, from the data as they stand.

    Needs no kept account; the slices cover the period without hole or overlap.
    """
    found: list[Slice] = []
    first = midnight_before(start, machine.line.area.site.zone) - timedelta(days=1)
    for window in windows_of(machine.line, first, end):
        period = (max(window.started_at, start), min(window.ended_at, end))
        if period[0] < period[1]:
            found += told_now(machine, period, window.breaks, at, is_shift=window.is_shift).slices
    return found


def sums_of_rows(rows: Iterable[Row], *, is_shift: bool) -> Sums:
    """The sums of rows that are not stored."""
    return sums_of_parts(
        Part(
            row.time_class, is_shift, row.reason_id is not None, row.order_id is not None, row.seconds, row.stops,
            row.unexplained, row.made.produced, row.made.good, row.made.scrap, row.made.rework, row.made.ideal_s,
            row.made.produced_with_ideal, row.energy_kwh,
        )
        for row in rows
    )  # fmt: skip


def sums_of_parts(parts: Iterable[Part]) -> Sums:
    """Parts of any classes as the sums that figures are made of."""
    found: dict[str, Any] = defaultdict(Decimal)
    energy: list[Decimal] = []
    for part in parts:
        found[_SECONDS[part.time_class]] += part.seconds
        found["stops"] += part.stops
        found["unexplained"] += part.unexplained
        if part.energy_kwh is not None:
            energy.append(part.energy_kwh)
            if part.time_class != TimeClass.PRODUCING:
                found["idle_energy_kwh"] += part.energy_kwh
        if part.time_class == TimeClass.MICRO_STOP:
            found["micro_stops"] += part.stops
        if part.time_class == TimeClass.PLANNED_STOP and part.is_named:
            found["planned_named_s"] += part.seconds
        if not part.is_shift:
            found["produced_outside"] += part.produced
            continue
        if part.time_class == TimeClass.PRODUCING and part.has_order:
            found["ideal_base_s"] += part.seconds
        for name in ("produced", "good", "scrap", "rework", "ideal_s", "produced_with_ideal"):
            found[name] += getattr(part, name)
    counts: dict[str, Any] = {name: int(found.pop(name, 0)) for name in ("stops", "micro_stops", "unexplained")}
    if energy:
        found["energy_kwh"] = sum(energy, Decimal(0))
        found.setdefault("idle_energy_kwh", Decimal(0))
    return Sums(**found, **counts)


_SECONDS: dict[str, str] = {
    TimeClass.PRODUCING: "producing_s",
    TimeClass.MICRO_STOP: "micro_s",
    TimeClass.UNPLANNED_STOP: "unplanned_s",
    TimeClass.PLANNED_STOP: "planned_s",
    TimeClass.SETUP: "setup_s",
    TimeClass.NO_ORDER: "no_order_s",
    TimeClass.NO_SHIFT: "no_shift_s",
    TimeClass.NO_DATA: "no_data_s",
}


# Only the known words of BY and of this module stand in the texts of the two.
def _summed(by: str, where: str, parameters: Sequence[Any]) -> dict[Any, Sums]:
    rows = _asked(_SUMS.format(by=BY[by], sums=_FIELDS, where=where), parameters)
    return {key: Sums(*sums) for key, *sums in rows}


def _of_rows(by: str, where: str, parameters: Sequence[Any]) -> dict[Any, Sums]:
    parts: dict[Any, list[Part]] = defaultdict(list)
    for key, *row in _asked(_BY_ROWS.format(by=by, where=where), parameters):
        parts[key].append(Part(*row))
    return {key: sums_of_parts(rows) for key, rows in parts.items()}


def _asked(sql: str, parameters: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
