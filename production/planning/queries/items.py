"""How each item is planned: made or bought, its lead time, stock, safety stock and lot rule, as columns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from factory_core.plant.models import Site
from inventory.lots.states import USABLE
from inventory.replenishment.demand import covered
from inventory.replenishment.queries.figures import USED_HERE
from inventory.replenishment.rules import BadFigure, eoq
from production.planning.queries.columns import columns, places
from production.planning.queries.structure import BOMS, Boms
from production.planning.rules import LARGEST, MILLION, WEEK

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Longer lead times are cut here: ten years are a typing error, not a plan.
LONGEST_LEAD = 2000
# Digits behind the point, and as the lowest bits: it is made, it is bought.
_ITEMS = """
SELECT item.id,
       unit.decimals * 4 + (item.is_made AND item.is_active)::int * 2 + (item.is_bought AND item.is_active)::int
  FROM inventory_item item JOIN inventory_unit unit ON unit.id = item.unit_id ORDER BY item.id"""
# What can be used, and less than nothing of what is kept for others: several rows an item, added up by the reader.
_STOCK = """
SELECT balance.item_id, (balance.quantity * 1000000)::bigint
  FROM inventory_stockbalance balance JOIN inventory_location place ON place.id = balance.location_id
  LEFT JOIN inventory_lot lot ON lot.id = balance.lot_id
 WHERE place.site_id = %(site)s AND balance.quantity > 0 AND (lot.expires_on IS NULL OR lot.expires_on >= %(on)s)
   AND ((place.kind = 'QUARANTINE' AND (lot.id IS NULL OR lot.status <> 'REJECTED'))
        OR (place.kind = ANY(%(used)s) AND (lot.id IS NULL OR lot.status = ANY(%(usable)s))))
