"""The shift timeline: every machine's bands, and the stops that want a reason."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from factory_core.calendar.queries import shifts_of_line
from factory_core.calendar.rules import ShiftWindow
from factory_core.plant.models import Line, Machine
from factory_core.web import charts
from factory_core.web.display import percent
from production.downtime.models import Downtime
from production.downtime.queries.records import downtimes_in, stops_to_explain
from production.downtime.queries.timeline import bands_of
from production.downtime.queries.times import LONGEST_SHIFT, local_day, shift_at
from production.downtime.rules import Interval
from telemetry.states.models import StateInterval

# Far enough to cross a works holiday of two weeks and a bit.
FARTHEST = timedelta(days=24)
RUNNING = ("run", "slow")


@dataclass(frozen=True)
class Row:
    """One machine of the timeline; `running_percent` of the shift so far."""

    machine: Machine
    bands: list[charts.Band]
    totals: dict[str, float]
    running_percent: int


def chosen_shift(line: Line, on: date | None, key: int | None, at: datetime) -> ShiftWindow:
    """The shift of a day by its key (unknown: the first, else the day itself); without a day the present one."""
    if on is None:
        return shift_at(line, at)
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=line.area.site.zone)
    windows = [w for w in shifts_of_line(line, noon - LONGEST_SHIFT, noon + LONGEST_SHIFT) if w.on == on]
    return next((w for w in windows if w.key == key), windows[0] if windows else local_day(line, noon))


def neighbours(line: Line, shift: ShiftWindow, at: datetime) -> tuple[ShiftWindow, ShiftWindow | None]:
    """The shift before, and the one after if it has begun."""
    earlier = [w for w in shifts_of_line(line, shift.started_at - FARTHEST, shift.started_at) if w != shift]
    earlier = [w for w in earlier if w.ended_at <= shift.started_at] or [
        local_day(line, shift.started_at - timedelta(hours=1))
    ]
    later = shifts_of_line(line, shift.ended_at, shift.ended_at + FARTHEST)
    begun = [w for w in later if shift.ended_at <= w.started_at <= at]
    if not begun and shift.ended_at <= at:
        begun = [shift_at(line, at) if later else local_day(line, shift.ended_at)]
    return earlier[-1], begun[0] if begun else None


def rows_of(machines: Sequence[Machine], start: datetime, end: datetime, at: datetime) -> list[Row]:
    """The bands of machines over a shift, in two queries."""
    keys = [machine.pk for machine in machines]
    intervals: dict[int, list[Interval]] = defaultdict(list)
    touching = StateInterval.objects.filter(Q(ended_at=None) | Q(ended_at__gt=start), machine__among=keys)
    for row in touching.filter(started_at__lt=end).order_by("started_at"):
        intervals[row.machine_id].append(Interval(row.state, row.started_at, row.ended_at, row.word))
    downtimes: dict[int, list[Downtime]] = defaultdict(list)
    for downtime in downtimes_in(keys, start, end):
        downtimes[downtime.machine_id].append(downtime)
    rows = []
    for machine in machines:
        bands = bands_of(intervals[machine.pk], downtimes[machine.pk], start, end, at)
        totals = charts.totals(bands, start, end)
        elapsed = max((min(end, at) - start).total_seconds(), 0)
        rows.append(Row(machine, bands, totals, percent(sum(totals.get(key, 0) for key in RUNNING), elapsed)))
    return rows


def wanting_reason(machines: Sequence[Machine], start: datetime, end: datetime) -> list[Downtime]:
    """The stops of a shift without a reason, oldest first."""
    return list(stops_to_explain([machine.pk for machine in machines], start, end))
