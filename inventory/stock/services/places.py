"""Acts on places of stock."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import StaleVersion
from factory_core.events.services import publish
from factory_core.numbering.services import next_number
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.rules.gs1 import check_digit
from inventory.stock import events
from inventory.stock.models import Location, StockCount
from inventory.stock.queries.places import DEEPEST, NoSuchLocation, below, height_of, is_empty, trail_of
from inventory.stock.services.place_refusals import (
    BadPlace,
    BadSerialSeries,
    NotAPallet,
    OtherSite,
    PlaceExists,
    PlaceInItself,
    PlaceNotEmpty,
)
from inventory.stock.states import OUTSIDE, CountStatus, LocationKind

MANAGE, MOVE = "inventory.location.manage", "inventory.stock.move"
# Sixteen digits after the extension digit: the company's GS1 prefix and the serial part. The plant sets its own prefix
# in the series "sscc"; numbers that begin with 02 identify things inside one company only.
NOT_IN_CODES = "/?#\\"
SSCC_PREFIX, SSCC_WIDTH = "0200000", 10
# Stock on a pallet is offered like stock of a store, so what must not be used has to leave the pallet first.
NO_PLACE_FOR_PALLETS = frozenset({LocationKind.QUARANTINE, LocationKind.SCRAP})


class _Stays:
    """A value that is not changed."""


STAYS = _Stays()
# These places never change and nearly every move needs one of them.
_outside: dict[tuple[int, LocationKind], Location] = {}


def outside(site: Site, kind: str) -> Location:
    """The place outside a site's stock that moves of a kind come from or go to; made on first use.

    `kind` is one of SUPPLIER, CUSTOMER, PRODUCTION, ADJUSTMENT and OPENING.
    """
    word = LocationKind(kind)
    if word not in OUTSIDE:
        raise ValueError(f"{word} is a place of stock, not outside of it")
    known = _outside.get((site.pk, word))
    if known is None:
        known = outside_as_stored(site, word)
        # Remembered once it stands: of a transaction taken back nothing must be known.
        transaction.on_commit(partial(_outside.setdefault, (site.pk, word), known))
    return known


def outside_as_stored(site: Site, kind: str) -> Location:
    """The same, asked of the database: for imports, whose undo takes away again what they made first."""
    return _first(site, LocationKind(kind))


def scrap_place(site: Site) -> Location:
    """Where a site puts its scrap unless somebody says where; made on first use."""
    return _first(site, LocationKind.SCRAP)


def _first(site: Site, kind: LocationKind) -> Location:
    found = Location.objects.select_related("site").filter(site=site, kind=kind, is_active=True).order_by("id").first()
    if found is not None:
        return found
    named = {"name": kind.value.title(), "kind": kind, "site": site}
    return Location.objects.get_or_create(code=f"{site.code}-{kind.lower()}", defaults=named)[0]


def create_location(
    *,
    actor: User,
    site: Site,
    code: str,
    name: str,
    at: datetime,
    kind: str = LocationKind.LOCATION,
    parent: Location | None = None,
    partner: Partner | None = None,
) -> Location:
    """Set up a place; pallets are begun by create_pallet. Raises BadPlace, PlaceExists, OtherSite."""
    require(actor, MANAGE, site)
    code, name = code.strip(), name.strip()
    check_code(code)
    if kind not in list(LocationKind) or kind in OUTSIDE or kind == LocationKind.PALLET:
        raise BadPlace(_("A place of the kind '%(kind)s' is not set up by hand.") % {"kind": kind[:20]})
    if kind == LocationKind.SUBCONTRACTOR and partner is None:
        raise BadPlace(_("Stock at a subcontractor needs the name of the subcontractor."))
    if Location.objects.filter(code=code).exists():
        raise PlaceExists(_("There is a place '%(code)s' already. Take another code.") % {"code": code})
    _lock_tree(site)
    _refuse_parent(site, parent)
    place = Location.objects.create(
        site=site, code=code, name=name or code, kind=LocationKind(kind).value, parent=parent, partner=partner
    )
    inside = f" ({parent.code})" if parent else ""
    publish(events.PLACE_CREATED, about=[place, *([parent] if parent else [])], at=at, actor=actor, inside=inside)
    return place


def check_code(code: str) -> None:
    """Refuse what cannot be the code of a place. Raises BadPlace."""
    if not code or len(code) > 60 or any(sign.isspace() or sign in NOT_IN_CODES for sign in code):
        raise BadPlace(
            _("'%(code)s' cannot be the code of a place. Expected up to 60 signs without blanks and without / ? # \\.")
            % {"code": code[:60]}
        )


def create_pallet(
    *, actor: User, site: Site, at: datetime, parent: Location | None = None, name: str = "", destination: str = ""
) -> Location:
    """Begin a pallet with the next code and the next SSCC. Raises BadSerialSeries, OtherSite, BadPlace."""
    require(actor, MOVE, site)
    _lock_tree(site)
    _refuse_parent(site, parent)
    _refuse_pallet_there(parent)
    sscc = next_sscc()
    code = next_number("pallet", prefix="P")
    pallet = Location.objects.create(
        site=site,
        code=code,
        name=name.strip()[:120] or code,
        kind=LocationKind.PALLET,
        parent=parent,
        sscc=sscc,
        destination=destination.strip()[:120],
    )
    publish(events.PALLET_CREATED, about=[pallet], at=at, actor=actor, sscc=sscc)
    return pallet


def next_sscc() -> str:
    """The next serial shipping container code: 17 digits of the series "sscc", and the check digit.

    Raises BadSerialSeries where prefix and digits of the series are not 17 together.
    """
    body = next_number("sscc", prefix=SSCC_PREFIX, width=SSCC_WIDTH)
    if len(body) != 17 or not (body.isascii() and body.isdecimal()):
        raise BadSerialSeries(
            _(
                "The number series 'sscc' gives '%(body)s'. Expected 17 digits: extension digit, the company's GS1 "
                "prefix and the serial part. The IT administrator sets its prefix and digits."
            )
            % {"body": body}
        )
    return body + check_digit(body)


def change_location(
    *,
    actor: User,
    location_id: int,
    at: datetime,
    version: int | None = None,
    name: str | None = None,
    parent: Location | _Stays | None = STAYS,
    partner: Partner | _Stays | None = STAYS,
    destination: str | None = None,
    is_active: bool | None = None,
) -> Location:
    """Change a place; what is not given stays. Only an empty place goes out of use.

    Raises NoSuchLocation, StaleVersion, PlaceInItself, PlaceNotEmpty, OtherSite, BadPlace.
    """
    place = _locked(actor, location_id)
    require(actor, MANAGE, place.site)
    _refuse_stale(place, version)
    if not isinstance(parent, _Stays):
        _put_into(place, parent)
    if not isinstance(partner, _Stays):
        if partner is None and place.kind == LocationKind.SUBCONTRACTOR:
            raise BadPlace(_("Stock at a subcontractor needs the name of the subcontractor."))
        place.partner = partner
    place.name = place.name if name is None else name.strip()[:120] or place.code
    place.destination = place.destination if destination is None else destination.strip()[:120]
    retires = is_active is False and place.is_active
    if retires:
        _refuse_used(place)
    place.is_active = place.is_active if is_active is None else is_active
    if place.is_active and place.parent is not None and not place.parent.is_active:
        raise BadPlace(_("%(parent)s is not in use, so nothing can be set up inside.") % {"parent": place.parent.code})
    _save(place, "name", "parent", "partner", "destination", "is_active")
    publish(events.PLACE_RETIRED if retires else events.PLACE_CHANGED, about=[place], at=at, actor=actor)
    return place


def move_pallet(
    *, actor: User, pallet_id: int, to_location: Location, at: datetime, version: int | None = None
) -> Location:
    """A pallet went to another place of the same site, with everything on it.

    Raises NotAPallet, OtherSite, PlaceInItself, BadPlace.
    """
    pallet = _locked(actor, pallet_id)
    require(actor, MOVE, pallet.site)
    _refuse_stale(pallet, version)
    if pallet.kind != LocationKind.PALLET:
        raise NotAPallet(
            _("%(place)s is no pallet. Only pallets are moved with all that lies on them.") % {"place": pallet.code}
        )
    if pallet.parent_id == to_location.pk:
        return pallet
    origin = pallet.parent
    _put_into(pallet, to_location)
    _save(pallet, "parent")
    about = [pallet, *([origin] if origin else []), to_location]
    publish(
        events.PALLET_MOVED, about=about, at=at, actor=actor, origin=origin.code if origin else "–", to=to_location.code
    )
    return pallet


def _locked(actor: User, location_id: int) -> Location:
    rows = visible(actor, Location.objects.select_related("site")).exclude(kind__in=sorted(OUTSIDE))
    place = rows.filter(pk=location_id).first()
    if place is None:
        raise NoSuchLocation(_("There is no such place that you may see."))
    _lock_tree(place.site)
    locked = Location.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("site", "parent", "partner").get(pk=location_id)


def _lock_tree(site: Site) -> None:
    """One change of a site's tree at a time: two that are fine each for itself may be a loop together."""
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)


