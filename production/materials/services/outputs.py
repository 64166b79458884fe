"""What an order made goes into stock, with its lot, its past and its cost."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.errors import Invalid, Refused
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.sources import SourceRef
from inventory.items.models import Item
from inventory.items.states import Tracking
from inventory.lots.models import Lot
from inventory.lots.queries import lot_named
from inventory.lots.services import create_lot
from inventory.stock.models import Location, StockMove
from inventory.stock.queries.values import standard_cost_at
from inventory.stock.services.ledger import lock_items, post, short_key
from inventory.stock.services.places import outside
from inventory.stock.states import LocationKind, MoveKind
from production.materials import events
from production.materials.queries.booked import ORDER, issue_cost_each
from production.materials.queries.supply import goods_place
from production.materials.rules import SMALLEST, need
from production.materials.services.attributing import note_beside, note_uses
from production.materials.services.backflushing import components, settle
from production.materials.services.common import OUTPUT, NotComponent, about, amount, locked_material, locked_order
from production.orders.models import OrderMaterial, ProductionOrder
from production.products.states import IssuePolicy, LineKind

# Lots that come out beside the goods are traced to all that went in, with this share where they bear no cost.
LEAST_SHARE = Decimal(1)
# More pieces with a number of their own than this are put out in several acts.
MOST_SERIALS = 500


class NothingToPutOut(Refused):
    """The order makes no item that is kept in stock."""

    code = "nothing_to_put_out"


class PlaceNeeded(Invalid):
    """Nobody said where the goods go."""

    code = "place_needed"


class BadSerials(Invalid):
    """Serial numbers and pieces do not fit together."""

    code = "bad_serials"


def put_out(
    *,
    actor: User,
    order_id: int,
    quantity: Decimal,
    at: datetime,
    lot_number: str = "",
    location: Location | None = None,
    key: str = "",
    serials: Sequence[str] = (),
) -> list[StockMove]:
    """Put finished goods into stock; base units. Gives the moves: one, or one a piece with a serial number.

    The lot is `lot_number`, else the order's, else the order's own number. END material is taken, every lot taken is
    noted for the lots made, co- and by-products come out with it. A piece is worth its standard cost, else what its
    material cost. The same key gives what was put out first. Raises NotBookable, NothingToPutOut, PlaceNeeded,
    BadSerials.
    """
    order = locked_order(actor, order_id, OUTPUT)
    return put_out_of_locked(actor, order, quantity, at, lot_number, location, key, serials)


def put_out_of_locked(
    actor: User,
    order: ProductionOrder,
    quantity: Decimal,
    at: datetime,
    lot_number: str = "",
    location: Location | None = None,
    key: str = "",
    serials: Sequence[str] = (),
) -> list[StockMove]:
    """Put out for an act that holds the order's lock and asked for the right."""
    item = order.item
    if item is None:
        raise NothingToPutOut(
            _("Order %(order)s makes %(what)s, which is no item: nothing of it is kept in stock.")
            % {"order": order.number, "what": order.item_text}
        )
    base = short_key(key, 70)
    if key and (known := _known(order, base)):
        return known
    place = location or goods_place(order)
    if place is None:
        raise PlaceNeeded(_("Say where the goods of %(order)s go: scan the place.") % {"order": order.number})
    products = list(order.materials.exclude(kind=LineKind.COMPONENT).select_related("item__unit").order_by("position"))
    uses = components(order, IssuePolicy.END)
    lock_items([item, *(row.item for row in (*uses, *products))])
    settle(actor, order, uses, at, coming=quantity)
    cost = standard_cost_at(item, place.site, at)
    if cost is None and (each := issue_cost_each(order)) is not None:
        cost = each.quantize(SMALLEST)
    parts = _parts(actor, order, item, quantity, at, lot_number, serials)
    moves = [
        _post(actor, item, part, lot, place, at, cost, SourceRef.of(order), f"{base}:{n}")
        for n, (lot, part) in enumerate(parts)
    ]
    number = lot_number or _first_number(order)
    beside = [
        (lot, row.cost_share or LEAST_SHARE)
        for row in products
        if row.issue != IssuePolicy.PICKED
        for lot in [_put_beside(actor, order, row, quantity, place, at, number, f"{base}-{row.pk}")]
        if lot is not None
    ]
    made = {lot: part for lot, part in parts if lot is not None}
    if made:
        note_uses(actor, order, made, beside, at)
    publish(
        events.GOODS_OUT, about=about(order, moves[0]), at=at, actor=actor, what=amount(item, quantity), to=place.code,
        lots=[lot.number for lot in made][:20],
    )  # fmt: skip
    return moves


def put_product(
    *,
    actor: User,
    material_id: int,
    quantity: Decimal,
    at: datetime,
    lot_number: str = "",
    location: Location | None = None,
    key: str = "",
) -> StockMove:
    """Put a co- or by-product of an order into stock by hand, beyond what came out with the goods.

    Raises NotComponent for what goes in, NotBookable, PlaceNeeded.
    """
    material = locked_material(actor, material_id, component=False)
    order = material.order
    if material.kind == LineKind.COMPONENT:
        raise NotComponent(
            _("%(item)s goes into order %(order)s; it does not come out of it.")
            % {"item": material.item.number, "order": order.number}
        )
    base = short_key(key)
    known = StockMove.objects.select_related("item__unit", "lot", "from_location", "to_location").filter(key=base)
    if key and (move := known.first()) is not None:
        return move
    place = location or goods_place(order)
    if place is None:
        raise PlaceNeeded(_("Say where the goods of %(order)s go: scan the place.") % {"order": order.number})
    lot = _lot_of(actor, order, material.item, lot_number or _first_number(order), at)
    move = _post(actor, material.item, quantity, lot, place, at, _cost_beside(order, material, place, at),
                 SourceRef.of(material), base)  # fmt: skip
    if lot is not None:
        note_beside(actor, order, lot, at)
    publish(
        events.GOODS_OUT, about=about(order, move, material), at=at, actor=actor,
        what=amount(material.item, quantity), to=place.code, lots=[lot.number] if lot else [],
    )  # fmt: skip
    return move


