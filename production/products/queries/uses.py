"""Where an item is used: in which bills of materials, directly and through what they make."""

from datetime import date
from itertools import repeat

from django.db import connection

from inventory.items.models import Item
from production.products.queries.reading import BOM_FORCE, IS_COMPONENT, LINE_FORCE, keys, unpacked
from production.products.queries.shapes import ItemFacts, Used, quick
from production.products.rules.arrays import distinct
from production.products.rules.collecting import collector_paused

_STATUS = "bom.status <> 'OBSOLETE'"
_DIRECT = """
SELECT item.id, item.number, item.name, unit.code, bom.id, bom.code, bom.status, bom.is_phantom, line.quantity,
       counted.code, bom.quantity, as_alternate
  FROM (SELECT id, false AS as_alternate FROM production_bomline WHERE item_id = %(item)s
        UNION ALL SELECT line_id, true FROM production_bomalternate WHERE item_id = %(item)s) used
  JOIN production_bomline line ON line.id = used.id
  JOIN production_bom bom ON bom.id = line.bom_id
  JOIN inventory_item item ON item.id = bom.item_id
  JOIN inventory_unit unit ON unit.id = item.unit_id
  JOIN inventory_unit counted ON counted.id = line.unit_id
 WHERE {bom} AND {line} ORDER BY item.number, bom.id, line.position
"""
_ABOVE = """
SELECT string_agg(int8send(line.bom_id), ''::bytea) FROM production_bomline line
 WHERE line.item_id = ANY(%(items)s::bigint[]) AND {line}
"""
# In the order in which Python sorts text.
_TOLD = """
SELECT item.id, item.number, item.name, unit.code, bom.id, bom.code, bom.status, bom.is_phantom, bom.quantity
  FROM production_bom bom JOIN inventory_item item ON item.id = bom.item_id
  JOIN inventory_unit unit ON unit.id = item.unit_id
 WHERE bom.id = ANY(%(boms)s::bigint[]) AND {bom} ORDER BY item.number COLLATE "C", bom.id
"""


@collector_paused()
def where_used(item: Item, on: date | None = None, *, all_levels: bool = False) -> list[Used]:
    """The bills of materials that use an item as a component or, one level up, as an alternate.

    `on`: those in force that day; without it all that are not obsolete, drafts too. With `all_levels` also those that
    use it through others, each once at the nearest level. Ordered by level and number.
    """
    force = {"bom": BOM_FORCE, "line": LINE_FORCE} if on is not None else {"bom": _STATUS, "line": IS_COMPONENT}
    with connection.cursor() as cursor:
        cursor.execute(_DIRECT.format(**force), {"item": item.pk, "on": on})
        found = [Used(1, ItemFacts(*row[:4]), *row[4:]) for row in cursor.fetchall()]
    if all_levels:
        found += _indirect(found, force, on)
    return found


def _indirect(direct: list[Used], force: dict[str, str], on: date | None) -> list[Used]:
    above, told = _ABOVE.format(**force), _TOLD.format(**force)
    items, known = {used.item.id for used in direct}, {used.bom_id for used in direct}
    reached, found, level = items, list[Used](), 1
    with connection.cursor() as cursor:
        while reached:
            level += 1
            cursor.execute(above, {"items": keys(reached), "on": on})
            boms = [one for one in distinct(unpacked(cursor.fetchone()[0], "i8")).tolist() if one not in known]
            known.update(boms)
            cursor.execute(told, {"boms": keys(boms), "on": on})
            columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * 9
            facts = quick(ItemFacts, zip(*columns[:4], strict=True))
            found += quick(
                Used, zip(repeat(level), facts, *columns[4:8], repeat(None), columns[3], columns[8], repeat(False))
            )
            reached = set(columns[0]) - items
            items |= reached
    return found
