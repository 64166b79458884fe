"""What a quantity of an item needs over all levels, and the structure of all items for planning."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _

from factory_core.errors import Invalid, Refused
from inventory.items.models import Item
from production.products.models import BomAlternate
from production.products.queries.designs import bom_on
from production.products.queries.needs import lines_of_order
from production.products.queries.reading import all_lines, lines_below, unpacked
from production.products.queries.shapes import Beside, ExplodedRow, Explosion, ItemFacts, Stand
from production.products.rules.arrays import (
    LARGEST,
    BomArrays,
    RawLines,
    RunsInARing,
    TooMuch,
    arranged,
    dissolved,
    exploded,
)
from production.products.states import LineKind

_NAMES = """
SELECT item.id, item.number, item.name, unit.code
  FROM inventory_item item JOIN inventory_unit unit ON unit.id = item.unit_id WHERE item.id = ANY(%s)
"""
_ALTERNATES = "SELECT string_agg(int8send(line_id), ''::bytea) FROM production_bomalternate"


class ProductRing(Refused):
    """The structure of the products in force contains itself; no quantity can be reckoned."""

    code = "product_ring"


class TooMuchToExplode(Invalid):
    """The quantity is not above zero, or too large to be reckoned to the last digit."""

    code = "too_much_to_explode"


def explode(item: Item, quantity: Decimal, on: date, *, levels: int | None = None) -> Explosion:
    """What `quantity` base units of an item need, level by level, by the bills of materials in force on a day.

    Gross of a component = sum over parents of what is released × quantity per × (1 + loss). Each item is summed at its
    level before the next one is reckoned. Phantoms are dissolved, lines of a fixed quantity count once for an item and
    level. Raises TooMuchToExplode, ProductRing.
    """
    amount = _millionths(quantity)
    try:
        raw = lines_below(item.pk, on, None if levels is None else levels + 1)
        lines = dissolved(raw, frozenset({item.pk}))
        found = exploded(lines, item.pk, amount, levels)
    except TooMuch as refusal:
        raise _too_much(quantity) from refusal
    except RunsInARing as ring:
        raise _ring() from ring
    names = facts_of(np.unique(found.item).tolist())
    stands = _alternates(lines) if len(found.item) else {}
    rows = [
        ExplodedRow(level, names[key], Decimal(needed).scaleb(-6), is_made, stands.get(key, ()))
        for level, key, needed, is_made in zip(
            found.level.tolist(), found.item.tolist(), found.amount.tolist(), found.has_lines.tolist(), strict=True
        )
    ]
    bom = bom_on(item, on)
    yields = bom is not None and (bool(raw.phantom.any()) or bom.lines.exclude(kind=LineKind.COMPONENT).exists())
    return Explosion(item, quantity, bom, rows, _beside(item, quantity, on) if yields else [])


def structure(on: date) -> BomArrays:
    """All component lines in force on a day as arrays in the order of netting. Raises ProductRing."""
    try:
        return arranged(dissolved(all_lines(on)))
    except RunsInARing as ring:
        raise _ring() from ring


def facts_of(keys: Iterable[int]) -> dict[int, ItemFacts]:
    """Number, name and unit of items."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [list(keys)])
        return {row[0]: ItemFacts(*row) for row in cursor.fetchall()}


def _beside(item: Item, quantity: Decimal, on: date) -> list[Beside]:
    return [
        Beside(
            ItemFacts(need.item.pk, need.item.number, need.item.name, need.item.unit.code),
            need.kind,
            need.quantity,
            need.cost_share,
        )
        for need in lines_of_order(item, quantity, on)
        if need.kind != LineKind.COMPONENT
    ]


def _alternates(lines: RawLines) -> dict[int, tuple[Stand, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_ALTERNATES)
        packed = cursor.fetchone()[0]
    if packed is None:
        return {}
    there = unpacked(packed, "i8")
    wanted = np.unique(there[np.isin(there, lines.line)]).tolist()
    stands: dict[int, list[Stand]] = {}
    for one in (
        BomAlternate.objects.filter(line__in=wanted)
        .select_related("item__unit", "line")
        .order_by("priority", "item__number")
    ):
        stand = Stand(
            ItemFacts(one.item.pk, one.item.number, one.item.name, one.item.unit.code), one.factor, one.priority
        )
        if stand not in stands.setdefault(one.line.item_id, []):
            stands[one.line.item_id].append(stand)
    return {key: tuple(found) for key, found in stands.items()}


def _millionths(quantity: Decimal) -> int:
    if not (quantity.is_finite() and quantity > 0):
        raise TooMuchToExplode(_("%(quantity)s is not a quantity above zero.") % {"quantity": quantity})
    amount = int((quantity * 1_000_000).to_integral_value())
    if amount > LARGEST or not amount:
        raise _too_much(quantity)
    return amount


def _too_much(quantity: Decimal) -> TooMuchToExplode:
    return TooMuchToExplode(
        _("%(quantity)s cannot be exploded: up to %(most)s base units are reckoned to the last digit. Ask for another.")
        % {"quantity": quantity, "most": LARGEST // 1_000_000}
    )


def _ring() -> ProductRing:
    return ProductRing(
        _("The bills of materials in force contain themselves. Make the one that closes the ring obsolete.")
    )
