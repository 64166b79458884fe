"""Materials of orders, their bookings and their alternates, as far as one may see them."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.people.models import User
from inventory.stock.models import StockMove
from production.materials.queries.booked import MATERIAL, ORDER
from production.orders.models import OrderMaterial, ProductionOrder
from production.products.models import BomAlternate


class NoSuchMaterial(Missing):
    """The material does not exist, or the asker may not see its order."""

    code = "no_such_material"


class NoSuchOrder(Missing):
    """The order does not exist, or the asker may not see it."""

    code = "no_such_order"


class NoSuchBooking(Missing):
    """The booking is none of an order, or the asker may not see the order."""

    code = "no_such_booking"


def materials_seen(actor: User) -> QuerySet[OrderMaterial]:
    """The materials of the orders somebody may see."""
    rows = OrderMaterial.objects.select_related(
        "order__line__area__site",
        "order__machine",
        "operation__work_centre__supply__parent",
        "item__unit",
        "instead_of",
    )
    return visible(actor, rows)


def material_or_missing(actor: User, material_id: int) -> OrderMaterial:
    """A material of an order somebody may see. Raises NoSuchMaterial."""
    found = materials_seen(actor).filter(pk=material_id).first()
    if found is None:
        raise NoSuchMaterial(_("There is no such material of an order that you may see."))
    return found


def move_or_missing(actor: User, move_id: int) -> tuple[StockMove, ProductionOrder, OrderMaterial | None]:
    """A booking on an order somebody may see, with the order, and with its material unless it is the order's goods.

    Raises NoSuchBooking.
    """
    moves = StockMove.objects.select_related("item__unit", "lot", "from_location__site", "to_location__site", "partner")
    move = moves.filter(pk=move_id, source_kind__in=(ORDER, MATERIAL)).first()
    if move is not None and move.source_kind == MATERIAL:
        material = materials_seen(actor).filter(pk=move.source_id or 0).first()
        if material is not None:
            return move, material.order, material
    elif move is not None:
        orders = ProductionOrder.objects.select_related("line__area__site", "machine", "item__unit")
        order = visible(actor, orders).filter(pk=move.source_id or 0).first()
        if order is not None:
            return move, order, None
    raise NoSuchBooking(_("There is no such booking on an order that you may see."))


def order_of_id(actor: User, order_id: int) -> ProductionOrder:
    """An order somebody may see. Raises NoSuchOrder."""
    rows = ProductionOrder.objects.select_related("line__area__site", "machine", "item__unit")
    found = visible(actor, rows).filter(pk=order_id).first() if order_id < 2**63 else None
    if found is None:
        raise NoSuchOrder(_("There is no such order that you may see."))
    return found


def alternates_of(material: OrderMaterial) -> list[BomAlternate]:
    """What may be used instead of a material, best first: as the order's bill of materials or its phantoms say."""
    original = material.instead_of_id or material.item_id
    rows = BomAlternate.objects.select_related("item__unit").filter(
        Q(line__bom=material.order.bom_id) | Q(line__bom__is_phantom=True), line__item=original
    )
    return list(rows.order_by("priority", "id"))
