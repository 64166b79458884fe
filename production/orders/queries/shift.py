"""How far the shift of a machine is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from django.db.models import Q

from factory_core.calendar.rules import ShiftWindow
from factory_core.plant.models import Machine
from production.orders.models import OrderRun
from production.orders.queries.counts import counts_of_machines
from production.orders.rules import Counts, Progress, Run, expected_by_now


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


class Ordered(NamedTuple):
    """An order on a machine, and how many pieces it wants."""

    run: Run
    quantity: Decimal


def shift_figures(
    machine_ids: Sequence[int],
    windows: Mapping[int, ShiftWindow],
    at: datetime,
    counts: Mapping[int, Counts] | None = None,
) -> dict[int, ShiftFigures]:
    """What a screen shows of the shifts of machines, whole pieces; in two queries, in one where `counts` are known."""
    if not machine_ids:
        return {}
    counts = counts_of_machines(machine_ids, windows, at) if counts is None else counts
    runs = _runs(machine_ids, min(window.started_at for window in windows.values()), at)
    return {pk: figures_of_shift(windows[pk], counts[pk], runs[pk], at) for pk in machine_ids}


def figures_of_shift(window: ShiftWindow, counts: Counts, ordered: Sequence[Ordered], at: datetime) -> ShiftFigures:
    """What a screen shows of a machine's shift, given what was counted in it and the orders that ran."""
    target = expected = None
    wanted = next((quantity for run, quantity in ordered if run.ended_at is None), None)
    if wanted is not None:
        shift, made = (window.started_at, window.ended_at), [run for run, _quantity in ordered]
        expected = expected_by_now(shift, window.breaks, made, at)
        target = min(wanted, expected_by_now(shift, window.breaks, made, window.ended_at) or wanted)
    return ShiftFigures(counts.good, counts.scrap, _whole(target), _whole(expected))


def _runs(machine_ids: Sequence[int], since: datetime, at: datetime) -> dict[int, list[Ordered]]:
    rows = OrderRun.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=since), machine__among=machine_ids, started_at__lte=at
    ).values_list("machine_id", "started_at", "ended_at", "operation__run_s", "operation__quantity")
    runs: dict[int, list[Ordered]] = defaultdict(list)
    for machine_id, started_at, ended_at, ideal_cycle_s, quantity in rows:
        runs[machine_id].append(Ordered(Run(started_at, ended_at, ideal_cycle_s), quantity))
    return runs


def _whole(pieces: Decimal | None) -> Decimal | None:
    return None if pieces is None else pieces.to_integral_value(ROUND_FLOOR)
