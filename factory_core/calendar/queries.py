"""The shifts of a line or a site over a period."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

from django.db import connection

from factory_core.calendar.rules import ShiftPlan, ShiftWindow, shift_windows
from factory_core.plant.models import Line

# Breaks and closed days come along as lists: every live screen asks this, and asks it once.
_SHIFTS = """
SELECT s.site_id, s.line_id,
       ARRAY(SELECT h."on" FROM factory_core_holiday h WHERE h.site_id = s.site_id),
       ARRAY(SELECT b.starts FROM factory_core_shiftbreak b WHERE b.shift_id = s.id ORDER BY b.starts, b.id),
       ARRAY(SELECT b.ends FROM factory_core_shiftbreak b WHERE b.shift_id = s.id ORDER BY b.starts, b.id),
       s.weekdays, s.id, s.name, s.starts, s.ends, s.valid_from, s.valid_until
  FROM factory_core_shift s
 WHERE s.site_id = ANY(%(sites)s)
 ORDER BY s.site_id, s.starts
"""


def shifts_of_line(line: Line, start: datetime, end: datetime) -> list[ShiftWindow]:
    """The shift windows of a line that touch [start, end); a line's own shifts replace the site's."""
    return shifts_of_lines([line], start, end)[line.pk]


def shifts_of_lines(lines: Collection[Line], start: datetime, end: datetime) -> dict[int, list[ShiftWindow]]:
    """`shifts_of_line` of many lines in one query, by line id. Give lines with their area and site loaded."""
    plans: dict[tuple[str, int], list[ShiftPlan]] = defaultdict(list)
    closed: dict[int, list[date]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SHIFTS, {"sites": list({line.area.site_id for line in lines})})
        for site, line_id, closed_on, breaks_start, breaks_end, weekdays, *shift in cursor.fetchall():
            key, name, starts, ends, valid_from, valid_until = shift
            plan = ShiftPlan(
                key=key,
                name=name,
                starts=starts,
                ends=ends,
                weekdays=frozenset(day for day in range(1, 8) if weekdays >> (day - 1) & 1),
                breaks=tuple(zip(breaks_start, breaks_end, strict=True)),
                valid_from=valid_from,
                valid_until=valid_until,
            )
            plans[("site", site) if line_id is None else ("line", line_id)].append(plan)
            closed[site] = closed_on
    return {
        line.pk: shift_windows(
            plans.get(("line", line.pk)) or plans.get(("site", line.area.site_id), []),
            closed.get(line.area.site_id, ()),
            line.area.site.zone,
            start,
            end,
        )
        for line in lines
    }
