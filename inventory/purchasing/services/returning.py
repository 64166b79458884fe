"""Goods that go back to their supplier."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.access.versions import readable
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.sources import SourceRef
from inventory.lots.models import Lot
from inventory.purchasing import events
from inventory.purchasing.models import Receipt
from inventory.purchasing.services.locking import locked_line, move_order, needs, save
from inventory.purchasing.services.orders import MANAGE
from inventory.purchasing.services.refusals import BadPurchase, NotReturnable, ReceiptKeyReused
from inventory.purchasing.services.steps import reason_given
from inventory.purchasing.states import PurchaseStatus, ReceiptKind
from inventory.stock.models import Location
from inventory.stock.services import acts

SIX = Decimal("0.000001")


def return_line(
    *,
    actor: User,
    line_id: int,
    quantity: Decimal,
    from_location: Location,
    reason: str,
    at: datetime,
    lot: Lot | None = None,
    expect_again: bool = False,
    delivery_note: str = "",
    key: str = "",
) -> Receipt:
    """Send goods back; `quantity` is in the line's unit, once a `key`. Held and rejected lots may go back.

    `expect_again`: the supplier shall deliver it anew; the line and a closed order are open again. Raises
    NotReturnable, BadPurchase, and what the ledger refuses.
    """
    line = locked_line(actor, line_id)
    order = line.order
    require(actor, MANAGE, order)
    if key and (known := Receipt.objects.filter(key=key[:80]).first()) is not None:
        if (known.line_id, known.kind, known.quantity) != (line.pk, ReceiptKind.RETURNED, quantity):
            raise ReceiptKeyReused(_("This key belongs to another receipt. Take a new key for a new receipt."))
        return known
    needs(order, PurchaseStatus.RELEASED, PurchaseStatus.CLOSED)
    reason = reason_given(reason)
    if quantity <= 0:
        raise BadPurchase(_("Enter how much goes back: more than zero."))
    stayed = line.received - line.returned
    if quantity > stayed:
        raise NotReturnable(
            _("Only %(stayed)s %(unit)s of this line came in and stayed; %(quantity)s cannot go back.")
            % {"stayed": readable(stayed), "unit": line.unit.code, "quantity": readable(quantity)}
        )
    move = acts.return_to_supplier(
        actor=actor, item=line.item, quantity=(quantity * line.factor).quantize(SIX), from_location=from_location,
        at=at, lot=lot, partner=order.supplier, source=SourceRef.of(order), reason=reason,
        key=f"receipt-{key}"[:80] if key else "",
    )  # fmt: skip
    receipt = Receipt.objects.create(
        line=line, kind=ReceiptKind.RETURNED, quantity=quantity, delivery_note=delivery_note.strip()[:80], move=move,
        reason=reason, key=key[:80] or None, at=at, by=actor,
    )  # fmt: skip
    save(line, {"returned": line.returned + quantity, "is_closed": line.is_closed and not expect_again})
    about = [order, line.item, *([lot] if lot else [])]
    publish(
        events.GOODS_RETURNED, about=about, at=at, actor=actor,
        quantity=readable(quantity), unit=line.unit.code, reason=reason,
    )  # fmt: skip
    if expect_again and order.status == PurchaseStatus.CLOSED:
        move_order(order, PurchaseStatus.RELEASED)
        publish(events.ORDER_REOPENED, about=[order], at=at, actor=actor, reason=reason)
    return receipt
