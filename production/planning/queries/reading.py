"""Everything a plan is made of: its base, and what is in stock, wanted and coming now, in a handful of questions."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from factory_core.calendar.models import Holiday, Shift
from factory_core.plant.models import Site
from production.planning.queries.base import Base
from production.planning.queries.items import Figures, on_hand
from production.planning.queries.needs import Rows, dated_needs
from production.planning.rules import WEEK, Plant, WorkDays


@dataclass(frozen=True)
class Read:
    """What was read of a site: the plant as arrays, its days, and who stands behind the needs."""

    plant: Plant
    figures: Figures
    causes: Rows
    days: WorkDays


def read_plant(site: Site, first: date, weeks: int, base: Base) -> Read:
    """The plant as it stands, planned from a day on, on the base of that day."""
    figures, lines = base.figures, base.lines
    figures.on_hand = on_hand(site, first, figures.ids)
    needs = dated_needs(site, first)
    plant = Plant(
        on_hand=figures.on_hand, safety=figures.safety, least=figures.least, multiple=figures.multiple,
        cover=figures.cover, lead=figures.lead, works=figures.makes, passes=figures.passes, lines=lines,
        demand=needs.wanted.dated(figures.ids), started=needs.started.dated(figures.ids),
        scheduled=needs.coming.dated(figures.ids), levels=base.levels,
    )  # fmt: skip
    return Read(plant, figures, needs.causes, work_days(site, first, weeks))


def work_days(site: Site, first: date, weeks: int) -> WorkDays:
    """The days a site works: those on which any of its shifts starts, without its holidays; else Monday to Friday."""
    in_use = Shift.objects.filter(Q(valid_until=None) | Q(valid_until__gte=first), site=site)
    bits = 0
    for days in in_use.values_list("weekdays", flat=True):
        bits |= days
    return WorkDays(
        first,
        weeks * WEEK,
        weekdays=[day for day in range(1, 8) if bits >> (day - 1) & 1],
        closed=list(Holiday.objects.filter(site=site).values_list("on", flat=True)),
    )
