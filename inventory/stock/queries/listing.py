"""What the pages of stock list: what lies where, moves, and lots."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.models import Item
from inventory.items.queries import items_found
from inventory.lots.models import Lot
from inventory.lots.rules import is_usable
from inventory.stock.models import Location, StockBalance, StockMove
from inventory.stock.queries.places import below
from inventory.stock.states import OUTSIDE, PICKABLE, LocationKind

SOON = timedelta(days=30)
# More places than this are named by their number.
MOST_PLACES = 3
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Wish:
    """The filters of the stock page; empty ones let everything through."""

    text: str = ""
    site: str = ""
    location: str = ""
    lot: str = ""
    status: str = ""
    item: str = ""


@dataclass
class ItemStock:
    """What there is of an item at the places looked at, the scrap left out. `available` is free to be picked;
    `blocked` lies at a place nobody picks from, is expired, or of a lot that must not be used."""

    item: Item
    on_hand: Decimal = NOTHING
    reserved: Decimal = NOTHING
    available: Decimal = NOTHING
    expiring: Decimal = NOTHING
    blocked: Decimal = NOTHING
    places: dict[str, Decimal] = field(default_factory=dict)

    @property
    def first_places(self) -> list[tuple[str, Decimal]]:
        """The fullest places."""
        return sorted(self.places.items(), key=lambda one: -one[1])[:MOST_PLACES]

    @property
    def more_places(self) -> int:
        """How many further places there are."""
        return max(len(self.places) - MOST_PLACES, 0)


def place_of_code(actor: User, code: str) -> Location | None:
    """The place of a code that the actor may see."""
    return visible(actor, Location.objects.filter(code__iexact=code)).order_by("pk").first() if code else None


def sites_seen(actor: User) -> QuerySet[Site]:
    """Sites whose stock the actor may see."""
    return visible(actor, Site.objects.order_by("code"), "inventory.stock.view")


def balances_found(actor: User, wish: Wish) -> QuerySet[StockBalance]:
    """What lies where, by the filters; nothing empty."""
    rows = visible(actor, StockBalance.objects.filter(quantity__gt=0).exclude(location__kind__in=sorted(OUTSIDE)))
    if wish.site:
        rows = rows.filter(location__site__code=wish.site)
    if wish.location:
        place = place_of_code(actor, wish.location)
        rows = rows.filter(location__in=below(place)) if place else rows.none()
    if wish.lot:
        rows = rows.filter(lot__number__iexact=wish.lot)
    if wish.status:
        rows = rows.filter(lot__status=wish.status)
    if wish.item:
        rows = rows.filter(item__number=wish.item)
    return rows


def stocked_items(actor: User, wish: Wish) -> QuerySet[Item]:
    """The items of which something lies there, by number."""
    there = balances_found(actor, wish).filter(item=OuterRef("pk"))
    return items_found(actor, wish.text).filter(Exists(there)).select_related("unit").order_by("number")


def stock_of(actor: User, wish: Wish, items: Iterable[Item], today: date) -> list[ItemStock]:
    """The sums of some items, in their order: two questions, however many items."""
    rows = {item.pk: ItemStock(item) for item in items}
    found = balances_found(actor, wish).exclude(location__kind=LocationKind.SCRAP).filter(item__in=list(rows))
    facts = ("item_id", "location__code", "location__kind", "location__is_active", "lot__status", "lot__expires_on")
    for balance in found.values(*facts).annotate(total=Sum("quantity"), kept=Sum("reserved")):
        row, total, expires_on = rows[balance["item_id"]], balance["total"], balance["lot__expires_on"]
        free = total - balance["kept"]
        row.on_hand += total
        row.reserved += balance["kept"]
        expired = expires_on is not None and expires_on < today
        picked = balance["location__kind"] in PICKABLE and balance["location__is_active"]
        status = balance["lot__status"]
        good = status is None or is_usable(status, inspected=row.item.inspect_on_receipt)
        if picked and good and not expired:
            row.available += free
        else:
            row.blocked += free
        if expires_on is not None and expires_on <= today + SOON:
            row.expiring += total
        code = balance["location__code"]
        row.places[code] = row.places.get(code, NOTHING) + total
    return list(rows.values())


def places_of_stock(actor: User, wish: Wish) -> QuerySet[StockBalance]:
    """The same by place and lot; what expires first stands first within an item."""
    rows = balances_found(actor, wish).select_related("item__unit", "lot", "location__site", "location__parent")
    if wish.text:
        rows = rows.filter(item__in=items_found(actor, wish.text))
    return rows.order_by("item__number", F("lot__expires_on").asc(nulls_last=True), "location__code", "pk")


_LISTED = (
    "kind", "quantity", "at", "reason", "source_kind", "source_id", "source_label", "corrects_id", "item__number",
    "item__name", "item__unit__code", "lot__number", "from_location__code", "from_location__kind", "to_location__code",
    "to_location__kind", "by__username", "by__display_name", "by__first_name", "by__last_name", "partner__name",
    "corrected_by__id",
)  # fmt: skip


def moves_found(
    actor: User, *, item: str = "", lot: str = "", location: str = "", kind: str = "", person: str = ""
) -> QuerySet[StockMove]:
    """Moves, newest first. A place means moves from it and to it; a person is named by user name or shown name."""
    rows = visible(actor, StockMove.objects.order_by("-id"))
    # Ids instead of questions inside the question: only so the newest moves of an item are read in its own order.
    if item:
        rows = rows.filter(item__in=list(Item.objects.filter(number=item).values_list("pk", flat=True)))
    if lot:
        rows = rows.filter(lot__in=list(Lot.objects.filter(number__iexact=lot).values_list("pk", flat=True)))
    if location:
        places = list(Location.objects.filter(code__iexact=location).values_list("pk", flat=True))
        rows = rows.filter(Q(from_location__in=places) | Q(to_location__in=places))
    if kind:
        rows = rows.filter(kind=kind)
    if person:
        people = User.objects.filter(Q(username__iexact=person) | Q(display_name__icontains=person))
        rows = rows.filter(by__in=list(people.values_list("pk", flat=True)[:50]))
    return rows.select_related(
        "item__unit", "lot", "from_location", "to_location", "by", "partner", "corrects", "site", "corrected_by"
    )


def moves_listed(actor: User, **wanted: str) -> QuerySet[StockMove]:
    """`moves_found` with what a line of the list shows: reading ten whole records a line would cost half the page."""
    rows = moves_found(actor, **wanted).select_related(None)
    return rows.select_related(
        "item__unit", "lot", "from_location", "to_location", "by", "partner", "corrected_by"
    ).only(*_LISTED)


def move_of(actor: User, number: int) -> StockMove | None:
    """One move."""
    return moves_found(actor).filter(pk=number).first() if number < 2**63 else None


def totals_of(actor: User, lots: Iterable[Lot]) -> dict[int, Decimal]:
    """How much of each lot lies at places the actor may see."""
    rows = balances_found(actor, Wish()).filter(lot__in=[lot.pk for lot in lots]).values("lot_id")
    found: dict[int, Decimal] = defaultdict(lambda: NOTHING)
    found.update({row["lot_id"]: row["total"] for row in rows.annotate(total=Sum("quantity"))})
    return found


def lies_of(actor: User, lot: Lot) -> list[StockBalance]:
    """Where a lot lies."""
    rows = balances_found(actor, Wish()).filter(lot=lot).select_related("location__site", "location__parent")
    return list(rows.order_by("location__code"))


def moves_of_lot(actor: User, lot: Lot, limit: int) -> list[StockMove]:
    """The newest moves of a lot."""
    return list(moves_found(actor).filter(lot=lot)[:limit])


def uses_of(lot: Lot) -> dict[str, list[Any]]:
    """Lots it was made of, and lots made of it: what the trace goes on from."""
    return {
        "made_of": list(lot.made_of.select_related("input__item__unit").order_by("-id")[:20]),
        "went_into": list(lot.uses.select_related("output__item__unit").order_by("-id")[:20]),
    }