def _put_beside(
    actor: User, order: ProductionOrder, row: OrderMaterial, made: Decimal, place: Location, at: datetime, number: str,
    key: str,
) -> Lot | None:  # fmt: skip
    """What comes out with so many pieces; gives its lot."""
    if row.item.tracking == Tracking.SERIAL:
        # Which numbers they bear only a person can read.
        return None
    quantity = need(row.each, row.loss_percent, is_fixed=row.is_fixed, made=made)
    if row.is_fixed:
        quantity = (quantity * made / order.quantity).quantize(SMALLEST)
    if quantity <= 0:
        return None
    lot = _lot_of(actor, order, row.item, number, at)
    cost = _cost_beside(order, row, place, at)
    _post(actor, row.item, quantity, lot, place, at, cost, SourceRef.of(row), key)
    return lot


def _cost_beside(order: ProductionOrder, row: OrderMaterial, place: Location, at: datetime) -> Decimal | None:
    """A co-product bears its share of the material, unless it has a standard cost; a by-product what it is known at."""
    standard = standard_cost_at(row.item, place.site, at)
    each = issue_cost_each(order, of_all=True) if row.kind == LineKind.CO_PRODUCT else None
    if standard is not None or each is None:
        return standard
    one = row.each / order.quantity if row.is_fixed else row.each
    return (each * row.cost_share / 100 / one).quantize(SMALLEST)


def _post(
    actor: User, item: Item, quantity: Decimal, lot: Lot | None, place: Location, at: datetime, cost: Decimal | None,
    source: SourceRef, key: str,
) -> StockMove:  # fmt: skip
    return post(
        actor=actor, kind=MoveKind.OUTPUT, item=item, quantity=quantity, lot=lot, at=at, source=source, key=key,
        from_location=outside(place.site, LocationKind.PRODUCTION), to_location=place, unit_cost=cost,
    )  # fmt: skip


def _parts(
    actor: User, order: ProductionOrder, item: Item, quantity: Decimal, at: datetime, lot_number: str,
    serials: Sequence[str],
) -> list[tuple[Lot | None, Decimal]]:  # fmt: skip
    """What is put out, lot by lot; of pieces with serial numbers each its own."""
    if item.tracking != Tracking.SERIAL:
        number = lot_number.strip() or _first_number(order)
        return [(_lot_of(actor, order, item, number, at), quantity)]
    if quantity != quantity.to_integral_value() or quantity > MOST_SERIALS:
        raise BadSerials(
            _("%(quantity)s of %(item)s cannot be put out at once: each piece has a number of its own. Put out whole "
              "pieces, at most %(most)d at a time.")
            % {"quantity": f"{quantity.normalize():f}", "item": item.number, "most": MOST_SERIALS}
        )  # fmt: skip
    numbers = [number.strip() for number in serials if number.strip()] or _next_serials(
        order, item, lot_number, int(quantity)
    )
    if len(numbers) != quantity or len(set(numbers)) != len(numbers):
        raise BadSerials(
            _("%(quantity)s pieces need as many different serial numbers; %(given)d were given.")
            % {"quantity": f"{quantity.normalize():f}", "given": len(set(numbers))}
        )
    return [(_lot_of(actor, order, item, number, at), Decimal(1)) for number in numbers]


def _next_serials(order: ProductionOrder, item: Item, lot_number: str, pieces: int) -> list[str]:
    """The order's lot number and a running number, going on after the pieces made before."""
    stem = lot_number.strip() or _first_number(order)
    taken = set(Lot.objects.filter(item=item, number__startswith=f"{stem}-").values_list("number", flat=True))
    free = (number for n in range(1, len(taken) + pieces + 1) if (number := f"{stem}-{n:04d}") not in taken)
    return [number for number, _n in zip(free, range(pieces), strict=False)]


def _first_number(order: ProductionOrder) -> str:
    return order.lot_number or order.number


def _lot_of(actor: User, order: ProductionOrder, item: Item, number: str, at: datetime) -> Lot | None:
    """The lot that goods go into, entered on the first piece with the day made, expiry and revision."""
    if item.tracking == Tracking.NONE:
        return None
    return lot_named(item, number) or create_lot(
        actor=actor, item=item, number=number, at=at, made_on=at.astimezone(order.line.area.site.zone).date(),
        revision=order.revision if order.item_id == item.pk else None,
    )  # fmt: skip


def _known(order: ProductionOrder, base: str) -> list[StockMove]:
    moves = StockMove.objects.select_related("item__unit", "lot", "from_location", "to_location")
    return list(moves.filter(source_kind=ORDER, source_id=order.pk, key__startswith=f"{base}:").order_by("id"))
