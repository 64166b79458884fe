"""The shifts of a line or a site over a period."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from factory_core.calendar.models import Holiday, Shift, ShiftBreak
from factory_core.calendar.rules import ShiftPlan, ShiftWindow, shift_windows
from factory_core.plant.models import Line


def shifts_of_line(line: Line, start: datetime, end: datetime) -> list[ShiftWindow]:
    """The shift windows of a line that touch [start, end); a line's own shifts replace the site's."""
    return shifts_of_lines([line], start, end)[line.pk]


def shifts_of_lines(lines: Collection[Line], start: datetime, end: datetime) -> dict[int, list[ShiftWindow]]:
    """`shifts_of_line` of many lines in one query, by line id. Give lines with their area and site loaded."""
    sites = {line.area.site_id: line.area.site for line in lines}
    plans: dict[tuple[str, int], list[ShiftPlan]] = defaultdict(list)
    closed: dict[int, list[date]] = {}
    for shift, plan in _plans(Shift.objects.filter(site__in=sites)):
        place = ("site", shift.site_id) if shift.line_id is None else ("line", shift.line_id)
        plans[place].append(plan)
        closed[shift.site_id] = shift.closed_on  # type: ignore[attr-defined]  # annotated by _plans
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


def _plans(shifts: QuerySet[Shift]) -> Iterator[tuple[Shift, ShiftPlan]]:
    # Breaks and closed days come along as lists, so that the floor does not ask once more for them.
    breaks = ShiftBreak.objects.filter(shift=OuterRef("pk")).order_by("starts", "pk")
    with_breaks = shifts.annotate(
        breaks_start=ArraySubquery(breaks.values("starts")),
        breaks_end=ArraySubquery(breaks.values("ends")),
        closed_on=ArraySubquery(Holiday.objects.filter(site=OuterRef("site")).order_by("on").values("on")),
    )
    for shift in with_breaks:
        yield (
            shift,
            ShiftPlan(
                key=shift.pk,
                name=shift.name,
                starts=shift.starts,
                ends=shift.ends,
                weekdays=frozenset(day for day in range(1, 8) if shift.weekdays >> (day - 1) & 1),
                breaks=tuple(zip(shift.breaks_start, shift.breaks_end, strict=True)),
                valid_from=shift.valid_from,
                valid_until=shift.valid_until,
            ),
        )
