"""What the acts of selling share: locking what they change, versions, and sentences."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.access.versions import refuse_stale
from factory_core.people.models import User
from factory_core.tables import Record
from inventory.sales.events import STATUS_WORDS
from inventory.sales.models import CallOff, SalesLine, SalesOrder
from inventory.sales.rules import can_move
from inventory.sales.services.refusals import (
    BeingPicked,
    NoSuchSalesLine,
    NoSuchSalesOrder,
    ReasonNeeded,
    SalesStatusForbids,
)
from inventory.sales.states import SalesStatus

MANAGE = "inventory.sales.manage"
ORDER_FIELDS = ("status", "customer_reference", "note", "address", "ordered_on")
LINE_FIELDS = ("quantity", "wanted_on", "promised_on", "expected_on", "is_closed")
CALL_OFF_FIELDS = ("quantity", "wanted_on", "promised_on", "reference", "is_closed")
# Dispatches that have not left yet; selling knows them by their lines only.
NOT_LEFT = ("PICKING", "PACKED")


def locked_order(actor: User, order_id: int, version: int | None = None, *, capability: str = MANAGE) -> SalesOrder:
    """The order under a row lock, for whoever may change it. Raises NoSuchSalesOrder, Forbidden, StaleVersion."""
    if not visible(actor, SalesOrder.objects.filter(pk=order_id)).exists():
        raise NoSuchSalesOrder(_("There is no such sales order that you may see."))
    order = (
        SalesOrder.objects.select_for_update(of=("self",))
        .select_related("customer", "site", "address")
        .get(pk=order_id)
    )
    require(actor, capability, order)
    refuse_stale(actor, order, version, ORDER_FIELDS)
    return order


def locked_line(actor: User, line_id: int, version: int | None = None) -> SalesLine:
    """The line with its order locked first. Raises NoSuchSalesLine, Forbidden, StaleVersion."""
    found = visible(actor, SalesLine.objects.filter(pk=line_id)).values_list("order_id", flat=True).first()
    if found is None:
        raise NoSuchSalesLine(_("There is no such line that you may see."))
    order = locked_order(actor, found)
    line = SalesLine.objects.select_for_update(of=("self",)).select_related("item", "unit").get(pk=line_id)
    line.order = order
    refuse_stale(actor, line, version, LINE_FIELDS)
    return line


def locked_call_off(actor: User, call_off_id: int, version: int | None = None) -> CallOff:
    """The call-off with its order and line locked first. Raises NoSuchSalesLine, Forbidden, StaleVersion."""
    found = visible(actor, CallOff.objects.filter(pk=call_off_id)).values_list("line_id", flat=True).first()
    if found is None:
        raise NoSuchSalesLine(_("There is no such call-off that you may see."))
    line = locked_line(actor, found)
    call_off = CallOff.objects.select_for_update().get(pk=call_off_id)
    call_off.line = line
    refuse_stale(actor, call_off, version, CALL_OFF_FIELDS)
    return call_off


def save_changes(thing: Record, wish: Mapping[str, Any]) -> list[str]:
    """Store what differs, one version further; gives the names of what changed."""
    changed = [name for name, value in wish.items() if getattr(thing, name) != value]
    for name in changed:
        setattr(thing, name, wish[name])
    if changed:
        thing.version += 1
        thing.save(update_fields=[*changed, "version", "updated_at"])
    return changed


def move(order: SalesOrder, there: SalesStatus) -> None:
    """Set the status. Raises SalesStatusForbids."""
    if not can_move(order.status, there):
        raise SalesStatusForbids(
            _("%(order)s is %(here)s and cannot become %(there)s.")
            % {"order": order, "here": word(order.status), "there": word(there)}
        )
    save_changes(order, {"status": there.value})


def must_be(order: SalesOrder, *statuses: SalesStatus) -> None:
    """Raises SalesStatusForbids unless the order stands in one of these."""
    if order.status not in statuses:
        raise SalesStatusForbids(
            _("%(order)s is %(here)s. This can be done only while it is %(wanted)s.")
            % {"order": order, "here": word(order.status), "wanted": " / ".join(word(one) for one in statuses)}
        )


def must_not_be_picked(order: SalesOrder, lines: Any) -> None:
    """Raises BeingPicked while a dispatch that has not left carries one of these lines."""
    dispatch = (
        lines.filter(dispatch_lines__dispatch__status__in=NOT_LEFT)
        .values_list("dispatch_lines__dispatch__number", flat=True)
        .first()
    )
    if dispatch is not None:
        raise BeingPicked(
            _("%(order)s is on dispatch %(dispatch)s, which has not left yet. Send or cancel that dispatch first.")
            % {"order": order, "dispatch": dispatch}
        )


def must_say_why(reason: str) -> str:
    """The reason without blanks. Raises ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded(_("Say why: the reason stands in the history of the order."))
    return reason.strip()[:200]


def word(status: str) -> str:
    """A status in the reader's language."""
    return str(STATUS_WORDS[SalesStatus(status)])
