"""What the ledger says of orders: taken, given back, put out, and what it was worth."""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, F, Q, QuerySet, Sum, When

from inventory.items.models import QuantityField
from inventory.lots.models import Lot, LotUse
from inventory.stock.models import StockMove, ValueEntry
from inventory.stock.states import LocationKind
from production.materials.rules import NOTHING, need
from production.orders.models import OrderMaterial, ProductionOrder
from production.products.states import LineKind

ORDER, MATERIAL = ProductionOrder._meta.label_lower, OrderMaterial._meta.label_lower
# Marks the moves that nobody ordered by hand: only those are taken back by themselves.
FLUSH = "flush:"

_INTO = Q(to_location__kind=LocationKind.PRODUCTION)
_NET_IN = Sum(Case(When(_INTO, then=F("quantity")), default=-F("quantity"), output_field=QuantityField()))
_NET_OUT = Sum(Case(When(_INTO, then=-F("quantity")), default=F("quantity"), output_field=QuantityField()))
# A return is what came back; an issue taken back was never one.
_BACK = Sum(
    Case(
        When(kind="RETURN", corrects=None, then=F("quantity")),
        When(kind="RETURN", then=-F("quantity")),
        default=NOTHING,
        output_field=QuantityField(),
    )
)


class Booked(NamedTuple):
    """Of one lot (or of no lot): how much is in the order, and how much was given back of what was taken."""

    lot_id: int | None
    used: Decimal
    returned: Decimal


def moves_of_materials(ids: Collection[int]) -> QuerySet[StockMove]:
    """Everything booked on materials of orders."""
    return StockMove.objects.filter(source_kind=MATERIAL, source_id__in=list(ids))


def booked_on(ids: Collection[int]) -> dict[int, list[Booked]]:
    """What was taken for each material, by lot in the order of first taking; one question."""
    found: dict[int, list[Booked]] = defaultdict(list)
    if not ids:
        return found
    rows = moves_of_materials(ids).order_by().values_list("source_id", "lot_id").annotate(used=_NET_IN, back=_BACK)
    for material_id, lot_id, used, back in sorted(rows, key=lambda row: (row[0], row[1] or 0)):
        found[material_id].append(Booked(lot_id, used, back))
    return found


def flushed_on(material: OrderMaterial) -> list[tuple[StockMove, Decimal]]:
    """What was taken by itself and is still in the order, the newest first, with how much of each move."""
    moves = list(
        moves_of_materials([material.pk])
        .filter(key__startswith=FLUSH)
        .select_related("item__unit", "lot", "from_location__site", "to_location__site")
        .order_by("-id")
    )
    gone: dict[tuple[int | None, int], Decimal] = defaultdict(Decimal)
    left = []
    for move in moves:
        if move.to_location.kind != LocationKind.PRODUCTION:
            gone[move.lot_id, move.to_location_id] += move.quantity
            continue
        place = move.lot_id, move.from_location_id
        back = min(gone[place], move.quantity)
        gone[place] -= back
        if move.quantity > back:
            left.append((move, move.quantity - back))
    return left


def used_on(ids: Collection[int]) -> dict[int, Decimal]:
    """How much of each material is in its order; one question."""
    rows = moves_of_materials(ids).order_by().values_list("source_id").annotate(used=_NET_IN)
    return defaultdict(lambda: NOTHING, rows)


def put_out_of_orders(ids: Collection[int]) -> dict[int, Decimal]:
    """How much of each order's item has gone into stock; one question."""
    moves = StockMove.objects.filter(source_kind=ORDER, source_id__in=list(ids)).order_by()
    return defaultdict(lambda: NOTHING, moves.values_list("source_id").annotate(net=_NET_OUT))


def put_out_of(order: ProductionOrder) -> Decimal:
    """How much of the order's item has gone into stock."""
    return put_out_of_orders([order.pk])[order.pk]


def lots_made(order: ProductionOrder) -> dict[Lot, Decimal]:
    """The lots of the order's item that went into stock, oldest first, with how much."""
    moves = StockMove.objects.filter(source_kind=ORDER, source_id=order.pk, lot__isnull=False)
    net = dict(moves.order_by().values_list("lot_id").annotate(net=_NET_OUT))
    lots = Lot.objects.select_related("item__unit").filter(pk__in=[key for key, made in net.items() if made > 0])
    return {lot: net[lot.pk] for lot in lots.order_by("id")}


def lots_used(order: ProductionOrder) -> dict[Lot, Decimal]:
    """The lots that are in the order, oldest first, with how much; by-products and returns left out."""
    components = order.materials.filter(kind=LineKind.COMPONENT).values_list("pk", flat=True)
    net: dict[int, Decimal] = defaultdict(Decimal)
    for rows in booked_on(list(components)).values():
        for lot_id, used, _back in rows:
            if lot_id is not None:
                net[lot_id] += used
    lots = Lot.objects.select_related("item__unit").filter(pk__in=list(net))
    return {lot: net[lot.pk] for lot in lots.order_by("id")}


def uses_noted(order: ProductionOrder) -> dict[tuple[int, int], Decimal]:
    """How much of which lot was noted as gone into which lot of the order, newest pair last."""
    rows = LotUse.objects.filter(source_kind=ORDER, source_id=order.pk).values_list("input_id", "output_id", "quantity")
    noted: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for used, made, quantity in rows.order_by("id"):
        noted[used, made] += quantity
    return noted


def worth_used(ids: Collection[int]) -> dict[int, tuple[Decimal, Decimal]]:
    """What each material cost that is in the order: (quantity, value), from the values written with its moves."""
    entries = ValueEntry.objects.filter(move__source_kind=MATERIAL, move__source_id__in=list(ids)).order_by()
    rows = entries.values_list("move__source_id").annotate(quantity=Sum("quantity"), value=Sum("value"))
    return {key: (-quantity, -value) for key, quantity, value in rows}


def issue_cost_each(order: ProductionOrder, *, of_all: bool = False) -> Decimal | None:
    """What the material of one piece costs: what a piece uses, at what it cost when it was taken.

    Not what was taken by the pieces made: material lies ready for all pieces before the first is finished. Co-products
    carry their share (`of_all`: it is left in). None while nothing was taken.
    """
    materials = list(order.materials.all())
    worth = worth_used([row.pk for row in materials if row.kind == LineKind.COMPONENT])
    total, known = NOTHING, False
    for row in materials:
        quantity, value = worth.get(row.pk, (NOTHING, NOTHING))
        if quantity > 0:
            known = True
            uses = need(row.each, row.loss_percent, is_fixed=row.is_fixed, made=Decimal(1))
            total += value / quantity * (uses / order.quantity if row.is_fixed else uses)
    if not known:
        return None
    if of_all:
        return total
    share = sum((row.cost_share for row in materials if row.kind == LineKind.CO_PRODUCT), NOTHING)
    return total * (100 - min(share, Decimal(100))) / 100
