"""The tree of places: where a place is, what is inside it, and what lies there."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.stock.models import Location, StockBalance, StockMove
from inventory.stock.states import OUTSIDE, LocationKind

BETWEEN = " › "
# A store has aisles, racks, shelves, bins, pallets: deeper is a mistake, and a loop would never end.
DEEPEST = 20
MOST_MOVES = 20

_UP = """
WITH RECURSIVE up(start, id, code, name, parent_id, far) AS (
    SELECT id, id, code, name, parent_id, 0 FROM inventory_location WHERE id = ANY(%(ids)s)
    UNION ALL
    SELECT up.start, place.id, place.code, place.name, place.parent_id, up.far + 1
    FROM inventory_location place JOIN up ON place.id = up.parent_id WHERE up.far < %(deepest)s
)
SELECT start, id, code, name FROM up ORDER BY start, far DESC
"""
_DOWN = """
WITH RECURSIVE down(id, far) AS (
    SELECT id, 0 FROM inventory_location WHERE id = %(id)s
    UNION ALL
    SELECT place.id, down.far + 1 FROM inventory_location place JOIN down ON place.parent_id = down.id
    WHERE down.far < %(deepest)s
)
SELECT id, far FROM down
"""


_AROUND = """
WITH RECURSIVE up(id, code, name, parent_id, far) AS (
    SELECT id, code, name, parent_id, 0 FROM inventory_location WHERE id = %(id)s
    UNION ALL
    SELECT place.id, place.code, place.name, place.parent_id, up.far + 1
    FROM inventory_location place JOIN up ON place.id = up.parent_id WHERE up.far < %(deepest)s
), down(id, far) AS (
    SELECT id, 0 FROM inventory_location WHERE id = %(id)s
    UNION ALL
    SELECT place.id, down.far + 1 FROM inventory_location place JOIN down ON place.parent_id = down.id
    WHERE down.far < %(deepest)s
)
SELECT -far, id, code, name FROM up UNION ALL SELECT 1, id, '', '' FROM down ORDER BY 1
"""


class NoSuchLocation(Missing):
    """The place does not exist, or the asker may not see it."""

    code = "no_such_location"


def places_seen(actor: User, capability: str | None = None) -> QuerySet[Location]:
    """The places inside the plant that the actor may see."""
    rows = Location.objects.exclude(kind__in=sorted(OUTSIDE)).select_related("site", "parent", "partner")
    return visible(actor, rows, capability)


def location_or_missing(actor: User, code: str, capability: str | None = None) -> Location:
    """A place by its code or, for a pallet, its SSCC with or without the identifier 00. Raises NoSuchLocation."""
    text = code.strip()
    wanted = Q(code=text) | Q(sscc=text)
    if len(text) == 20 and text.startswith("00"):
        wanted |= Q(sscc=text[2:])
    found = places_seen(actor, capability).filter(wanted).first()
    if found is None:
        raise NoSuchLocation(
            _("There is no place '%(code)s' that you may see. Expected the code of a place or the SSCC of a pallet.")
            % {"code": text[:60]}
        )
    return found


def places_found(actor: User, text: str) -> QuerySet[Location]:
    """Places in use whose code begins with the text, or whose name or SSCC contains it."""
    text = text.strip()
    rows = places_seen(actor).filter(is_active=True).order_by("code")
    if not text:
        return rows
    shouted = text.upper()
    return rows.alias(shouted=Upper("code")).filter(
        Q(shouted__startswith=shouted) | Q(name__icontains=text) | Q(sscc__endswith=text)
    )


def roots_of(actor: User) -> QuerySet[Location]:
    """The places that stand in no other, with the number of places directly inside each."""
    return _counted(places_seen(actor).filter(parent=None)).order_by("site__code", "code")


def children_of(actor: User, place: Location) -> QuerySet[Location]:
    """What is directly inside a place, with the number of places inside each."""
    return _counted(places_seen(actor).filter(parent=place)).order_by("code")


def tree_of(actor: User) -> list[tuple[Location, list[Location]]]:
    """The outermost places with what stands directly inside each: two questions."""
    roots = list(roots_of(actor))
    inside: dict[int, list[Location]] = {}
    for child in _counted(places_seen(actor).filter(parent__in=[root.pk for root in roots])).order_by("code"):
        inside.setdefault(child.parent_id or 0, []).append(child)
    return [(root, inside.get(root.pk, [])) for root in roots]


def trail_of(place: Location) -> list[tuple[str, str]]:
    """Code and name from the outermost place down to this one."""
    return _trails([place.pk]).get(place.pk, [])


def paths_of(places: Iterable[int]) -> dict[int, str]:
    """Where places are, outermost first, as "Store › Aisle 3 › A-03-12"; one query for all."""
    return {key: BETWEEN.join(name for _code, name in trail) for key, trail in _trails(set(places)).items()}


def path_of(place: Location) -> str:
    """Where one place is, outermost first."""
    return paths_of([place.pk]).get(place.pk, place.name)


def below(place: Location) -> list[int]:
    """The place itself and everything inside it, however deep."""
    return [key for key, _far in _inside(place)]


def around(place: Location) -> tuple[list[tuple[str, str]], list[int]]:
    """Both in one question: code and name from the outermost place down to this one, and everything inside it."""
    with connection.cursor() as cursor:
        cursor.execute(_AROUND, {"id": place.pk, "deepest": DEEPEST})
        rows = cursor.fetchall()
    trail = [(code, name) for side, _key, code, name in rows if side <= 0]
    return trail, [key for side, key, _code, _name in rows if side > 0]


def height_of(place: Location) -> int:
    """How many places stand in each other, from this one down: 1 where nothing is inside."""
    return 1 + max(far for _key, far in _inside(place))


def lying_at(actor: User, inside: list[int]) -> QuerySet[StockBalance]:
    """What lies at a place and below it (`inside`: the answer of `below`), by place, item and lot."""
    rows = StockBalance.objects.filter(location__in=inside, quantity__gt=0)
    return (
        visible(actor, rows)
        .select_related("item__unit", "lot", "location")
        .order_by("location__code", "item__number", "lot__expires_on", "id")
    )


def moves_at(actor: User, place: Location) -> list[StockMove]:
    """The newest moves in and out of this very place."""
    # Two ordered walks over two indexes, not one over all moves of the plant.
    rows = StockMove.objects.order_by("-id").values_list("pk", flat=True)
    keys = rows.filter(from_location=place)[:MOST_MOVES].union(rows.filter(to_location=place)[:MOST_MOVES], all=True)
    newest = sorted(set(keys), reverse=True)[:MOST_MOVES]
    return list(
        visible(actor, StockMove.objects.filter(pk__in=newest))
        .select_related("item__unit", "lot", "from_location", "to_location", "by", "partner", "corrected_by")
        .order_by("-id")
    )


def rights_at(actor: User, site: Site, capabilities: Iterable[str]) -> set[str]:
    """Which of some capabilities the actor holds at a site: one question for all."""
    asked = [
        visible(actor, Site.objects.filter(pk=site.pk), capability)
        .annotate(right=Value(capability))
        .values_list("right")
        for capability in capabilities
    ]
    return {right for (right,) in asked[0].union(*asked[1:], all=True)} if asked else set()


def is_empty(place: Location) -> bool:
    """Whether nothing lies at a place or below it."""
    return not StockBalance.objects.filter(location__in=below(place), quantity__gt=0).exists()


def sites_for(actor: User, capability: str) -> QuerySet[Site]:
    """The sites in which the actor may set up places."""
    return visible(actor, Site.objects.order_by("code"), capability)


def parents_offered(actor: User, site: Site | None = None) -> QuerySet[Location]:
    """Places another place can stand in: in use, and not themselves carried about."""
    rows = places_seen(actor).filter(is_active=True).exclude(kind=LocationKind.PALLET)
    return (rows.filter(site=site) if site else rows).order_by("code")


def _counted(rows: QuerySet[Location]) -> QuerySet[Location]:
    return rows.filter(is_active=True).annotate(inside=Count("children", filter=Q(children__is_active=True)))


def _inside(place: Location) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_DOWN, {"id": place.pk, "deepest": DEEPEST})
        rows: list[tuple[int, int]] = cursor.fetchall()
    return rows


def _trails(places: Iterable[int]) -> dict[int, list[tuple[str, str]]]:
    keys = list(places)
    trails: dict[int, list[tuple[str, str]]] = {}
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(_UP, {"ids": keys, "deepest": DEEPEST})
            for start, _key, code, name in cursor.fetchall():
                trails.setdefault(start, []).append((code, name))
    return trails
