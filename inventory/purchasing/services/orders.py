"""Write purchase orders: drafting, lines, promises, changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _

from factory_core.access.policy import hidden_fields, require
from factory_core.access.versions import readable
from factory_core.events.services import publish
from factory_core.numbering.services import next_number
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.models import Item, SupplierItem, Unit
from inventory.items.queries import factor_of, purchase_price
from inventory.purchasing import events
from inventory.purchasing.models import PurchaseLine, PurchaseOrder, PurchaseRequest
from inventory.purchasing.rules import orderable
from inventory.purchasing.services.locking import locked_line, locked_order, needs, save
from inventory.purchasing.services.refusals import AlreadyReceived, BadPurchase, WrongPurchaseStatus
from inventory.purchasing.services.requests import reopen_requests
from inventory.purchasing.states import PurchaseStatus

MANAGE, SEE_COST = "inventory.purchasing.manage", "inventory.cost.view"
LARGEST = Decimal(10) ** 11
PRICE_LIST: Any = object()


@dataclass(frozen=True)
class LineWish:
    """What to order. Without a unit the supplier's is taken; without a price the price list's for the quantity."""

    item: Item
    quantity: Decimal
    unit: Unit | None = None
    price: Decimal | None = PRICE_LIST
    wanted_on: date | None = None
    promised_on: date | None = None
    inspect: bool | None = None


def create_order(
    *,
    actor: User,
    supplier: Partner,
    site: Site,
    at: datetime,
    lines: Sequence[LineWish] = (),
    currency: str = "",
    supplier_reference: str = "",
    note: str = "",
) -> PurchaseOrder:
    """Draft an order. Raises BadPurchase; a price given without the right to see prices is refused (Forbidden)."""
    require(actor, MANAGE, site)
    if not supplier.is_supplier or not supplier.is_active:
        raise BadPurchase(_("%(partner)s is not a supplier in use.") % {"partner": supplier.name})
    order = PurchaseOrder.objects.create(
        number=next_number("purchase_order", prefix="PUR-"),
        supplier=supplier,
        site=site,
        currency=currency or settings.CURRENCY,
        supplier_reference=supplier_reference,
        note=note,
    )
    publish(events.ORDER_DRAFTED, about=[order, supplier], at=at, actor=actor)
    for wish in lines:
        _put_on(actor, order, wish, at)
    return order


def order_from(
    *,
    actor: User,
    supplier: Partner,
    site: Site,
    wishes: Iterable[tuple[Item, Decimal, date | None]],
    at: datetime,
) -> PurchaseOrder:
    """Draft an order for wishes (item, quantity in its base unit, wanted on), a line each in their order.

    The supplier's unit is taken, rounded up to what they deliver (least quantity, multiple, digits of the unit).
    """
    lines = []
    for item, quantity, wanted_on in wishes:
        known = supplier_item_of(item, supplier)
        unit = known.unit if known else item.unit
        wanted = orderable(
            quantity / factor_of(item, unit),
            least=known.least_quantity if known else Decimal(0),
            multiple=known.multiple if known else Decimal(0),
            decimals=unit.decimals,
        )
        lines.append(LineWish(item, wanted, unit, wanted_on=wanted_on))
    return create_order(actor=actor, supplier=supplier, site=site, lines=lines, at=at)


def add_line(*, actor: User, order_id: int, wish: LineWish, at: datetime) -> PurchaseLine:
    """Put a line on a draft, or on an order that was sent. Raises BadPurchase, WrongPurchaseStatus."""
    order = locked_order(actor, order_id)
    require(actor, MANAGE, order)
    needs(order, PurchaseStatus.DRAFT, PurchaseStatus.RELEASED)
    return _put_on(actor, order, wish, at)


def change_line(*, actor: User, line_id: int, at: datetime, version: int | None = None, **changes: Any) -> PurchaseLine:
    """Change quantity, unit, price, wanted_on, promised_on or inspect of a line.

    The unit is free while the order is a draft; the quantity never falls below what came. A draft's price follows its
    quantity by the price list for somebody who may not see prices. Raises BadPurchase, AlreadyReceived, StaleVersion.
    """
    line = locked_line(actor, line_id, version)
    order = line.order
    require(actor, MANAGE, order)
    needs(order, PurchaseStatus.DRAFT, PurchaseStatus.RELEASED)
    unknown = changes.keys() - {"quantity", "unit", "price", "wanted_on", "promised_on", "inspect"}
    if unknown:
        raise BadPurchase(_("A line has no %(names)s to change.") % {"names": ", ".join(sorted(unknown))})
    if "price" in changes:
        require(actor, SEE_COST, order)
        _checked_price(changes["price"])
    _checked_quantity(changes.get("quantity", line.quantity), changes.get("unit", line.unit))
    if changes.get("quantity", line.quantity) < line.received - line.returned:
        raise AlreadyReceived(
            _("%(came)s %(unit)s came in already; the line cannot be less.")
            % {"came": readable(line.received - line.returned), "unit": line.unit.code}
        )
    if changes.get("unit", line.unit) != line.unit:
        needs(order, PurchaseStatus.DRAFT)
        changes["factor"] = factor_of(line.item, changes["unit"])
    if (
        order.status == PurchaseStatus.DRAFT
        and hidden_fields(actor, PurchaseLine)
        and changes.keys() & {"quantity", "unit"}
    ):
        changes["price"] = list_price(
            order, line.item, changes.get("quantity", line.quantity), changes.get("unit", line.unit), at
        )
    changed = {name: value for name, value in changes.items() if getattr(line, name) != value}
    if not changed:
        return line
    what = _told(line, changed)
    save(line, changed)
    publish(events.LINE_CHANGED, about=[order, line.item], at=at, actor=actor, what=what)
    return line


def remove_line(*, actor: User, line_id: int, at: datetime, version: int | None = None) -> None:
    """Take a line off a draft; the requests it was for are open again. Raises WrongPurchaseStatus."""
    line = locked_line(actor, line_id, version)
    require(actor, MANAGE, line.order)
    needs(line.order, PurchaseStatus.DRAFT)
    order, item = line.order, line.item
    reopen_requests(actor, order, PurchaseRequest.objects.filter(order_line=line), at)
    try:
        line.delete()
    except ProtectedError:
        raise WrongPurchaseStatus(
            _("This line was ordered from a suggestion and stays with it. Cancel the order instead.")
        ) from None
    publish(events.LINE_REMOVED, about=[order, item], at=at, actor=actor)


def change_order(
    *, actor: User, order_id: int, at: datetime, version: int | None = None, **changes: str
) -> PurchaseOrder:
    """Change the supplier's reference or the note. Raises StaleVersion with both values."""
    order = locked_order(actor, order_id, version)
    require(actor, MANAGE, order)
    needs(order, PurchaseStatus.DRAFT, PurchaseStatus.RELEASED)
    names = {"supplier_reference": _("supplier's reference"), "note": _("note")}
    changed = {name: value for name, value in changes.items() if name in names and getattr(order, name) != value}
    if changed:
        save(order, changed)
        what = ", ".join(f"{names[name]}: {value or '–'}" for name, value in changed.items())
        publish(events.ORDER_CHANGED, about=[order], at=at, actor=actor, what=what)
    return order


