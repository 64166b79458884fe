"""What a scan means in the store: a place, a pallet, an item, a lot, or several of these on one label."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.people.models import User
from inventory.items.models import Item, Unit
from inventory.items.queries import Scanned, UnknownScan, read_scan
from inventory.items.states import Tracking
from inventory.lots.models import Lot
from inventory.lots.queries import lots_seen
from inventory.stock.models import Location
from inventory.stock.queries.places import places_seen


@dataclass(frozen=True)
class Reading:
    """Either a place, or an item with what its label said besides. `lot` is known, `lot_number` only read."""

    text: str
    location: Location | None = None
    item: Item | None = None
    lot: Lot | None = None
    lot_number: str = ""
    expires_on: date | None = None
    made_on: date | None = None
    quantity: Decimal | None = None
    unit: Unit | None = None


def read(actor: User, text: str, *, at: datetime, item: Item | None = None, place_first: bool = True) -> Reading:
    """What was scanned. `item`: the one in hand, whose lot a bare number means; `place_first`: which of two things of
    the same code is meant. Raises UnknownScan."""
    said = text.strip(" \t\r\n")
    if place_first and (place := _place(actor, said)) is not None:
        return Reading(said, location=place)
    if item is not None and (lot := _lot(actor, said, item)) is not None:
        return _of_lot(said, lot)
    try:
        return _of_label(actor, read_scan(actor, said, at=at), item)
    except UnknownScan:
        if not place_first and (place := _place(actor, said)) is not None:
            return Reading(said, location=place)
        lots = list(lots_seen(actor).filter(number__iexact=said)[:2]) if said else []
        if len(lots) == 1:
            return _of_lot(said, lots[0])
        if lots:
            raise UnknownScan(
                _("Read %(read)s, which is a lot of several items. Scan the item first.") % {"read": said[:80]},
                read=said,
            ) from None
        raise


def lot_of_id(actor: User, number: str) -> Lot | None:
    """A lot by the id a page carried."""
    return lots_seen(actor).filter(pk=int(number)).first() if _is_id(number) else None


def item_of_id(actor: User, number: str) -> Item | None:
    """An item by the id a page carried."""
    rows = visible(actor, Item.objects.select_related("unit"))
    return rows.filter(pk=int(number)).first() if _is_id(number) else None


def place_of_id(actor: User, number: str) -> Location | None:
    """A place by the id a page carried."""
    return places_seen(actor).filter(pk=int(number)).first() if _is_id(number) else None


def _is_id(number: str) -> bool:
    return number.isascii() and number.isdecimal() and len(number) < 19


def _place(actor: User, text: str) -> Location | None:
    found = list(places_seen(actor).filter(code__iexact=text)[:2]) if text else []
    return next((place for place in found if place.code == text), found[0] if len(found) == 1 else None)


def _lot(actor: User, number: str, item: Item) -> Lot | None:
    return lots_seen(actor).filter(item=item, number__iexact=number).first() if number else None


def _of_lot(text: str, lot: Lot) -> Reading:
    one = Decimal(1) if lot.item.tracking == Tracking.SERIAL else None
    return Reading(text, item=lot.item, lot=lot, lot_number=lot.number, expires_on=lot.expires_on, quantity=one)


def _of_label(actor: User, said: Scanned, in_hand: Item | None) -> Reading:
    item = said.item or in_hand
    if said.item is None and said.sscc:
        pallet = places_seen(actor).filter(sscc=said.sscc).first()
        if pallet is not None:
            return Reading(said.text, location=pallet)
        raise UnknownScan(
            _("Read the pallet number %(sscc)s, which no pallet here has. Enter the pallet as a place first.")
            % {"sscc": said.sscc},
            read=said.text,
        )
    if item is None:
        raise UnknownScan(
            _("Read %(read)s, a lot without its item. Scan the item first.")
            % {"read": (said.lot_number or said.serial or said.text)[:80]},
            read=said.text,
        )
    number = said.serial if item.tracking == Tracking.SERIAL else said.lot_number
    if item.tracking == Tracking.NONE:
        number = ""
    return Reading(
        said.text,
        item=item,
        lot=_lot(actor, number, item),
        lot_number=number,
        expires_on=said.expires_on,
        made_on=said.made_on,
        quantity=Decimal(1) if item.tracking == Tracking.SERIAL else said.quantity,
        unit=said.unit,
    )
