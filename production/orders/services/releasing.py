"""Releasing orders to the shop floor, taking them back from there, and taking a newer version of the product."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from factory_core.events.services import publish
from factory_core.people.models import User
from production.orders import events
from production.orders.models import ProductionOrder
from production.orders.services.common import MANAGE, locked_order, move, must_be, must_say_why
from production.orders.services.freezing import day_of, freeze, must_be_untouched, thaw
from production.orders.services.refusals import NoRouting
from production.orders.states import OrderStatus


def release_order(
    *, actor: User, order_id: int, at: datetime, version: int | None = None, with_children: bool = False
) -> ProductionOrder:
    """Let the shop floor begin: steps, material and papers are frozen as they are in force on the day of the start.

    An order that has steps of its own keeps them. `with_children`: planned orders that make its material too. Raises
    NoRouting, WrongStatus, StaleVersion.
    """
    order = locked_order(actor, order_id, version, capability=MANAGE)
    if order.status == OrderStatus.RELEASED:
        return order
    must_be(order, OrderStatus.PLANNED)
    if not order.operations.exists():
        freeze(order, day_of(order, at))
    move(order, OrderStatus.RELEASED, released_at=at)
    about = [order, order.machine or order.line]
    publish(events.ORDER_RELEASED, about=about, at=at, actor=actor, steps=order.operations.count())
    if with_children:
        waiting = order.children.filter(status=OrderStatus.PLANNED).order_by("pk").values_list("pk", flat=True)
        for child in list(waiting):
            release_order(actor=actor, order_id=child, at=at, with_children=True)
    return order


def withdraw_order(
    *, actor: User, order_id: int, reason: str, at: datetime, version: int | None = None
) -> ProductionOrder:
    """Take a released order back from the shop floor: it is planned again, and what was frozen is thrown away.

    An order with steps of its own keeps them. Raises ReasonNeeded, AlreadyBegun once somebody started, reported,
    checked or clocked anything, MaterialTaken once any was booked, WrongStatus, StaleVersion.
    """
    order = locked_order(actor, order_id, version, capability=MANAGE)
    if order.status == OrderStatus.PLANNED:
        return order
    must_be(order, OrderStatus.RELEASED)
    why = must_say_why(reason)
    must_be_untouched(order)
    frozen: dict[str, Any] = {}
    if order.routing_id is not None:
        thaw(order)
        frozen = {"bom": None, "routing": None, "revision": None, "papers": []}
    move(order, OrderStatus.PLANNED, released_at=None, **frozen)
    publish(events.ORDER_WITHDRAWN, about=[order, order.machine or order.line], at=at, actor=actor, reason=why)
    return order


def renew_order(*, actor: User, order_id: int, at: datetime, version: int | None = None) -> ProductionOrder:
    """Freeze a released order anew with what is in force now, while nothing of it was begun.

    Raises AlreadyBegun, MaterialTaken, NoRouting, WrongStatus, StaleVersion.
    """
    order = locked_order(actor, order_id, version, capability=MANAGE)
    must_be(order, OrderStatus.RELEASED)
    if order.item is None:
        raise NoRouting(
            _("%(order)s makes no item of the books, so there is no newer version of it.") % {"order": order.number}
        )
    thaw(order)
    on = day_of(order, at)
    freeze(order, on)
    publish(events.ORDER_RENEWED, about=[order, order.machine or order.line], at=at, actor=actor, on=on.isoformat())
    return order