def supplier_item_of(item: Item, supplier: Partner) -> SupplierItem | None:
    """How this supplier delivers the item, if that is known and in use."""
    rows = SupplierItem.objects.select_related("unit", "item", "supplier")
    return rows.filter(item=item, supplier=supplier, is_active=True).first()


def list_price(order: PurchaseOrder, item: Item, quantity: Decimal, unit: Unit, at: datetime) -> Decimal | None:
    """The price of one unit by the supplier's price list for this quantity; None where the list has none.

    The list is kept in the supplier's unit; another unit of the item is converted. A list in another currency says
    nothing.
    """
    known = supplier_item_of(item, order.supplier)
    if known is None:
        return None
    factor = factor_of(item, unit) / factor_of(item, known.unit) if unit != known.unit else Decimal(1)
    found = purchase_price(known, quantity * factor, at.astimezone(order.site.zone).date())
    if found is None or found.currency != order.currency:
        return None
    return (found.price * factor).quantize(Decimal("0.000001"))


def _put_on(actor: User, order: PurchaseOrder, wish: LineWish, at: datetime) -> PurchaseLine:
    if not wish.item.is_bought or not wish.item.is_active:
        raise BadPurchase(_("%(item)s is not an item that is bought.") % {"item": wish.item})
    known = supplier_item_of(wish.item, order.supplier)
    unit = wish.unit or (known.unit if known else wish.item.unit)
    factor = factor_of(wish.item, unit)
    _checked_quantity(wish.quantity, unit)
    if wish.price is PRICE_LIST:
        price = list_price(order, wish.item, wish.quantity, unit, at)
    else:
        require(actor, SEE_COST, order)
        price = _checked_price(wish.price)
    last = order.lines.aggregate(last=Max("position"))["last"] or 0
    line = PurchaseLine.objects.create(
        order=order,
        position=last + 10,
        item=wish.item,
        supplier_item=known,
        quantity=wish.quantity,
        unit=unit,
        factor=factor,
        price=price,
        wanted_on=wish.wanted_on,
        promised_on=wish.promised_on,
        inspect=wish.item.inspect_on_receipt if wish.inspect is None else wish.inspect,
    )
    publish(
        events.LINE_ADDED, about=[order, wish.item], at=at, actor=actor,
        quantity=readable(wish.quantity), unit=unit.code,
    )  # fmt: skip
    return line


def _checked_quantity(quantity: Decimal, unit: Unit) -> None:
    if not 0 < quantity < LARGEST:
        raise BadPurchase(_("%(quantity)s is not a quantity to order.") % {"quantity": readable(quantity)})
    if quantity != round(quantity, unit.decimals):
        raise BadPurchase(
            _("%(quantity)s has more digits than %(unit)s has (%(decimals)s).")
            % {"quantity": readable(quantity), "unit": unit.code, "decimals": unit.decimals}
        )


def _checked_price(price: Decimal | None) -> Decimal | None:
    if price is not None and not 0 <= price < LARGEST:
        raise BadPurchase(_("A price is zero or more."))
    return price


def _told(line: PurchaseLine, changed: dict[str, Any]) -> str:
    """What changed, without prices: the story is read by everybody who sees the order."""
    names = {
        "quantity": _("quantity"), "unit": _("unit"), "wanted_on": _("wanted on"), "promised_on": _("promised on"),
        "inspect": _("inspected on receipt"), "price": _("price"),
    }  # fmt: skip
    told = []
    for name, value in changed.items():
        if name == "price":
            told.append(names[name])
        elif name in names:
            told.append(f"{names[name]} {readable(getattr(line, name)) or '–'} → {readable(value) or '–'}")
    return ", ".join(told)
