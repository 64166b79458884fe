"""Everything a plan is made of, read in a dozen questions however large the plant is."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from factory_core.calendar.models import Holiday, Shift
from factory_core.plant.models import Site
from production.planning.queries.items import Figures, item_figures
from production.planning.queries.needs import Rows, dated_needs
from production.planning.queries.structure import lines_in_force
from production.planning.rules import WEEK, Plant, WorkDays


@dataclass(frozen=True)
class Read:
    """What was read of a site: the plant as arrays, its days, and who stands behind the needs."""

    plant: Plant
    figures: Figures
    causes: Rows
    days: WorkDays


def read_plant(site: Site, first: date, weeks: int) -> Read:
    """The plant as it stands, planned from a day on. Raises rules.TooMuch for absurd quantities per piece."""
    figures = item_figures(site, first)
    needs = dated_needs(site, first)
    lines = lines_in_force(first, figures.ids, figures.boms)
    # What is bought is bought whole, whatever it is made of elsewhere.
    made = figures.makes[lines.parent]
    if not made.all():
        lines = lines.among(made)
    plant = Plant(
        on_hand=figures.on_hand, safety=figures.safety, least=figures.least, multiple=figures.multiple,
        cover=figures.cover, lead=figures.lead, works=figures.makes, passes=figures.passes, lines=lines,
        demand=needs.wanted.dated(figures.ids), started=needs.started.dated(figures.ids),
        scheduled=needs.coming.dated(figures.ids),
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
