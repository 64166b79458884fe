"""The steps of an order: sent, promised, cancelled, closed short, opened again."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.events.services import publish
from factory_core.people.models import User
from inventory.purchasing import events
from inventory.purchasing.models import PurchaseLine, PurchaseOrder, PurchaseRequest, Receipt
from inventory.purchasing.rules import outstanding
from inventory.purchasing.services.locking import locked_line, locked_order, move_order, needs, save
from inventory.purchasing.services.orders import MANAGE
from inventory.purchasing.services.refusals import AlreadyReceived, BadPurchase, NoLines
from inventory.purchasing.services.requests import reopen_requests
from inventory.purchasing.states import PurchaseStatus


def release_order(*, actor: User, order_id: int, at: datetime, version: int | None = None) -> PurchaseOrder:
    """Send a draft to the supplier: ordered today. Raises NoLines, WrongPurchaseStatus, StaleVersion."""
    order = locked_order(actor, order_id, version)
    require(actor, MANAGE, order)
    if order.status == PurchaseStatus.RELEASED:
        return order
    if not order.lines.exists():
        raise NoLines(_("%(order)s has no line yet. Put something on it first.") % {"order": order.number})
    move_order(order, PurchaseStatus.RELEASED, ordered_on=at.astimezone(order.site.zone).date())
    publish(events.ORDER_RELEASED, about=[order, order.supplier], at=at, actor=actor)
    return order


def promise(
    *, actor: User, order_id: int, promised_on: date, at: datetime, reference: str = "", version: int | None = None
) -> PurchaseOrder:
    """Note the day a supplier promised for every open line, and their reference. Raises WrongPurchaseStatus."""
    order = locked_order(actor, order_id, version)
    require(actor, MANAGE, order)
    needs(order, PurchaseStatus.RELEASED)
    for line in order.lines.select_for_update().filter(is_closed=False).exclude(promised_on=promised_on):
        save(line, {"promised_on": promised_on})
    if reference and reference != order.supplier_reference:
        save(order, {"supplier_reference": reference})
    publish(
        events.ORDER_PROMISED, about=[order, order.supplier], at=at, actor=actor, promised_on=promised_on.isoformat()
    )
    return order


def cancel_order(*, actor: User, order_id: int, reason: str, at: datetime, version: int | None = None) -> PurchaseOrder:
    """Call an order off; its requests are open again. Raises AlreadyReceived when something came."""
    order = locked_order(actor, order_id, version)
    require(actor, MANAGE, order)
    if order.status == PurchaseStatus.CANCELLED:
        return order
    reason = reason_given(reason)
    if Receipt.objects.filter(line__order=order).exists():
        raise AlreadyReceived(
            _("Something came in for %(order)s already. Close it instead: then nothing more is expected.")
            % {"order": order.number}
        )
    move_order(order, PurchaseStatus.CANCELLED)
    reopen_requests(actor, order, PurchaseRequest.objects.filter(order_line__order=order), at)
    publish(events.ORDER_CANCELLED, about=[order], at=at, actor=actor, reason=reason)
    return order


def close_order(*, actor: User, order_id: int, reason: str, at: datetime, version: int | None = None) -> PurchaseOrder:
    """Expect nothing more, though not everything came. Raises WrongPurchaseStatus."""
    order = locked_order(actor, order_id, version)
    require(actor, MANAGE, order)
    if order.status == PurchaseStatus.CLOSED:
        return order
    reason = reason_given(reason)
    move_order(order, PurchaseStatus.CLOSED)
    for line in order.lines.select_for_update().filter(is_closed=False):
        save(line, {"is_closed": True})
    publish(events.ORDER_CLOSED_SHORT, about=[order], at=at, actor=actor, reason=reason)
    return order


def close_line(*, actor: User, line_id: int, reason: str, at: datetime, version: int | None = None) -> PurchaseLine:
    """Expect nothing more of one line; the last open line closes the order."""
    line = locked_line(actor, line_id, version)
    require(actor, MANAGE, line.order)
    if line.is_closed:
        return line
    needs(line.order, PurchaseStatus.RELEASED)
    reason = reason_given(reason)
    save(line, {"is_closed": True})
    what = _("nothing more is expected (%(reason)s)") % {"reason": reason}
    publish(events.LINE_CHANGED, about=[line.order, line.item], at=at, actor=actor, what=what)
    if not line.order.lines.filter(is_closed=False).exists():
        move_order(line.order, PurchaseStatus.CLOSED)
    return line


def reopen_order(*, actor: User, order_id: int, reason: str, at: datetime, version: int | None = None) -> PurchaseOrder:
    """Expect again what did not come of a closed order. Raises WrongPurchaseStatus, BadPurchase when all came."""
    order = locked_order(actor, order_id, version)
    require(actor, MANAGE, order)
    if order.status == PurchaseStatus.RELEASED:
        return order
    needs(order, PurchaseStatus.CLOSED)
    reason = reason_given(reason)
    waiting = [
        line for line in order.lines.select_for_update() if outstanding(line.quantity, line.received, line.returned) > 0
    ]
    if not waiting:
        raise BadPurchase(
            _("Everything of %(order)s has come: nothing is left to be expected.") % {"order": order.number}
        )
    move_order(order, PurchaseStatus.RELEASED)
    for line in waiting:
        save(line, {"is_closed": False})
    publish(events.ORDER_REOPENED, about=[order], at=at, actor=actor, reason=reason)
    return order


def reason_given(reason: str) -> str:
    """A reason somebody wrote. Raises BadPurchase for none."""
    reason = reason.strip()[:200]
    if not reason:
        raise BadPurchase(_("Say why."))
    return reason
