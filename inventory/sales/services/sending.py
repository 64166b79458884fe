"""What dispatch tells selling: how much of a line left, and how much came back. Called inside dispatch's own act."""

from datetime import datetime
from decimal import Decimal

from factory_core.events.services import publish
from factory_core.people.models import User
from inventory.sales import events
from inventory.sales.models import CallOff, SalesLine, SalesOrder
from inventory.sales.rules import added_to, left_of
from inventory.sales.services.common import move, must_be, save_changes
from inventory.sales.states import SalesStatus


def lock_orders(order_ids: set[int]) -> dict[int, SalesOrder]:
    """The orders under row locks, in one order so that two dispatches never wait for each other."""
    orders = SalesOrder.objects.select_for_update(of=("self",)).select_related("customer", "site")
    return {order.pk: order for order in orders.filter(pk__among=order_ids).order_by("pk")}


def note_sent(order: SalesOrder, sent: dict[tuple[int, int | None], Decimal], *, actor: User, at: datetime) -> None:
    """Add base units that left to lines and call-offs, {(line id, call-off id): base units}; the order is locked.

    An order of which nothing is left becomes closed by itself. Raises SalesStatusForbids when it no longer runs.
    """
    must_be(order, SalesStatus.CONFIRMED)
    lines = {line.pk: line for line in SalesLine.objects.select_for_update().filter(order=order).order_by("pk")}
    for (line_id, call_off_id), base in sorted(sent.items(), key=str):
        line = lines[line_id]
        save_changes(line, {"dispatched": added_to(line.dispatched, line.factor, base)})
        if call_off_id is not None:
            call_off = CallOff.objects.select_for_update().get(pk=call_off_id)
            save_changes(call_off, {"dispatched": added_to(call_off.dispatched, line.factor, base)})
    if not any(left_of(line.quantity, line.dispatched, is_closed=line.is_closed) for line in lines.values()):
        move(order, SalesStatus.CLOSED)
        publish(events.ORDER_DONE, about=[order, order.customer], at=at, actor=actor)


def note_returned(line_id: int, base: Decimal) -> SalesLine:
    """Add base units that the customer sent back to a line."""
    line = SalesLine.objects.select_for_update(of=("self",)).select_related("order", "item", "unit").get(pk=line_id)
    save_changes(line, {"returned": min(added_to(line.returned, line.factor, base), line.dispatched)})
    return line
