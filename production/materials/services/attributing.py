"""Which lots went into which: every lot taken is noted for the lots made, none is left out and none counted twice."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from factory_core.people.models import User
from factory_core.sources import SourceRef
from inventory.lots.models import Lot
from inventory.lots.services import note_use
from production.materials.queries.booked import lots_made, lots_used, put_out_of, uses_noted
from production.materials.rules import NOTHING, SMALLEST, need, shared
from production.orders.models import ProductionOrder
from production.orders.states import OrderStatus
from production.products.states import LineKind


def note_uses(
    actor: User,
    order: ProductionOrder,
    made: Mapping[Lot, Decimal],
    beside: Iterable[tuple[Lot, Decimal]],
    at: datetime,
) -> None:
    """Note what went into the lots just put out (`made`) and what came out `beside` them with a share in percent.

    A piece gets what a piece uses, from all lots taken for it and not yet noted, each by how much of it is left: which
    of them it really holds nobody knows, so a recall of any finds it. The last piece gets all that is left.
    """
    pieces, before = sum(made.values(), NOTHING), put_out_of(order) - sum(made.values(), NOTHING)
    left = max(order.quantity - before, pieces)
    last = pieces >= left or order.status == OrderStatus.FINISHED
    wanted = _needs(order, pieces, left)
    rest = _not_noted(order)
    by_item: dict[int, dict[Lot, Decimal]] = defaultdict(dict)
    for lot, quantity in rest.items():
        if quantity > 0:
            by_item[lot.item_id][lot] = quantity
    for item_id, lots in by_item.items():
        whole = sum(lots.values(), NOTHING)
        take = whole if last else min(whole, max(wanted.get(item_id, NOTHING), SMALLEST))
        for lot, part in shared(take, lots).items():
            _note(actor, order, lot, part, made, beside, at)
    _note_what_is_left_out(actor, order, made, beside, at)


def note_beside(actor: User, order: ProductionOrder, output: Lot, at: datetime) -> None:
    """A lot that came out beside the goods: all that went in may be in it, so a hundredth of each is moved to it."""
    noted = uses_noted(order)
    for lot, used in lots_used(order).items():
        if used <= 0 or noted.get((lot.pk, output.pk), NOTHING) > 0 or lot.pk == output.pk:
            continue
        part = max((used / 100).quantize(SMALLEST), SMALLEST)
        _take_off(actor, order, lot, part - max(_not_noted(order)[lot], NOTHING), at)
        note_use(actor=actor, input=lot, output=output, quantity=part, at=at, source=SourceRef.of(order))


def settle_uses(actor: User, order: ProductionOrder, at: datetime) -> None:
    """Bring the notes in line after something was taken or given back.

    What came back is taken off the lots made last. What was taken after everything was put out belongs to all of it.
    """
    if not (made := lots_made(order)):
        return
    complete = order.status == OrderStatus.FINISHED or put_out_of(order) >= order.quantity
    for lot, quantity in _not_noted(order).items():
        if quantity < 0:
            _take_off(actor, order, lot, -quantity, at)
        elif quantity > 0 and complete:
            for output, part in shared(quantity, made).items():
                note_use(actor=actor, input=lot, output=output, quantity=part, at=at, source=SourceRef.of(order))


def forget_uses(actor: User, order: ProductionOrder, output: Lot, part: Decimal, at: datetime) -> None:
    """Take a part (1: all) of what was noted for a lot back: so much of it was never made."""
    noted = {used: quantity for (used, made), quantity in uses_noted(order).items() if made == output.pk and quantity}
    for lot in Lot.objects.select_related("item__unit").filter(pk__in=noted).order_by("id"):
        back = (noted[lot.pk] * part).quantize(SMALLEST)
        if back > 0:
            note_use(actor=actor, input=lot, output=output, quantity=-back, at=at, source=SourceRef.of(order))


def _needs(order: ProductionOrder, pieces: Decimal, left: Decimal) -> dict[int, Decimal]:
    """What so many pieces use of each item; fixed lines by their share of what is left to be made."""
    wanted: dict[int, Decimal] = defaultdict(Decimal)
    for row in order.materials.filter(kind=LineKind.COMPONENT):
        uses = need(row.each, row.loss_percent, is_fixed=row.is_fixed, made=pieces)
        wanted[row.item_id] += uses * pieces / left if row.is_fixed else uses
    return wanted


def _not_noted(order: ProductionOrder) -> dict[Lot, Decimal]:
    noted: dict[int, Decimal] = defaultdict(Decimal)
    for (used, _made), quantity in uses_noted(order).items():
        noted[used] += quantity
    return {lot: used - noted[lot.pk] for lot, used in lots_used(order).items()}


def _note(
    actor: User,
    order: ProductionOrder,
    lot: Lot,
    quantity: Decimal,
    made: Mapping[Lot, Decimal],
    beside: Iterable[tuple[Lot, Decimal]],
    at: datetime,
) -> None:
    beside = list(beside)
    shares = {output: quantity * share / 100 for output, share in beside}
    own = quantity - sum(shares.values(), NOTHING)
    weights = {output: own * pieces / sum(made.values(), NOTHING) for output, pieces in made.items()}
    for output, part in shared(quantity, {**weights, **shares}).items():
        if output.pk != lot.pk:
            note_use(actor=actor, input=lot, output=output, quantity=part, at=at, source=SourceRef.of(order))


def _note_what_is_left_out(
    actor: User,
    order: ProductionOrder,
    made: Mapping[Lot, Decimal],
    beside: Iterable[tuple[Lot, Decimal]],
    at: datetime,
) -> None:
    """More was made than planned: what was noted for the lots before is in these too, so they give some of it off."""
    noted = uses_noted(order)
    for lot, used in lots_used(order).items():
        holders = {made_id: quantity for (used_id, made_id), quantity in noted.items() if used_id == lot.pk}
        if used <= 0 or any(holders.get(output.pk, NOTHING) > 0 for output in made):
            continue
        whole, pieces = put_out_of(order), sum(made.values(), NOTHING)
        share = (used * pieces / whole).quantize(SMALLEST) if whole > 0 else NOTHING
        if 0 < share < used:
            _take_off(actor, order, lot, share, at)
            _note(actor, order, lot, share, made, beside, at)


def _take_off(actor: User, order: ProductionOrder, lot: Lot, quantity: Decimal, at: datetime) -> None:
    """Take so much off the lots that were noted last."""
    holders = [(made, held) for (used, made), held in uses_noted(order).items() if used == lot.pk and held > 0]
    outputs = Lot.objects.in_bulk([made for made, _held in holders])
    for made, held in reversed(holders):
        back = min(held, quantity)
        if back <= 0:
            return
        note_use(actor=actor, input=lot, output=outputs[made], quantity=-back, at=at, source=SourceRef.of(order))
        quantity -= back
