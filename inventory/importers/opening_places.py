"""The places that rows of stock name: a place, and the shelf and bin inside it."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from factory_core.importing.kinds import Context, Row
from inventory.stock.models import Location
from inventory.stock.services.place_refusals import BadPlace, PlaceExists
from inventory.stock.services.places import NOT_IN_CODES, check_code
from inventory.stock.states import LocationKind


class Places:
    """Places by what rows call them; bins that are not there are made by `save`, those of them that are used."""

    def __init__(self, known: dict[str, Location], rows: Sequence[Row]) -> None:
        self.known = known
        codes = {
            code for row in rows if (place := known.get(str(row.values["location"]))) and (code := _bin(place, row))
        }
        self.bins = {place.code: place for place in Location.objects.filter(code__in=codes)}

    def of(self, row: Row, context: Context) -> Location:
        """The place of a row. Raises BadPlace, PlaceExists."""
        name = str(row.values["location"])
        place = self.known.get(name)
        if place is None and context.creates_missing and context.site is not None:
            check_code(name)
            if Location.objects.filter(code=name).exists():
                raise PlaceExists(_("There is a place '%(code)s' already. Take another code.") % {"code": name})
            place = self.known[name] = Location(
                site=context.site, code=name, name=name, kind=LocationKind.LOCATION.value
            )
        if place is None:
            raise BadPlace(
                _("There is no place “%(place)s” at this site: import places first, or pick another.")
                % {"place": name[:60]}
            )
        code = _bin(place, row)
        if not code:
            return place
        found = self.bins.get(code)
        if found is None:
            check_code(code)
            found = self.bins[code] = Location(
                site_id=place.site_id, code=code, name=code.removeprefix(f"{place.code}-"),
                kind=LocationKind.BIN.value, parent=place,
            )  # fmt: skip
        if found.parent is not place and found.parent_id != place.pk:
            raise PlaceExists(
                _("There is a place '%(code)s' already, and it does not lie in %(place)s.")
                % {"code": code, "place": place.code}
            )
        return found

    def save(self, used: Iterable[Location]) -> None:
        """Store the new places among these, outer ones first."""
        wanted = list({id(place): place for place in used}.values())
        outer = {id(place.parent): place.parent for place in wanted if place.parent is not None}
        _store(list(outer.values()))
        _store(wanted)


def _store(places: list[Location]) -> None:
    Location.objects.bulk_create([place for place in places if place._state.adding])


def _bin(place: Location, row: Row) -> str:
    """The code of the bin a row names: place, shelf and bin in one; a bin 0 without a shelf is none."""
    shelf, slot = (str(row.values.get(name) or "").strip() for name in ("shelf", "bin"))
    if not shelf and slot.strip("0") == "":
        return ""
    parts = [place.code, *(part for part in (shelf, slot) if part)]
    return "-".join("".join("-" if sign.isspace() or sign in NOT_IN_CODES else sign for sign in part) for part in parts)
