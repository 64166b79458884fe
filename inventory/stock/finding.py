"""A typed or scanned place, pallet or count leads to its page."""

from urllib.parse import quote

from django.utils.translation import gettext as _

from factory_core.people.models import User
from factory_core.web.finders import MOST_FOUND, Found
from inventory.stock.queries.counting import counts_found
from inventory.stock.queries.places import paths_of, places_found
from inventory.stock.words import place_word

LEAST = 2
WHOLE_SSCC = 20


def place_link(_key: int, code: str) -> str:
    """The page of a place; its code may hold signs that mean something in an address."""
    return f"/locations/{quote(code, safe='')}/"


def count_link(_key: int, number: str) -> str:
    """The page of a stock count."""
    return f"/counts/{number}/"


def find_places(user: User, text: str) -> list[Found]:
    """Places whose code begins so, whose name contains it, or a pallet by its SSCC, with or without the leading 00."""
    if len(text) < LEAST:
        return []
    sought = text[2:] if len(text) == WHOLE_SSCC and text.startswith("00") else text
    found = list(places_found(user, sought)[:MOST_FOUND])
    paths = paths_of([place.pk for place in found])
    return [
        Found(
            place_word(place.kind),
            place.code,
            paths.get(place.pk, place.name),
            place_link(place.pk, place.code),
            exact=sought.upper() in (place.code.upper(), place.sscc),
        )
        for place in found
    ]


def find_counts(user: User, text: str) -> list[Found]:
    """Stock counts whose number begins so."""
    if len(text) < LEAST:
        return []
    return [
        Found(
            _("Stock count"),
            count.number,
            count.location.code,
            count_link(count.pk, count.number),
            exact=count.number.upper() == text.upper(),
        )
        for count in counts_found(user, text)[:MOST_FOUND]
    ]
