"""What comes in for an order, and what is refused at the door."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.access.versions import readable
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.sources import SourceRef
from inventory.items.states import Tracking
from inventory.lots.models import Lot
from inventory.lots.services import judge_lot, lot_for_receipt
from inventory.lots.states import LotStatus
from inventory.purchasing import events
from inventory.purchasing.models import PurchaseLine, Receipt
from inventory.purchasing.queries.receiving import places_for, quarantine_of
from inventory.purchasing.rules import cost_of_base, outstanding, over
from inventory.purchasing.services.locking import locked_line, move_order, needs, save
from inventory.purchasing.services.refusals import (
    BadPurchase,
    OverDelivery,
    ReceiptKeyReused,
    WrongPurchaseStatus,
)
from inventory.purchasing.states import PurchaseStatus, ReceiptKind
from inventory.stock.models import Location, StockMove
from inventory.stock.services import acts
from inventory.stock.states import LocationKind

NOTHING, SIX = Decimal(0), Decimal("0.000001")


@dataclass(frozen=True)
class Received:
    """What one act wrote: the receipt of what was taken, that of what was refused; `over` is more than waited for."""

    receipt: Receipt | None
    refused: Receipt | None
    over: Decimal = NOTHING


def receive_line(
    *,
    actor: User,
    line_id: int,
    quantity: Decimal,
    at: datetime,
    to_location: Location | None = None,
    lot_number: str = "",
    supplier_lot: str = "",
    made_on: date | None = None,
    expires_on: date | None = None,
    delivery_note: str = "",
    reject: Decimal = NOTHING,
    reject_reason: str = "",
    accept_over: bool = False,
    key: str = "",
) -> Received:
    """Take goods in for a line; `quantity` and `reject` are in the line's unit, once a `key`.

    What is refused at the door never becomes stock. An inspected line goes to quarantine where the site has one, and
    its lot is held. Without a place the proposed one is taken. The value is the line's price, where that is in the
    plant's currency. Raises OverDelivery unless `accept_over`, WrongPurchaseStatus, BadPurchase, ReceiptKeyReused, and
    what the ledger and the lots refuse.
    """
    line = locked_line(actor, line_id)
    order = line.order
    require(actor, "inventory.stock.receive", order)
    if (known := _told_before(line, key, quantity, reject)) is not None:
        return known
    needs(order, PurchaseStatus.RELEASED)
    if line.is_closed and outstanding(line.quantity, line.received, line.returned) > 0:
        raise WrongPurchaseStatus(
            _("Line %(position)s of %(order)s is closed: nothing more is expected. Open the order again first.")
            % {"position": line.position, "order": order.number}
        )
    base = _checked(line, quantity, reject, reject_reason)
    too_much = over(line.quantity, line.received, line.returned, quantity)
    if too_much > 0 and not accept_over:
        raise _over_delivery(line, quantity, too_much)
    receipt = None
    if quantity > 0:
        lot = _lot(actor, line, at, lot_number, supplier_lot, made_on, expires_on)
        place = _place(line, to_location)
        move = acts.receive(
            actor=actor, item=line.item, quantity=base, to_location=place, at=at, lot=lot, partner=order.supplier,
            unit_cost=_unit_cost(line), source=SourceRef.of(order), key=f"receipt-{key}"[:80] if key else "",
        )  # fmt: skip
        if line.inspect and lot is not None and lot.status != LotStatus.HOLD:
            # Holding needs no judge here: the rule of the line says it, not the person at the door.
            judge_lot(
                actor=service_user("inspection"),
                lot_id=lot.pk,
                status=LotStatus.HOLD,
                reason=_("incoming inspection"),
                at=at,
            )
        note = _("%(over)s more than ordered") % {"over": readable(too_much)} if too_much else ""
        receipt = _written(actor, line, ReceiptKind.RECEIVED, quantity, at, delivery_note, note, key, move)
        _publish_received(actor, line, quantity, too_much, at, lot)
    refused = None
    if reject > 0:
        reason = reject_reason.strip()[:200]
        refused = _written(actor, line, ReceiptKind.REJECTED, reject, at, delivery_note, reason, _second(key), None)
        publish(
            events.GOODS_REFUSED, about=[order, line.item], at=at, actor=actor,
            quantity=readable(reject), unit=line.unit.code, reason=reason,
        )  # fmt: skip
    _count(actor, line, quantity, reject, at)
    return Received(receipt, refused, too_much)


def _told_before(line: PurchaseLine, key: str, quantity: Decimal, reject: Decimal) -> Received | None:
    """The receipts of an earlier tap with this key. The order is locked, so a second tap finds the first one's."""
    if not key:
        return None
    found = {one.key: one for one in Receipt.objects.filter(key__in=[key[:80], _second(key)])}
    if not found:
        return None
    taken, refused = found.get(key[:80]), found.get(_second(key))
    same = all(one.line_id == line.pk for one in found.values())
    if not same or (taken.quantity if taken else 0) != quantity or (refused.quantity if refused else 0) != reject:
        raise ReceiptKeyReused(_("This key belongs to another receipt. Take a new key for a new receipt."))
    return Received(taken, refused)


