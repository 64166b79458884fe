"""The things labels are of, and what can be said of each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.dispatch.models import Dispatch
from inventory.items.models import Item, ItemRevision
from inventory.items.states import RevisionStatus, Tracking
from inventory.labels.rules.element_strings import element_string
from inventory.labels.rules.fields import GS1
from inventory.labels.states import LabelSubject
from inventory.lots.models import Lot
from inventory.stock.models import Location, StockBalance
from inventory.stock.queries.places import below, path_of
from inventory.stock.states import LocationKind


class NothingToLabel(Missing):
    """There is no such thing that the asker may see, or labels are not made of such things."""

    code = "nothing_to_label"


@dataclass(frozen=True)
class Labelled:
    """A thing with what its label can say; `site` is where it belongs, if it belongs to one."""

    thing: Any
    title: str
    site: Site | None
    values: dict[str, str]


def labelled(actor: User, subject: str, key: int, *, at: datetime, quantity: Decimal | None = None) -> Labelled:
    """One thing and what its label can say; `quantity` is how much is in the box, where somebody says so.

    Raises NothingToLabel.
    """
    if subject not in _TOLD or not 0 < key < 2**63:
        raise NothingToLabel(
            _("There are no labels of '%(subject)s'. Expected one of %(known)s.")
            % {"subject": subject[:20], "known": ", ".join(_TOLD)}
        )
    rows, told = _TOLD[subject]
    thing = visible(actor, rows()).filter(pk=key).first()
    if thing is None:
        raise NothingToLabel(_("There is no such thing that you may see, so there is no label of it."))
    return told(thing, at, quantity)


def _items() -> QuerySet[Item]:
    return Item.objects.select_related("unit", "category")


def _item(item: Item, at: datetime, quantity: Decimal | None) -> Labelled:
    released = ItemRevision.objects.filter(item=item, status=RevisionStatus.RELEASED).first()
    gtin = (item.gtin or "").zfill(14) if item.gtin else ""
    values = {
        GS1: element_string(gtin=gtin) or item.number,
        "number": item.number,
        "name": item.name,
        "unit": item.unit.code,
        "gtin": item.gtin or "",
        "drawing": item.drawing_number,
        "revision": released.code if released else "",
        "category": item.category.name if item.category else "",
    }
    return Labelled(item, str(item), None, values)


def _lots() -> QuerySet[Lot]:
    return Lot.objects.select_related("item__unit", "supplier", "revision")


def _lot(lot: Lot, at: datetime, quantity: Decimal | None) -> Labelled:
    item, is_serial = lot.item, lot.item.tracking == Tracking.SERIAL
    code = element_string(
        gtin=item.gtin.zfill(14) if item.gtin else "",
        item_number="" if item.gtin else item.number,
        expires_on=lot.expires_on,
        count=quantity,
        lot="" if is_serial else lot.number,
        serial=lot.number if is_serial else "",
    )
    values = {
        GS1: code or lot.number,
        "item": item.number,
        "name": item.name,
        "lot": lot.number,
        "supplier_lot": lot.supplier_lot,
        "supplier": lot.supplier.name if lot.supplier else "",
        "made_on": _day(lot.made_on),
        "expires_on": _day(lot.expires_on),
        "quantity": _amount(quantity),
        # A unit says nothing without its number.
        "unit": item.unit.code if quantity is not None else "",
        "revision": lot.revision.code if lot.revision else "",
        "gtin": item.gtin or "",
        "printed_at": _moment(at, None),
    }
    return Labelled(lot, f"{item.number} · {lot.number}", None, values)


def _places() -> QuerySet[Location]:
    return Location.objects.select_related("site").exclude(kind=LocationKind.PALLET)


def _place(place: Location, at: datetime, quantity: Decimal | None) -> Labelled:
    values = {
        GS1: place.code,
        "code": place.code,
        "name": place.name,
        "path": path_of(place),
        "site": place.site.name,
    }
    return Labelled(place, place.code, place.site, values)


def _pallets() -> QuerySet[Location]:
    return Location.objects.select_related("site").filter(kind=LocationKind.PALLET)


def _pallet(pallet: Location, at: datetime, quantity: Decimal | None) -> Labelled:
    carried = StockBalance.objects.filter(location__in=below(pallet), quantity__gt=0).select_related(
        "item__unit", "lot"
    )
    rows = list(carried.order_by("item__number", "id")[:2])
    only = rows[0] if len(rows) == 1 else None
    values = {
        GS1: element_string(sscc=pallet.sscc or "") or pallet.code,
        "code": pallet.code,
        "name": pallet.name,
        "sscc": pallet.sscc or "",
        "destination": pallet.destination,
        "item": only.item.number if only else _("several items") if rows else "",
        "item_name": only.item.name if only else "",
        "lot": only.lot.number if only and only.lot else "",
        "quantity": _amount(only.quantity) if only else "",
        "unit": only.item.unit.code if only else "",
        "printed_at": _moment(at, pallet.site),
    }
    return Labelled(pallet, pallet.code, pallet.site, values)


def _dispatches() -> QuerySet[Dispatch]:
    return Dispatch.objects.select_related("customer", "site")


def _dispatch(dispatch: Dispatch, at: datetime, quantity: Decimal | None) -> Labelled:
    values = {
        GS1: dispatch.number,
        "number": dispatch.number,
        "customer": dispatch.customer.name,
        "address": dispatch.address,
        "planned_on": _day(dispatch.planned_on),
        "carrier": dispatch.carrier,
        "site": dispatch.site.name,
    }
    return Labelled(dispatch, dispatch.number, dispatch.site, values)


def _day(day: date | None) -> str:
    # Labels leave the plant: one way of writing days that nobody reads wrongly.
    return day.isoformat() if day else ""


def _moment(at: datetime, site: Site | None) -> str:
    local = at.astimezone(site.zone) if site else at
    return f"{local:%Y-%m-%d %H:%M}" + ("" if site else " UTC")


def _amount(quantity: Decimal | None) -> str:
    return "" if quantity is None else f"{quantity.normalize():f}"


_TOLD: dict[str, tuple[Callable[[], QuerySet[Any]], Callable[..., Labelled]]] = {
    LabelSubject.ITEM: (_items, _item),
    LabelSubject.LOT: (_lots, _lot),
    LabelSubject.LOCATION: (_places, _place),
    LabelSubject.PALLET: (_pallets, _pallet),
    LabelSubject.DISPATCH: (_dispatches, _dispatch),
}
