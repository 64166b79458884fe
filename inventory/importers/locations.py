"""Places of stock come over."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from factory_core.access.policy import visible
from factory_core.importing.kinds import Context, Field, FieldType, Kind, Outcome, Row, Value, offer_kind
from factory_core.importing.matching import words_for
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.importers.common import Upsert, column_of, found_by, said
from inventory.stock.models import Location
from inventory.stock.queries.places import DEEPEST
from inventory.stock.services.place_refusals import BadPlace
from inventory.stock.services.places import check_code
from inventory.stock.states import OUTSIDE, LocationKind
from inventory.stock.words import PLACE_WORDS

_KINDS = {
    **{kind: word for kind, word in PLACE_WORDS.items() if kind not in (*OUTSIDE, LocationKind.PALLET)},
    LocationKind.SCRAP: _("Scrap place"),
}
FIELDS = (
    Field("code", _("code"), required=True, longest=60, example="A-03",
          synonyms=words_for("location", en="location code|location id|location|code")),
    Field("name", _("name"), longest=120, example="Aisle 3", synonyms=words_for("name", en="name|location name")),
    Field("kind", _("kind"), FieldType.CHOICE, choices=_KINDS, example="Place",
          words={"warehouse": "STORE", "lager": "STORE", "shelf": "BIN", "regal": "LOCATION", "fach": "BIN"},
          synonyms={"en": ["location type", "kind of place"], "de": ["Lagerortart"], "es": ["tipo de ubicación"],
                    "fr": ["type d'emplacement"], "pl": ["rodzaj miejsca"]}),
    Field("parent", _("inside"), FieldType.REFERENCE, refers_to="locations", example="HALL-1",
          synonyms={"en": ["parent location", "inside", "part of"], "de": ["liegt in", "übergeordneter Lagerort"],
                    "es": ["ubicación padre"], "fr": ["emplacement parent"], "pl": ["miejsce nadrzędne"]}),
    Field("partner", _("at partner"), FieldType.REFERENCE, refers_to="partners", example="C-1004",
          synonyms={"en": ["subcontractor", "at partner"], "de": ["Lohnbearbeiter"], "es": ["subcontratista"],
                    "fr": ["sous-traitant"], "pl": ["podwykonawca"]}),
    Field("is_active", _("in use"), FieldType.YES_NO, example="yes",
          synonyms={"en": ["active", "in use"], "de": ["aktiv"], "es": ["activo"], "fr": ["actif"],
                    "pl": ["aktywny"]}),
)  # fmt: skip


def places_here(actor: User, site: Site | None) -> QuerySet[Location]:
    """The places of stock of a site that the person may see."""
    rows = visible(actor, Location.objects.exclude(kind__in=sorted(OUTSIDE)))
    return rows.filter(site=site) if site is not None else rows


def _take(rows: Sequence[Row], context: Context) -> None:
    # One change of a site's tree at a time: two that are fine each for itself may be a loop together.
    Site.objects.select_for_update(no_key=True).get(pk=context.here.pk)
    texts = column_of(rows, "code", "parent")
    there = found_by(Location.objects.select_for_update(no_key=True).order_by("pk"), "code", texts)
    partners = found_by(Partner.objects.all(), "code", column_of(rows, "partner"))
    places = Upsert(Location, context, {code.upper(): place for code, place in there.items()}, _check,
                    {"partner_id": {one.pk: one.code for one in partners.values()},
                     "parent_id": {place.pk: place.code for place in there.values()}})  # fmt: skip
    for row in rows:
        value = row.values.get
        code = str(value("code"))
        known = there.get(code)
        if known is not None and (known.site_id != context.here.pk or known.is_outside):
            row.refuse("code", "place_of_other_site",
                       _now("There is a place %(code)s at another site, or outside of stock.")
                       % {"code": code}, _now("A code that no other place has."))  # fmt: skip
            continue
        partner = partners.get(str(value("partner")))
        wish = said(row, name=value("name"), kind=value("kind"), is_active=value("is_active"),
                    partner_id=partner.pk if partner else None)  # fmt: skip
        if known is not None and value("kind") not in (None, known.kind):
            row.refuse(
                "kind", "place_kind_stays", _now("%(code)s is there already, and its kind stays.") % {"code": code}
            )
            continue
        new = {"code": code, "name": code, "kind": LocationKind.LOCATION.value, "site_id": context.here.pk}
        places.put(row, code.upper(), wish, new, name="code")
    places.save()
    _put_inside(rows, places)


def _check(place: Location) -> None:
    check_code(place.code)
    if place.kind == LocationKind.SUBCONTRACTOR and place.partner_id is None:
        raise BadPlace(_now("Stock at a subcontractor needs the name of the subcontractor."))


def _put_inside(rows: Sequence[Row], places: Upsert) -> None:
    """Places stand inside each other once all of them are there, in whatever order the file has them."""
    by_key = {place.pk: place for place in places.known.values()}
    for row in rows:
        above = row.values.get("parent")
        code = str(row.values["code"]).upper()
        place = places.known.get(code)
        if above is None or place is None or row.outcome in (Outcome.REFUSED, Outcome.SKIPPED):
            continue
        parent = places.known.get(str(above).upper())
        why = _why_not(place, parent, by_key)
        if parent is None or why:
            row.refuse("parent", "bad_place", why or _now("There is no place “%(code)s”.") % {"code": above})
            continue
        places.put(row, code, {"parent_id": parent.pk}, {})
    places.save()


def _why_not(place: Location, parent: Location | None, by_key: dict[int, Location]) -> str:
    if parent is None:
        return ""
    if parent.site_id != place.site_id or parent.is_outside or parent.kind == LocationKind.PALLET:
        return _now("Nothing can be set up inside %(parent)s.") % {"parent": parent.code}
    if not parent.is_active and place.is_active:
        return _now("%(parent)s is not in use, so nothing can be set up inside.") % {"parent": parent.code}
    above: Location | None = parent
    for _step in range(DEEPEST):
        if above is None:
            return ""
        if above.pk == place.pk:
            return _now("%(place)s cannot stand inside %(parent)s, which stands inside %(place)s itself.") % {
                "place": place.code, "parent": parent.code,
            }  # fmt: skip
        key = above.parent_id
        above = (by_key.get(key) or Location.objects.get(pk=key)) if key else None
    return _now("Places stand at most %(most)d deep in each other.") % {"most": DEEPEST}


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    rows = places_here(actor, site).exclude(kind=LocationKind.PALLET).select_related("parent", "partner")
    for place in rows.order_by("code").iterator(chunk_size=1000):
        yield {
            "code": place.code,
            "name": place.name,
            "kind": place.kind,
            "parent": place.parent.code if place.parent else None,
            "partner": place.partner.code if place.partner else None,
            "is_active": place.is_active,
        }


def _known(actor: User, site: Site | None, keys: Collection[str]) -> Mapping[str, int]:
    return {code: place.pk for code, place in found_by(places_here(actor, site), "code", keys).items()}


def offer() -> None:
    """Places come before the stock that lies there."""
    words = {
        "en": ["locations", "storage locations", "warehouses", "location"], "de": ["Lagerorte", "Lagerplätze"],
        "es": ["ubicaciones", "almacenes"], "fr": ["emplacements", "magasins"], "pl": ["lokalizacje", "magazyny"],
    }  # fmt: skip
    offer_kind(
        Kind(
            "locations", _("Places of stock"), "inventory.location.manage", FIELDS, ("code",), _take, _rows,
            needs_site=True, known=_known, synonyms=words,
        )
    )  # fmt: skip
