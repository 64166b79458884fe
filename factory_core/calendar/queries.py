"""The shifts of a line or a site over a period."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

from factory_core.calendar.models import Holiday, Shift
from factory_core.calendar.rules import ShiftPlan, ShiftWindow, shift_windows
from factory_core.plant.models import Line, Site


def shifts_of_line(line: Line, start: datetime, end: datetime) -> list[ShiftWindow]:
    """The shift windows of a line that touch [start, end); a line's own shifts replace the site's."""
    own = Shift.objects.filter(line=line)
    site = line.area.site
    shifts = own if own.exists() else Shift.objects.filter(site=site, line=None)
    return _windows(site, list(shifts.prefetch_related("breaks")), start, end)


def shifts_of_lines(lines: Collection[Line], start: datetime, end: datetime) -> dict[int, list[ShiftWindow]]:
    """`shifts_of_line` of many lines in three queries, by line id. Give lines with their area and site loaded."""
    sites = {line.area.site_id: line.area.site for line in lines}
    plans: dict[tuple[str, int], list[ShiftPlan]] = defaultdict(list)
    for shift in Shift.objects.filter(site__in=sites).prefetch_related("breaks"):
        place = ("site", shift.site_id) if shift.line_id is None else ("line", shift.line_id)
        plans[place].append(_plan(shift))
    closed: dict[int, list[date]] = defaultdict(list)
    for site_id, on in Holiday.objects.filter(site__in=sites).values_list("site", "on"):
        closed[site_id].append(on)
    return {
        line.pk: shift_windows(
            plans.get(("line", line.pk)) or plans.get(("site", line.area.site_id), []),
            closed[line.area.site_id],
            line.area.site.zone,
            start,
            end,
        )
        for line in lines
    }


def _windows(site: Site, shifts: list[Shift], start: datetime, end: datetime) -> list[ShiftWindow]:
    holidays = list(Holiday.objects.filter(site=site).values_list("on", flat=True))
    return shift_windows([_plan(shift) for shift in shifts], holidays, site.zone, start, end)


def _plan(shift: Shift) -> ShiftPlan:
    return ShiftPlan(
        key=shift.pk,
        name=shift.name,
        starts=shift.starts,
        ends=shift.ends,
        weekdays=frozenset(day for day in range(1, 8) if shift.weekdays >> (day - 1) & 1),
        breaks=tuple((pause.starts, pause.ends) for pause in shift.breaks.all()),
        valid_from=shift.valid_from,
        valid_until=shift.valid_until,
    )
