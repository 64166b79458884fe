"""Acts on places of stock."""

from factory_core.plant.models import Site
from inventory.stock.models import Location
from inventory.stock.states import OUTSIDE, LocationKind


def outside(site: Site, kind: str) -> Location:
    """The place outside a site's stock that moves of a kind come from or go to; made on first use.

    `kind` is one of SUPPLIER, CUSTOMER, PRODUCTION, ADJUSTMENT and OPENING.
    """
    word = LocationKind(kind)
    if word not in OUTSIDE:
        raise ValueError(f"{word} is a place of stock, not outside of it")
    return _first(site, word)


def scrap_place(site: Site) -> Location:
    """Where a site puts its scrap unless somebody says where; made on first use."""
    return _first(site, LocationKind.SCRAP)


def _first(site: Site, kind: LocationKind) -> Location:
    found = Location.objects.select_related("site").filter(site=site, kind=kind, is_active=True).order_by("id").first()
    if found is not None:
        return found
    named = {"name": kind.value.title(), "kind": kind, "site": site}
    return Location.objects.get_or_create(code=f"{site.code}-{kind.lower()}", defaults=named)[0]
