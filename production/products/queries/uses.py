"""Where an item is used: in which bills of materials, directly and through what they make."""

from datetime import date
from typing import Any

import numpy as np
from django.db import connection

from inventory.items.models import Item
from production.products.queries.reading import unpacked
from production.products.queries.shapes import ItemFacts, Used
from production.products.rules.arrays import DEEPEST

_STATUS = "bom.status <> 'OBSOLETE'"
_FORCE = """bom.status = 'RELEASED'
   AND (bom.valid_from IS NULL OR bom.valid_from <= %(on)s) AND (bom.valid_until IS NULL OR bom.valid_until > %(on)s)
   AND (line.valid_from IS NULL OR line.valid_from <= %(on)s)
   AND (line.valid_until IS NULL OR line.valid_until > %(on)s)"""
_DIRECT = """
SELECT item.id, item.number, item.name, unit.code, bom.id, bom.code, bom.status, bom.is_phantom, line.quantity,
       counted.code, bom.quantity, as_alternate
  FROM (SELECT id, false AS as_alternate FROM production_bomline WHERE item_id = %(item)s
        UNION ALL SELECT line_id, true FROM production_bomalternate WHERE item_id = %(item)s) used
  JOIN production_bomline line ON line.id = used.id AND line.kind = 'COMPONENT'
  JOIN production_bom bom ON bom.id = line.bom_id
  JOIN inventory_item item ON item.id = bom.item_id
  JOIN inventory_unit unit ON unit.id = item.unit_id
  JOIN inventory_unit counted ON counted.id = line.unit_id
 WHERE {force} ORDER BY item.number, bom.id, line.position
"""
# One row a bill of materials that is reached, however many ways lead there.
_ABOVE = """
SELECT string_agg(int8send(item_id), ''::bytea), string_agg(int8send(id), ''::bytea)
  FROM (SELECT DISTINCT bom.item_id, bom.id FROM production_bomline line
          JOIN production_bom bom ON bom.id = line.bom_id
         WHERE line.item_id = ANY(%(items)s) AND line.kind = 'COMPONENT' AND {force}) reached
"""
_TOLD = """
SELECT item.id, item.number, item.name, unit.code, bom.id, bom.code, bom.status, bom.is_phantom, bom.quantity
  FROM production_bom bom JOIN inventory_item item ON item.id = bom.item_id
  JOIN inventory_unit unit ON unit.id = item.unit_id WHERE bom.id = ANY(%(boms)s)
"""


def where_used(item: Item, on: date | None = None, *, all_levels: bool = False) -> list[Used]:
    """The bills of materials that use an item as a component or, one level up, as an alternate.

    `on`: those in force that day; without it all that are not obsolete, drafts too. With `all_levels` also those that
    use it through others, each once at the nearest level. Ordered by level and number.
    """
    force = _FORCE if on is not None else _STATUS
    with connection.cursor() as cursor:
        cursor.execute(_DIRECT.format(force=force), {"item": item.pk, "on": on})
        direct = [
            Used(1, ItemFacts(*row[:4]), row[4], row[5], row[6], row[7], row[8], row[9], row[10], row[11])
            for row in cursor.fetchall()
        ]
    return direct + (_indirect(direct, force, on) if all_levels and direct else [])


def _indirect(direct: list[Used], force: str, on: date | None) -> list[Used]:
    items = np.unique([used.item.id for used in direct])
    boms, levels = [np.unique([used.bom_id for used in direct])], [0]
    known_items, known_boms = items, boms[0]
    with connection.cursor() as cursor:
        while len(items) and len(boms) < DEEPEST:
            cursor.execute(_ABOVE.format(force=force), {"items": items.tolist(), "on": on})
            parents, reached = (unpacked(column, "i8") for column in cursor.fetchone())
            boms.append(np.setdiff1d(reached, known_boms))
            levels.append(len(boms))
            items = np.setdiff1d(parents, known_items)
            known_items, known_boms = np.union1d(known_items, items), np.union1d(known_boms, boms[-1])
        level_of = {bom: level for some, level in zip(boms[1:], levels[1:], strict=True) for bom in some.tolist()}
        cursor.execute(_TOLD, {"boms": list(level_of)})
        found = [_reached(level_of[row[4]], row) for row in cursor.fetchall()]
    return sorted(found, key=lambda used: (used.level, used.item.number, used.bom_id))


def _reached(level: int, row: Any) -> Used:
    return Used(level, ItemFacts(*row[:4]), row[4], row[5], row[6], row[7], None, row[3], row[8], False)
