"""Target against actual, hour by hour."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from factory_core.calendar.rules import ShiftWindow
from factory_core.plant.models import Machine
from production.oee.queries.inputs import made_between, runs_of
from production.oee.rules.hours import clock_hours, targets
from production.oee.rules.rows import Made
from production.orders.rules import Run


@dataclass(frozen=True)
class Hour:
    """One hour of a machine's shift. `target` is for the whole hour, `so_far` until now; None without an order."""

    started_at: datetime
    ended_at: datetime
    target: Decimal | None
    so_far: Decimal | None
    made: Made
    is_running: bool


def hours_of(machine: Machine, window: ShiftWindow, at: datetime) -> list[Hour]:
    """The hours of a shift up to the one that runs at a moment; four queries.

    An order that still runs is expected to run on through the running hour.
    """
    zone = machine.line.area.site.zone
    borders = clock_hours(window.started_at, window.ended_at, zone)
    begun = [border for border in borders[:-1] if border <= at]
    borders = borders[: len(begun) + 1]
    if len(borders) < 2:
        return []
    orders = runs_of(machine, borders[0], borders[-1])
    runs = [Run(one.started_at, one.ended_at, one.operation.run_s) for one in orders]
    made = made_between(machine, orders, borders)
    whole = targets(borders, window.breaks, runs)
    until = [min(border, at) for border in borders]
    so_far = targets(until, window.breaks, runs)
    return [
        Hour(left, right, whole[index], so_far[index], sum(made[index].values(), Made()), left <= at < right)
        for index, (left, right) in enumerate(pairwise(borders))
    ]