UNION ALL
SELECT kept.item_id, -(kept.quantity * 1000000)::bigint
  FROM inventory_reservation kept JOIN inventory_location place ON place.id = kept.location_id
 WHERE place.site_id = %(site)s AND kept.status = 'ACTIVE' AND kept.source_kind <> ALL(%(covered)s)"""
_ROUTED = """
SELECT routing.item_id, routing.lead_time_days::bigint FROM production_routing routing
 WHERE routing.status = 'RELEASED' AND (routing.valid_from IS NULL OR routing.valid_from <= %(on)s)
   AND (routing.valid_until IS NULL OR routing.valid_until > %(on)s)"""
# The preferred supplier, else the quickest; in units of the item itself, or that convert.
_SUPPLIED = """
SELECT DISTINCT ON (known.item_id) known.item_id, known.lead_time_days::bigint,
       (known.least_quantity * share.factor * 1000000)::bigint, (known.multiple * share.factor * 1000000)::bigint
  FROM inventory_supplieritem known
  JOIN inventory_item item ON item.id = known.item_id AND item.is_bought
  JOIN factory_core_partner partner ON partner.id = known.supplier_id AND partner.is_active
  JOIN inventory_unit unit ON unit.id = known.unit_id JOIN inventory_unit base ON base.id = item.unit_id
  LEFT JOIN inventory_itemunit own ON own.item_id = item.id AND own.unit_id = unit.id
  CROSS JOIN LATERAL (SELECT CASE WHEN unit.id = base.id THEN 1 WHEN own.factor IS NOT NULL THEN own.factor
    WHEN unit.dimension = base.dimension THEN unit.factor / base.factor ELSE 0 END AS factor) share
 WHERE known.is_active ORDER BY known.item_id, known.is_preferred DESC, known.lead_time_days, known.id"""
_RULES = """
SELECT rule.item_id, CASE WHEN rule.safety_stock = 0 THEN 0 ELSE (rule.safety_stock * 1000000)::bigint END,
       CASE WHEN rule.least_quantity = 0 THEN 0 ELSE (rule.least_quantity * 1000000)::bigint END,
       CASE WHEN rule.method = 'REORDER_POINT' AND rule.lot_rule = 'FIXED' AND rule.lot_quantity > 0
            THEN (rule.lot_quantity * 1000000)::bigint
            WHEN rule.multiple = 0 THEN 0 ELSE (rule.multiple * 1000000)::bigint END,
       CASE WHEN rule.method = 'REORDER_POINT' AND rule.lot_rule = 'PERIOD' THEN coalesce(rule.period_days, 0)
            ELSE 0 END
  FROM inventory_replenishmentrule rule WHERE rule.site_id = %(site)s AND rule.is_active"""
_ECONOMIC = """
SELECT rule.item_id, coalesce(rule.yearly_demand * 1000000, 0)::bigint, coalesce(rule.order_cost * 1000000, 0)::bigint,
       coalesce(rule.holding_cost * 1000000, 0)::bigint
  FROM inventory_replenishmentrule rule
 WHERE rule.site_id = %(site)s AND rule.is_active AND rule.method = 'REORDER_POINT' AND rule.lot_rule = 'EOQ'"""
# What changes seldom: each question with how many columns it gives, the item first.
_STANDING = ((_ITEMS, 2), (BOMS, 4), (_ROUTED, 2), (_SUPPLIED, 4), (_RULES, 5), (_ECONOMIC, 4))
_WIDEST = 5


@dataclass
class Figures:
    """One place in each array is one item, sorted by id. Quantities are millionths of the base unit."""

    ids: Ints
    makes: Flags
    buys: Flags
    passes: Flags
    on_hand: Ints
    safety: Ints
    least: Ints
    multiple: Ints
    cover: Ints
    lead: Ints
    has_supplier: Flags
    has_routing: Flags
    boms: Boms
    # Keys of the items whose economic lot nobody can reckon.
    lotless: list[int] = field(default_factory=list)


def item_figures(site: Site, on: date, only: Collection[int] | None = None) -> Figures:
    """How every item (or some) is planned at a site from a day on. What can be made and bought is made if designed."""
    *standing, stocked = _asked((*_STANDING, (_STOCK, 2)), _wish(site, on), only)
    figures = _figures(*standing)
    figures.on_hand = _on_hand(figures.ids, *stocked)
    return figures


def standing_figures(site: Site, on: date) -> Figures:
    """What of `item_figures` changes seldom: everything but the stock, which is none here."""
    return _figures(*_asked(_STANDING, _wish(site, on), None))


def on_hand(site: Site, on: date, ids: Ints) -> Ints:
    """What a plan can count on of each item (sorted keys): usable or still to be judged, and not reserved."""
    return _on_hand(ids, *columns(_STOCK, 2, _wish(site, on)))


def _wish(site: Site, on: date) -> dict[str, Any]:
    return {
        "site": site.pk, "on": on, "used": list(USED_HERE), "usable": sorted(USABLE),
        "covered": sorted({*covered(), "production.ordermaterial", "production.productionorder"}),
    }  # fmt: skip


def _on_hand(ids: Ints, item: Ints, quantity: Ints) -> Ints:
    found = np.zeros(len(ids), dtype=np.int64)
    np.add.at(found, places(ids, item), quantity)
    return found


def _figures(
    known: list[Ints], designed: list[Ints], routed: list[Ints], supplied_by: list[Ints], rules: list[Ints],
    economic: list[Ints],
) -> Figures:  # fmt: skip
    ids, marks = known
    bought, made, decimals = marks & 1, marks >> 1 & 1, marks >> 2
    count = len(ids)
    zero = np.zeros(count, dtype=np.int64)
    phantoms, has_bom, has_routing, has_supplier = (np.zeros(count, dtype=bool) for _ in range(4))
    key, item, quantity, is_phantom = designed
    at, by_key = places(ids, item), np.argsort(key)
    has_bom[at] = True
    phantoms[at[is_phantom == 1]] = True
    boms = Boms(key[by_key], at[by_key], quantity[by_key])
    item, made_in = routed
    at = places(ids, item)
    has_routing[at] = True
    lead_made = zero.copy()
    lead_made[at] = made_in
    makes = phantoms | ((made == 1) & (has_bom | has_routing | (bought == 0)))
    buys = ~makes & (bought == 1)
    item, days, least, multiple = supplied_by
    at = places(ids, item)
    has_supplier[at] = True
    lead, least_of, supplied = lead_made, zero.copy(), zero.copy()
    mine = buys[at]
    lead[at[mine]] = days[mine]
    least_of[at[mine]], supplied[at[mine]] = least[mine], multiple[mine]
    found = Figures(
        ids=ids, makes=makes, buys=buys, passes=phantoms, on_hand=zero, safety=zero.copy(), least=least_of,
        multiple=10 ** (6 - decimals), cover=np.ones(count, dtype=np.int64), lead=np.minimum(lead, LONGEST_LEAD),
        has_supplier=has_supplier, has_routing=has_routing, boms=boms,
    )  # fmt: skip
    _follow_rules(found, rules, economic)
    found.multiple = _common(found.multiple, supplied)
    return found


def _asked(asked: Sequence[tuple[str, int]], wish: dict[str, Any], only: Collection[int] | None) -> list[list[Ints]]:
    """The columns of each question: one after the other for a whole plant, all in one for some items."""
    if only is None:
        return [columns(statement, count, wish) for statement, count in asked]
    parts = []
    for n, (statement, count) in enumerate(asked):
        names = [f"c{place}" for place in range(count)]
        filled = ", ".join([*names, *["0::bigint"] * (_WIDEST - count)])
        parts.append(f"SELECT {n}::bigint, {filled} FROM ({statement}) AS part({', '.join(names)})")  # noqa: S608 - own text only
    which, *found = columns(" UNION ALL ".join(parts), 1 + _WIDEST, wish, only=only, of=1)
    return [[column[which == n] for column in found[:count]] for n, (_statement, count) in enumerate(asked)]


def _follow_rules(found: Figures, rules: list[Ints], economic: list[Ints]) -> None:
    item, safety, least, multiple, days = rules
    at = places(found.ids, item)
    found.safety[at] = safety
    found.least[at] = np.maximum(found.least[at], least)
    found.multiple[at] = _common(found.multiple[at], multiple)
    found.cover[at] = np.maximum(1, -(-days // WEEK))
    for item_id, *given in zip(*(column.tolist() for column in economic), strict=True):
        place = int(np.searchsorted(found.ids, item_id))
        try:
            lot = int((eoq(*(Decimal(one).scaleb(-6) for one in given)) * MILLION).to_integral_value())
        except BadFigure:
            found.lotless.append(item_id)
            continue
        step = int(found.multiple[place])
        found.multiple[place] = max(1, -(-lot // step)) * step


def _common(one: Ints, other: Ints) -> Ints:
    """The smallest whole number of both; where that is absurd, or there is only one, the first."""
    both = np.where(other > 0, other, one)
    found = np.lcm(one, both)
    wide = one.astype(np.float64) / np.gcd(one, both) * both > LARGEST
    return np.where(wide, one, found)
