"""What a quantity of an item needs over all levels."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import repeat

from django.db import connection
from django.utils.translation import gettext as _

from factory_core.errors import Invalid, Refused
from inventory.items.models import Item
from production.products.queries.designs import bom_on
from production.products.queries.needs import lines_of_order
from production.products.queries.reading import AMONG, BOM_FORCE, LINE_FORCE, keys, lines_below
from production.products.queries.shapes import Beside, ExplodedRow, Explosion, ItemFacts, Stand, quick
from production.products.rules.arrays import LARGEST, RunsInARing, TooMuch, dissolved, distinct, exploded
from production.products.rules.collecting import collector_paused
from production.products.states import LineKind

_NAMES = f"""
SELECT item.id, item.number, item.name, unit.code
  FROM inventory_item item JOIN inventory_unit unit ON unit.id = item.unit_id WHERE item.id = {AMONG}
"""  # noqa: S608 - put together from constants only
_ALTERNATES = f"""
SELECT line.item_id, item.id, item.number, item.name, unit.code, alternate.factor, alternate.priority
  FROM production_bomalternate alternate JOIN production_bomline line ON line.id = alternate.line_id
  JOIN production_bom bom ON bom.id = line.bom_id
  JOIN inventory_item item ON item.id = alternate.item_id JOIN inventory_unit unit ON unit.id = item.unit_id
 WHERE bom.item_id = {AMONG} AND {BOM_FORCE} AND {LINE_FORCE}
 ORDER BY alternate.priority, item.number
"""  # noqa: S608 - put together from constants only
_MILLIONTH = Decimal("0.000001")


class ProductRing(Refused):
    """The structure of the products in force contains itself; no quantity can be reckoned."""

    code = "product_ring"


class TooMuchToExplode(Invalid):
    """The quantity is not above zero, or too large to be reckoned to the last digit."""

    code = "too_much_to_explode"


@collector_paused()
def explode(item: Item, quantity: Decimal, on: date, *, levels: int | None = None) -> Explosion:
    """What `quantity` base units of an item need, level by level, by the bills of materials in force on a day.

    Gross of a component = sum over parents of what is released × quantity per × (1 + loss). Each item is summed at its
    level before the next one is reckoned. Phantoms are dissolved, lines of a fixed quantity count once for an item and
    level. Raises TooMuchToExplode, ProductRing.
    """
    amount = _millionths(quantity)
    try:
        raw = lines_below(item.pk, on, None if levels is None else levels + 1)
        found = exploded(dissolved(raw, frozenset({item.pk})), item.pk, amount, levels)
    except TooMuch as refusal:
        raise _too_much(quantity) from refusal
    except RunsInARing as ring:
        raise ProductRing(
            _("The bills of materials in force contain themselves. Make the one that closes the ring obsolete.")
        ) from ring
    used = found.item.tolist()
    names = facts_of(distinct(found.item).tolist())
    stands = _alternates(distinct(raw.parent).tolist(), on) if used else {}
    columns = (
        found.level.tolist(),
        map(names.__getitem__, used),
        [Decimal(needed) * _MILLIONTH for needed in found.amount.tolist()],
        found.has_lines.tolist(),
        (stands.get(key, ()) for key in used) if stands else repeat((), len(used)),
    )
    rows = quick(ExplodedRow, zip(*columns, strict=True))
    bom = bom_on(item, on)
    yields = bom is not None and (bool(raw.phantom.any()) or bom.lines.exclude(kind=LineKind.COMPONENT).exists())
    return Explosion(item, quantity, bom, rows, _beside(item, quantity, on) if yields else [])


def facts_of(of: Iterable[int]) -> dict[int, ItemFacts]:
    """Number, name and unit of items."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, {"keys": keys(of)})
        return {facts.id: facts for facts in quick(ItemFacts, cursor.fetchall())}


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


def _alternates(parents: Iterable[int], on: date) -> dict[int, tuple[Stand, ...]]:
    stands: dict[int, dict[Stand, None]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ALTERNATES, {"keys": keys(parents), "on": on})
        for component, *facts, factor, priority in cursor.fetchall():
            stands.setdefault(component, {})[Stand(ItemFacts(*facts), factor, priority)] = None
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
