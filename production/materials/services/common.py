"""What every act on material begins with: the order locked, its status asked, what it is told as."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import Invalid, Refused
from factory_core.people.models import User
from inventory.items.models import Item
from production.materials.queries.finding import NoSuchOrder, material_or_missing
from production.orders.events import STATUS_WORDS
from production.orders.models import OrderMaterial, ProductionOrder
from production.orders.states import OrderStatus
from production.products.states import LineKind

ISSUE, OUTPUT = "production.material.issue", "production.output.report"
# Late bookings reach a finished order; a closed one is settled.
BOOKABLE = (OrderStatus.RELEASED, OrderStatus.RUNNING, OrderStatus.PAUSED, OrderStatus.FINISHED)


class NotBookable(Refused):
    """Nothing is booked on the order in its status."""

    code = "order_not_bookable"


class NoQuantity(Invalid):
    """What was typed is no quantity."""

    code = "bad_quantity"


class NotComponent(Refused):
    """This row of the order comes out; it is not taken from stock."""

    code = "not_a_component"


def locked_order(actor: User, order_id: int, capability: str) -> ProductionOrder:
    """The order, so that its bookings change one after the other. Raises NoSuchOrder, NotBookable."""
    order = visible(actor, ProductionOrder.objects.all()).filter(pk=order_id).first()
    if order is None:
        raise NoSuchOrder(_("There is no such order that you may see."))
    require(actor, capability, order)
    order = lock(order_id)
    if order.status not in BOOKABLE:
        raise NotBookable(
            _("Order %(order)s is %(status)s: nothing is booked on it. Release it first, or choose another order.")
            % {"order": order.number, "status": STATUS_WORDS[OrderStatus(order.status)]}
        )
    return order


def lock(order_id: int) -> ProductionOrder:
    """The order as it stands now; whoever books on it meanwhile waits."""
    orders = ProductionOrder.objects.select_for_update(of=("self",), no_key=True)
    return orders.select_related("line__area__site", "machine", "item__unit", "revision").get(pk=order_id)


def locked_material(actor: User, material_id: int, *, component: bool = True) -> OrderMaterial:
    """A material with its order locked. Raises NoSuchMaterial, NotBookable, NotComponent."""
    known = material_or_missing(actor, material_id)
    order = locked_order(actor, known.order_id, ISSUE if component else OUTPUT)
    # Read again under the lock: an alternate may have taken over.
    material = material_or_missing(actor, material_id)
    material.order = order
    if component and material.kind != LineKind.COMPONENT:
        raise NotComponent(
            _("%(item)s comes out of order %(order)s; it is not taken from stock for it.")
            % {"item": material.item.number, "order": order.number}
        )
    return material


def about(order: ProductionOrder, *more: models.Model | None) -> Sequence[models.Model]:
    """What an event of an order is about; an order without a machine is told where its line stands."""
    place: list[Any] = [order.machine] if order.machine else [order.line.area.site]
    return [order, *(thing for thing in more if thing is not None), *place]


def because(reason: str) -> str:
    """A reason at the end of a sentence."""
    return f": {reason.strip()}" if reason.strip() else ""


def amount(item: Item, quantity: Decimal) -> str:
    """So much of an item, as sentences say it."""
    return f"{quantity.normalize():f} {item.unit.code} {item.number}"