def _put_into(place: Location, parent: Location | None) -> None:
    _refuse_parent(place.site, parent)
    if parent is not None:
        if parent.pk in below(place):
            raise PlaceInItself(
                _("%(place)s cannot stand inside %(parent)s, which stands inside %(place)s itself.")
                % {"place": place.code, "parent": parent.code}
            )
        if len(trail_of(parent)) + height_of(place) > DEEPEST:
            raise BadPlace(_("Places stand at most %(most)d deep in each other.") % {"most": DEEPEST})
        if place.kind == LocationKind.PALLET:
            _refuse_pallet_there(parent)
    place.parent = parent


def _refuse_parent(site: Site, parent: Location | None) -> None:
    if parent is None:
        return
    if parent.site_id != site.pk:
        raise OtherSite(
            _("%(parent)s belongs to another site. Move the stock by a transfer instead.") % {"parent": parent.code}
        )
    if parent.is_outside or parent.kind == LocationKind.PALLET:
        raise BadPlace(_("Nothing can be set up inside %(parent)s.") % {"parent": parent.code})
    if not parent.is_active:
        raise BadPlace(_("%(parent)s is not in use, so nothing can be set up inside.") % {"parent": parent.code})


def _refuse_pallet_there(parent: Location | None) -> None:
    if parent is not None and parent.kind in NO_PLACE_FOR_PALLETS:
        raise BadPlace(
            _("What stands on a pallet stays on offer. Put the goods themselves into %(place)s.")
            % {"place": parent.code}
        )


