"""Target against actual, hour by hour."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from factory_core.calendar.queries import shifts_of_lines
from factory_core.calendar.rules import ShiftWindow
from factory_core.plant.models import Line, Machine
from production.downtime.queries import local_day
from production.oee.queries.inputs import made_between, runs_of
from production.oee.rules.hours import clock_hours, targets
from production.oee.rules.rows import Made
from production.orders.rules import Run

AROUND = timedelta(days=2)


@dataclass(frozen=True)
class Hour:
    """One hour of a machine's shift. `target` is for the whole hour, `so_far` until now; None without an order."""

    started_at: datetime
    ended_at: datetime
    target: Decimal | None
    so_far: Decimal | None
    made: Made
    is_running: bool


def shift_asked(line: Line, on: date, key: int | None, at: datetime) -> tuple[ShiftWindow, list[ShiftWindow]]:
    """A shift of a day, and all shifts of its day; two queries.

    The one with the key, else the one that runs at the moment (asked on its own or the present day), else the day's
    first, else the whole local day.
    """
    zone = line.area.site.zone
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=zone)
    windows = shifts_of_lines([line], noon - AROUND, noon + AROUND)[line.pk]
    of_day = [one for one in windows if one.on == on]
    keyed = [one for one in of_day if one.key == key]
    running = [one for one in windows if one.started_at <= at < one.ended_at]
    is_now = at.astimezone(zone).date() == on
    found = (keyed or (running if is_now else []) or of_day or [local_day(line, noon)])[0]
    return found, [one for one in windows if one.on == found.on]


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
