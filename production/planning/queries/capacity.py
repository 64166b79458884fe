"""Hours of each line and week: what its shifts give, what open orders and proposals take."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from factory_core.calendar.queries import shifts_of_lines
from factory_core.plant.models import Line, Machine
from production.planning.models import PlanningRun
from production.planning.queries.columns import columns
from production.planning.queries.proposals import Wish, batches
from production.planning.rules import MILLION, WEEK, spread
from production.planning.states import PlanKind
from production.products.models import WorkCentre

Ints = NDArray[np.int64]
# Hours by line and week.
Hours = dict[tuple[int, int], float]

# What the routings of these lines take; what is left to do of open orders: their steps on the day they are to be
# started, where nothing says so when due; and orders that are only planned: they have no steps yet, so that those of
# their routing count, as for a proposal.
_ASKED = """
SELECT 0::bigint, routing.item_id, centre.line_id, (operation.setup_s * 1000000)::bigint,
       (operation.run_s * (1 + operation.loss_percent / 100) * 1000000)::bigint
  FROM production_routing routing JOIN production_routingoperation operation ON operation.routing_id = routing.id
  JOIN production_workcentre centre ON centre.id = operation.work_centre_id
 WHERE routing.status = 'RELEASED' AND (routing.valid_from IS NULL OR routing.valid_from <= %(first)s)
   AND (routing.valid_until IS NULL OR routing.valid_until > %(first)s) AND centre.line_id = ANY(%(lines)s)
UNION ALL
SELECT 1, 0, made.line_id, coalesce((coalesce(made.start_at, made.due_at) AT TIME ZONE %(zone)s)::date - %(first)s, 0),
       (sum(CASE WHEN step.status = 'PENDING' THEN step.setup_s ELSE 0 END + step.run_s * step.quantity)
         * 1000000)::bigint
  FROM production_productionorder made JOIN production_orderoperation step ON step.order_id = made.id
 WHERE made.line_id = ANY(%(lines)s) AND made.status IN ('PLANNED', 'RELEASED', 'RUNNING', 'PAUSED')
   AND step.status IN ('PENDING', 'RUNNING', 'PAUSED')
 GROUP BY 3, 4
UNION ALL
SELECT 2, made.item_id, made.line_id,
       coalesce((coalesce(made.start_at, made.due_at) AT TIME ZONE %(zone)s)::date - %(first)s, 0),
       (made.quantity * 1000000)::bigint
  FROM production_productionorder made
 WHERE made.line_id = ANY(%(lines)s) AND made.status = 'PLANNED' AND made.item_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM production_orderoperation known WHERE known.order_id = made.id)"""


@dataclass
class Load:
    """A line in a week, in hours: what its places can work, what is ordered, what is proposed."""

    starts_on: date
    available: float
    ordered: float = 0.0
    proposed: float = 0.0

    @property
    def planned(self) -> float:
        """All that is to be done."""
        return self.ordered + self.proposed

    @property
    def percent(self) -> str:
        """How full it is; empty where no hours are worked."""
        return f"{100 * self.planned / self.available:.0f} %" if self.available else ""

    @property
    def is_over(self) -> bool:
        """More than the hours there are."""
        return self.planned > self.available + 0.005


@dataclass(frozen=True)
class LineLoad:
    """A line with its weeks."""

    line: Line
    places: int
    weeks: list[Load]


def loads_of(lines: list[Line], run: PlanningRun, weeks: int) -> list[LineLoad]:
    """The first `weeks` weeks of a run, week by week; what should have begun before counts in the first.

    Hours available: working time of the line's shifts (breaks left out) times its places: its machines and benches.
    Give lines with their area and site loaded; in five questions.
    """
    if not lines:
        return []
    zone, first = run.site.zone, run.starts_on
    begin = datetime.combine(first, time(), zone)
    shifts = shifts_of_lines(lines, begin, datetime.combine(first + timedelta(days=weeks * WEEK), time(), zone))
    places = _places(lines)
    found = []
    ordered, proposed = _hours(lines, run, weeks)
    for line in lines:
        hours = [0.0] * weeks
        for shift in shifts[line.pk]:
            number = (shift.on - first).days // WEEK
            if 0 <= number < weeks:
                hours[number] += shift.working_seconds / 3600 * places[line.pk]
        found.append(
            LineLoad(
                line,
                places[line.pk],
                [
                    Load(first + timedelta(days=n * WEEK), hours[n], ordered[line.pk, n], proposed[line.pk, n])
                    for n in range(weeks)
                ],
            )
        )
    return found


def _hours(lines: list[Line], run: PlanningRun, weeks: int) -> tuple[Hours, Hours]:
    """Ordered and proposed, by line and week."""
    wish = {"lines": [line.pk for line in lines], "first": run.starts_on, "zone": str(run.site.zone)}
    what, *found = columns(_ASKED, 5, wish)
    steps, started, planned = ([column[what == n] for column in found] for n in range(3))
    in_order = np.argsort(steps[0], kind="stable")
    steps = [column[in_order] for column in steps]
    ordered = _routed(steps, planned[0], planned[3], planned[2], weeks)
    for line, day, seconds in zip(*(column.tolist() for column in started[1:]), strict=True):
        ordered[line, max(day, 0) // WEEK] += seconds / MILLION / 3600
    until = run.starts_on + timedelta(days=weeks * WEEK)
    near = list(batches(run, Wish(kind=PlanKind.MAKE.value, until=until, firmed=False)))
    if not near:
        return ordered, defaultdict(float)
    item, rows = np.concatenate([one.items for one in near]), np.concatenate([one.rows for one in near])
    return ordered, _routed(steps, item, rows["quantity"], rows["release"].astype(np.int64), weeks)


def _routed(steps: list[Ints], item: Ints, quantity: Ints, day: Ints, weeks: int) -> Hours:
    """Hours of the steps (item by item) of quantities in millionths, begun on days from the run's first."""
    of, line, setup, run = steps
    start, end = np.searchsorted(of, item), np.searchsorted(of, item, side="right")
    step, wanted = spread(start, end - start), np.repeat(np.arange(len(item)), end - start)
    hours = (setup[step] + run[step] * (quantity[wanted] / MILLION)) / MILLION / 3600
    week = np.clip(day // WEEK, 0, weeks)[wanted]
    found: Hours = defaultdict(float)
    for key in np.unique(line).tolist():
        mine = line[step] == key
        sums = np.bincount(week[mine], weights=hours[mine], minlength=weeks + 1)
        found |= {(key, n): float(sums[n]) for n in range(weeks)}
    return found


def _places(lines: list[Line]) -> dict[int, int]:
    """Machines of a line, and places of its work centres that have no machines; at least one."""
    found: dict[int, int] = defaultdict(int)
    for line_id in Machine.objects.filter(line__in=lines, is_active=True).values_list("line_id", flat=True):
        found[line_id] += 1
    benches = WorkCentre.objects.filter(line__in=lines, is_active=True, machines=None)
    for line_id, count in benches.values_list("line_id", "places"):
        found[line_id] += count
    return {line.pk: max(1, found[line.pk]) for line in lines}