def _second(key: str) -> str | None:
    return f"{key[:70]}-refused" if key else None


def _checked(line: PurchaseLine, quantity: Decimal, reject: Decimal, reject_reason: str) -> Decimal:
    """The quantity in base units. Raises BadPurchase."""
    if quantity < 0 or reject < 0 or quantity + reject <= 0:
        raise BadPurchase(_("Enter how much came: more than zero."))
    if reject > 0 and not reject_reason.strip():
        raise BadPurchase(_("Say why something was refused: the buyer tells the supplier."))
    base = (quantity * line.factor).quantize(SIX)
    unit = line.item.unit
    if base != round(base, unit.decimals):
        raise BadPurchase(
            _("%(quantity)s %(unit)s are %(base)s %(base_unit)s, which cannot be parted like that.")
            % {"quantity": readable(quantity), "unit": line.unit.code, "base": readable(base), "base_unit": unit.code}
        )
    return base


def _over_delivery(line: PurchaseLine, quantity: Decimal, too_much: Decimal) -> OverDelivery:
    here = line.received - line.returned
    return OverDelivery(
        _(
            "%(now)s %(unit)s of %(item)s are %(over)s more than expected: %(ordered)s ordered, %(here)s here already. "
            "Count again; if it is right, say that you take it all."
        )
        % {
            "now": readable(quantity), "unit": line.unit.code, "item": line.item.number, "over": readable(too_much),
            "ordered": readable(line.quantity), "here": readable(here),
        },
        ordered=readable(line.quantity), here=readable(here), over=readable(too_much), unit=line.unit.code,
    )  # fmt: skip


def _lot(
    actor: User,
    line: PurchaseLine,
    at: datetime,
    number: str,
    supplier_lot: str,
    made_on: date | None,
    expires_on: date | None,
) -> Lot | None:
    if line.item.tracking == Tracking.NONE:
        if number.strip() or supplier_lot.strip():
            raise BadPurchase(
                _("%(item)s is not told apart by lots. Leave the lot empty.") % {"item": line.item.number}
            )
        return None
    if expires_on is None and line.item.shelf_life_days:
        begin = made_on or at.astimezone(line.order.site.zone).date()
        expires_on = begin + timedelta(days=line.item.shelf_life_days)
    return lot_for_receipt(
        actor=actor, item=line.item, number=number, at=at, supplier=line.order.supplier, supplier_lot=supplier_lot,
        made_on=made_on, expires_on=expires_on,
    )  # fmt: skip


def _place(line: PurchaseLine, wished: Location | None) -> Location:
    site = line.order.site
    if wished is not None and wished.site_id != site.pk:
        raise BadPurchase(
            _("%(place)s is not at %(site)s, where this order goes.") % {"place": wished.code, "site": site.name}
        )
    if line.inspect and (wished is None or wished.kind != LocationKind.QUARANTINE):
        # Whatever was tapped: what waits for inspection must not lie where it could be taken.
        wished = quarantine_of(site) or wished
    if wished is None:
        wished = next(iter(places_for(line, site)), None)
    if wished is None:
        raise BadPurchase(_("%(site)s has no place of stock yet. Set one up first.") % {"site": site.name})
    return wished


def _unit_cost(line: PurchaseLine) -> Decimal | None:
    """What a base unit costs; a price in a foreign currency says nothing without a rate."""
    if line.order.currency != settings.CURRENCY:
        return None
    return cost_of_base(line.price, line.factor)


def _written(
    actor: User,
    line: PurchaseLine,
    kind: ReceiptKind,
    quantity: Decimal,
    at: datetime,
    delivery_note: str,
    reason: str,
    key: str | None,
    move: StockMove | None,
) -> Receipt:
    return Receipt.objects.create(
        line=line, kind=kind, quantity=quantity, delivery_note=delivery_note.strip()[:80], move=move, reason=reason,
        key=key[:80] if key else None, at=at, by=actor,
    )  # fmt: skip


def _publish_received(
    actor: User, line: PurchaseLine, quantity: Decimal, too_much: Decimal, at: datetime, lot: Lot | None
) -> None:
    about = [line.order, line.item, *([lot] if lot else [])]
    kind = events.GOODS_OVER if too_much else events.GOODS_RECEIVED
    publish(
        kind, about=about, at=at, actor=actor,
        quantity=readable(quantity), unit=line.unit.code, over=readable(too_much), line=line.pk,
    )  # fmt: skip


def _count(actor: User, line: PurchaseLine, quantity: Decimal, reject: Decimal, at: datetime) -> None:
    """Sum up the line; the last line that is complete closes the order."""
    received = line.received + quantity
    complete = outstanding(line.quantity, received, line.returned) == 0
    save(line, {"received": received, "rejected": line.rejected + reject, "is_closed": complete})
    order = line.order
    if complete and not order.lines.filter(is_closed=False).exists():
        move_order(order, PurchaseStatus.CLOSED)
        publish(events.ORDER_COMPLETE, about=[order, order.supplier], at=at, actor=actor)
