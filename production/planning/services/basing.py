"""Keep the base of a site's plan: read once, and again as soon as anything it was read from changed."""

from datetime import date

from factory_core.plant.models import Site
from production.planning.models import PlanBase, PlanBaseChange
from production.planning.queries.base import Base, days_of_base, kept_base, packed, read_base


def base_of(site: Site, on: date) -> Base:
    """The base of a day, kept or read anew; in a transaction. Raises rules.TooMuch.

    Changes are taken away before anything is read: what others commit while it is read leaves its change behind, and
    the base is not believed the next time.
    """
    kept = kept_base(site, on)
    if kept is not None:
        return kept
    changes, _by_table = PlanBaseChange.objects.all().delete()
    (PlanBase.objects.all() if changes else PlanBase.objects.filter(site=site)).delete()
    first, until = days_of_base(on)
    base = read_base(site, on)
    PlanBase.objects.create(site=site, first_on=first, until_on=until, rows=packed(base))
    return base