def _refuse_used(place: Location) -> None:
    if not is_empty(place):
        raise PlaceNotEmpty(
            _("Stock lies in %(place)s or inside it. Move it away first, then take the place out of use.")
            % {"place": place.code}
        )
    standing = Location.objects.filter(parent=place, is_active=True).order_by("code").first()
    if standing is not None:
        raise PlaceNotEmpty(
            _("%(inside)s stands inside %(place)s. Take it out of use or move it first.")
            % {"inside": standing.code, "place": place.code}
        )
    count = StockCount.objects.filter(location=place, status__in=[CountStatus.OPEN, CountStatus.COUNTED]).first()
    if count is not None:
        raise PlaceNotEmpty(
            _("%(place)s is being counted (%(count)s). End the count first.")
            % {"place": place.code, "count": count.number}
        )


def _refuse_stale(place: Location, version: int | None) -> None:
    if version is not None and version != place.version:
        current: dict[str, Any] = {
            "version": place.version,
            "name": place.name,
            "parent": place.parent.code if place.parent else "",
            "destination": place.destination,
            "is_active": place.is_active,
        }
        raise StaleVersion(
            _("%(place)s was changed in the meantime. Compare, then save again.") % {"place": place.code},
            current=current,
        )


def _save(place: Location, *fields: str) -> None:
    place.version += 1
    place.save(update_fields=[*fields, "version", "updated_at"])
