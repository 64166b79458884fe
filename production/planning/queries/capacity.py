"""Hours of each line and week: what its shifts give, what open orders and proposals take."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from factory_core.calendar.queries import shifts_of_lines
from factory_core.plant.models import Line, Machine
from production.planning.models import PlanningRun
from production.planning.rules import WEEK
from production.products.models import WorkCentre

# What is left to do of open orders: their steps by the day they are to be started, where nothing says so when due.
_ORDERS = """
SELECT made.line_id, least(greatest(((coalesce(made.start_at, made.due_at) AT TIME ZONE %(zone)s)::date - %(first)s), 0)
         / 7, %(weeks)s) AS week,
       sum((CASE WHEN step.status = 'PENDING' THEN step.setup_s ELSE 0 END + step.run_s * step.quantity) / 3600)
  FROM production_productionorder made JOIN production_orderoperation step ON step.order_id = made.id
 WHERE made.line_id = ANY(%(lines)s) AND made.status IN ('PLANNED', 'RELEASED', 'RUNNING', 'PAUSED')
   AND step.status IN ('PENDING', 'RUNNING', 'PAUSED')
 GROUP BY 1, 2"""
# An order that is only planned has no steps yet: those of its routing count, as for a proposal.
_ROUTED = """
WITH step AS (
  SELECT routing.item_id, centre.line_id, operation.setup_s, operation.run_s, operation.loss_percent
    FROM production_routing routing JOIN production_routingoperation operation ON operation.routing_id = routing.id
    JOIN production_workcentre centre ON centre.id = operation.work_centre_id
   WHERE routing.status = 'RELEASED' AND (routing.valid_from IS NULL OR routing.valid_from <= %(first)s)
     AND (routing.valid_until IS NULL OR routing.valid_until > %(first)s) AND centre.line_id = ANY(%(lines)s)),
wish AS (
  SELECT 1 AS kind, planned.item_id, planned.quantity, planned.release_on AS on_day
    FROM production_plannedorder planned
   WHERE planned.site_id = %(site)s AND planned.kind = 'MAKE' AND planned.release_on < %(first)s + 7 * %(weeks)s
     AND planned.run_id = %(run)s AND planned.firmed_at IS NULL
  UNION ALL
  SELECT 0, made.item_id, made.quantity, (coalesce(made.start_at, made.due_at) AT TIME ZONE %(zone)s)::date
    FROM production_productionorder made
   WHERE made.line_id = ANY(%(lines)s) AND made.status = 'PLANNED' AND made.item_id IS NOT NULL
     AND NOT EXISTS (SELECT FROM production_orderoperation known WHERE known.order_id = made.id))
SELECT step.line_id, wish.kind, least(greatest(coalesce(wish.on_day, %(first)s) - %(first)s, 0) / 7, %(weeks)s) AS week,
       sum((step.setup_s + step.run_s * wish.quantity * (1 + step.loss_percent / 100)) / 3600)
  FROM wish JOIN step ON step.item_id = wish.item_id GROUP BY 1, 2, 3"""


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


def _hours(
    lines: list[Line], run: PlanningRun, weeks: int
) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], float]]:
    wish: dict[str, Any] = {
        "lines": [line.pk for line in lines], "run": run.pk, "site": run.site_id, "first": run.starts_on,
        "zone": str(run.site.zone), "weeks": weeks,
    }  # fmt: skip
    ordered: dict[tuple[int, int], float] = defaultdict(float)
    proposed: dict[tuple[int, int], float] = defaultdict(float)
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS, wish)
        for line, week, hours in cursor.fetchall():
            ordered[line, week or 0] += float(hours or 0)
        cursor.execute(_ROUTED, wish)
        for line, kind, week, hours in cursor.fetchall():
            (proposed if kind else ordered)[line, week] += float(hours or 0)
    return ordered, proposed


def _places(lines: list[Line]) -> dict[int, int]:
    """Machines of a line, and places of its work centres that have no machines; at least one."""
    found: dict[int, int] = defaultdict(int)
    for line_id in Machine.objects.filter(line__in=lines, is_active=True).values_list("line_id", flat=True):
        found[line_id] += 1
    benches = WorkCentre.objects.filter(line__in=lines, is_active=True, machines=None)
    for line_id, count in benches.values_list("line_id", "places"):
        found[line_id] += count
    return {line.pk: max(1, found[line.pk]) for line in lines}
