"""Changing what was planned, and ending what will not be made."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.orders import events
from production.orders.models import OrderOperation, ProductionOrder
from production.orders.queries import counts_of_operations, has_begun
from production.orders.rules import share_of
from production.orders.services.common import (
    MANAGE,
    locked_operation,
    locked_order,
    move,
    must_be,
    must_say_why,
    save_changes,
    step_word,
    steps_of,
)
from production.orders.services.freezing import must_be_untouched, must_hold_no_material
from production.orders.services.planning import check_priority, check_quantity
from production.orders.services.refusals import BadMoment, BadQuantity, ChildrenOpen, WrongStatus
from production.orders.services.running import machine_for
from production.orders.states import OPEN, OperationStatus, OrderStatus

CHANGEABLE = ("quantity", "due_at", "start_at", "priority", "lot_number", "note")
SETTLE = "production.cost.manage"


def change_order(
    *, actor: User, order_id: int, wish: dict[str, Any], at: datetime, version: int | None = None
) -> ProductionOrder:
    """Change quantity, dates, priority, lot or note (CHANGEABLE) of an open order.

    Another quantity changes its steps and material with it. Raises StaleVersion with what stands there now,
    BadQuantity below what was made, BadPriority, BadMoment, WrongStatus.
    """
    order = locked_order(actor, order_id, version, capability=MANAGE, compared=CHANGEABLE)
    must_be(order, *OPEN)
    if unknown := set(wish) - set(CHANGEABLE):
        raise TypeError(f"an order has no changeable {sorted(unknown)}")
    before, priority = order.quantity, order.priority
    quantity = check_quantity(wish.get("quantity", before))
    check_priority(wish.get("priority", priority))
    start, due = wish.get("start_at", order.start_at), wish.get("due_at", order.due_at)
    if start is not None and due is not None and start > due:
        raise BadMoment(_("The order cannot start after it is due. Check both moments."))
    _must_cover_what_was_made(order, quantity, at)
    changed = save_changes(order, wish)
    about = [order, order.machine or order.line]
    if "quantity" in changed:
        resize(order, before, quantity)
        told: dict[str, Any] = {"before": _said(before), "after": _said(quantity), "unit": order.unit}
        publish(events.QUANTITY_CHANGED, about=about, at=at, actor=actor, **told)
    if "priority" in changed:
        told = {"before": str(priority), "after": str(order.priority)}
        publish(events.PRIORITY_CHANGED, about=about, at=at, actor=actor, **told)
    if rest := [name for name in changed if name not in ("quantity", "priority")]:
        publish(events.ORDER_CHANGED, about=about, at=at, actor=actor, fields=rest)
    return order


def place_operation(
    *, actor: User, operation_id: int, machine: Machine | None, at: datetime, version: int | None = None
) -> OrderOperation:
    """Queue a step that does not run at a machine of its work centre, or at any of them (None).

    Raises WrongMachine, WrongStatus, StaleVersion.
    """
    step = locked_operation(actor, operation_id, version, machine=machine, capability=MANAGE)
    if step.status not in (OperationStatus.PENDING, OperationStatus.PAUSED):
        raise WrongStatus(
            _("Step %(number)s of %(order)s is %(here)s and stays where it is.")
            % {"number": step.number, "order": step.order.number, "here": step_word(step.status)}
        )
    chosen = None if machine is None and step.work_centre is not None else machine_for(step, machine)
    if save_changes(step, {"machine": chosen}):
        about = [step.order, chosen or step.work_centre or step.order.line, step]
        told: dict[str, Any] = {"number": step.number, "name": step.name}
        publish(events.OPERATION_PLACED, about=about, at=at, actor=actor, **told)
    return step


def cancel_order(
    *,
    actor: User,
    order_id: int,
    reason: str,
    at: datetime,
    version: int | None = None,
    children: bool | None = None,
) -> ProductionOrder:
    """Give up an order of which nothing was begun and no material is out.

    `children`: whether open orders that make its material are cancelled too; None refuses where there are such, so
    that somebody decides. Raises ReasonNeeded, ChildrenOpen, AlreadyBegun, MaterialTaken, WrongStatus, StaleVersion.
    """
    order = locked_order(actor, order_id, version, capability=MANAGE)
    if order.status == OrderStatus.CANCELLED:
        return order
    why = must_say_why(reason)
    must_be(order, OrderStatus.PLANNED, OrderStatus.RELEASED)
    must_be_untouched(order)
    must_hold_no_material(order)
    below = list(order.children.filter(status__in=OPEN).order_by("pk"))
    if below and children is None:
        raise ChildrenOpen(
            _("%(children)s make material for %(order)s. Say whether they are cancelled too or go on.")
            % {"children": ", ".join(child.number for child in below), "order": order.number},
            children=[child.number for child in below],
        )
    if children:
        for child in below:
            cancel_order(actor=actor, order_id=child.pk, reason=why, at=at, children=True)
    move(order, OrderStatus.CANCELLED)
    publish(events.ORDER_CANCELLED, about=[order, order.machine or order.line], at=at, actor=actor, reason=why)
    return order


def reopen_order(
    *, actor: User, order_id: int, reason: str, at: datetime, version: int | None = None
) -> ProductionOrder:
    """Go on with a finished order: its last finished step is paused. Raises ReasonNeeded, WrongStatus, StaleVersion."""
    order = locked_order(actor, order_id, version, capability=MANAGE)
    must_be(order, OrderStatus.FINISHED)
    why = must_say_why(reason)
    last = steps_of(order).filter(status=OperationStatus.FINISHED).last()
    save_changes(last, {"status": OperationStatus.PAUSED, "finished_at": None, "status_reason": why})
    move(order, OrderStatus.PAUSED, finished_at=None)
    publish(events.ORDER_REOPENED, about=[order, order.machine or order.line], at=at, actor=actor, reason=why)
    return order


def close_order(*, actor: User, order_id: int, at: datetime, version: int | None = None) -> ProductionOrder:
    """Nothing is booked on a finished order any more: its cost is settled. Raises WrongStatus, StaleVersion."""
    order = locked_order(actor, order_id, version, capability=SETTLE)
    if order.status == OrderStatus.CLOSED:
        return order
    must_be(order, OrderStatus.FINISHED)
    move(order, OrderStatus.CLOSED)
    publish(events.ORDER_CLOSED, about=[order, order.machine or order.line], at=at, actor=actor)
    return order


def resize(order: ProductionOrder, before: Decimal, after: Decimal) -> None:
    """Give steps and material of a locked order the quantities of another quantity of it; fixed ones stay."""
    for step in steps_of(order):
        save_changes(step, {"quantity": share_of(step.quantity, after, before)})
    for material in order.materials.select_for_update().filter(is_fixed=False):
        save_changes(material, {"quantity": share_of(material.quantity, after, before)})


def _must_cover_what_was_made(order: ProductionOrder, quantity: Decimal, at: datetime) -> None:
    if quantity >= order.quantity or not has_begun(order):
        return
    made = max(
        (one.good for one in counts_of_operations(list(order.operations.all()), at).values()), default=Decimal(0)
    )
    if quantity < made:
        raise BadQuantity(
            _("%(made)s of %(order)s were made already; it cannot become less than that.")
            % {"made": _said(made), "order": order.number}
        )


def _said(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
