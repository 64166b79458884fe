"""Planning orders."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.events.services import publish
from factory_core.numbering.services import next_number
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.orders import events
from production.orders.models import OrderOperation, ProductionOrder
from production.orders.services.common import MANAGE
from production.orders.services.refusals import BadQuantity


def plan_order(
    *,
    actor: User,
    machine: Machine,
    item_text: str,
    quantity: Decimal,
    ideal_cycle_s: Decimal,
    at: datetime,
    unit: str = "pcs",
    due_at: datetime | None = None,
) -> ProductionOrder:
    """Plan so many pieces on one machine, for what is no item of the books. Raises BadQuantity."""
    require(actor, MANAGE, machine)
    if quantity <= 0 or ideal_cycle_s <= 0:
        raise BadQuantity(_("Quantity and ideal cycle must be greater than zero."))
    order = ProductionOrder.objects.create(
        number=next_number("production_order", prefix="PO-"),
        line=machine.line,
        machine=machine,
        item_text=item_text,
        quantity=quantity,
        unit=unit,
        ideal_cycle_s=ideal_cycle_s,
        due_at=due_at,
    )
    OrderOperation.objects.create(
        order=order, number=10, name=item_text[:120], machine=machine, quantity=quantity, run_s=ideal_cycle_s
    )
    tell_planned(order, actor, at)
    return order


def tell_planned(order: ProductionOrder, actor: User, at: datetime) -> None:
    """Say that an order was planned, and what."""
    publish(
        events.ORDER_PLANNED,
        about=[order, order.machine or order.line],
        at=at,
        actor=actor,
        quantity=f"{order.quantity.normalize():f}",
        unit=order.unit,
        item=order.item_text,
    )
