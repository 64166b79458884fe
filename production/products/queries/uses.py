"""Where an item is used: in which bills of materials, directly and through what they make."""

from collections.abc import Iterator
from datetime import date
from itertools import repeat

from django.db import connection

from inventory.items.models import Item
from production.products.queries.reading import AMONG, BOM_FORCE, IS_COMPONENT, LINE_FORCE, keys, unpacked
from production.products.queries.shapes import ItemFacts, Used, Uses, quick
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
SELECT string_agg(int8send(bom.id), ''::bytea), string_agg(int8send(bom.item_id), ''::bytea) FROM production_bom bom
 WHERE {bom} AND bom.id = ANY(ARRAY(
       SELECT line.bom_id FROM production_bomline line WHERE line.item_id = {among} AND {line}))
"""
# In the order in which Python sorts text.
_TOLD = f"""
SELECT item.id, item.number, item.name, unit.code, bom.id, bom.code, bom.status, bom.is_phantom, bom.quantity
  FROM production_bom bom JOIN inventory_item item ON item.id = bom.item_id
  JOIN inventory_unit unit ON unit.id = item.unit_id
 WHERE bom.id = {AMONG} ORDER BY item.number COLLATE "C", bom.id LIMIT %(most)s
"""  # noqa: S608 - put together from constants only


@collector_paused()
def where_used(item: Item, on: date | None = None, *, all_levels: bool = False, most: int | None = None) -> Uses:
    """The bills of materials that use an item as a component or, one level up, as an alternate.

    `on`: those in force that day; without it all that are not obsolete, drafts too. With `all_levels` also those that
    use it through others, each once at the nearest level. Ordered by level and number; the first `most` are told.
    """
    force = {"bom": BOM_FORCE, "line": LINE_FORCE} if on is not None else {"bom": _STATUS, "line": IS_COMPONENT}
    with connection.cursor() as cursor:
        cursor.execute(_DIRECT.format(**force), {"item": item.pk, "on": on})
        rows = [Used(1, ItemFacts(*row[:4]), *row[4:]) for row in cursor.fetchall()]
    count = len(rows)
    # The levels that are told whole are asked for together; only of the last one that is told some may be left out.
    whole: dict[int, int] = {}
    cut: dict[int, int] = {}
    for level, boms in enumerate(_levels_above(rows, force, on) if all_levels else (), 2):
        room = len(boms) if most is None else most - count
        if room > 0:
            (whole if len(boms) <= room else cut).update(dict.fromkeys(boms, level))
        count += len(boms)
    rows += _told(whole, None)
    if most is not None:
        rows += _told(cut, max(most - len(rows), 0))
    return Uses(rows[:most], count)


def _levels_above(direct: list[Used], force: dict[str, str], on: date | None) -> Iterator[list[int]]:
    """The bills of materials above these, level by level, each once."""
    above = _ABOVE.format(among=AMONG, **force)
    items, known = {used.item.id for used in direct}, {used.bom_id for used in direct}
    here = set(items)
    with connection.cursor() as cursor:
        while here:
            cursor.execute(above, {"keys": keys(here), "on": on})
            reached = zip(*(unpacked(one, "i8").tolist() for one in cursor.fetchone()), strict=True)
            new = {bom: made for bom, made in reached if bom not in known}
            if new:
                yield list(new)
            known.update(new)
            here = set(new.values()) - items
            items |= here


def _told(level_of: dict[int, int], most: int | None) -> list[Used]:
    """The first of these bills of materials, by their levels and the numbers of what they make."""
    if not level_of:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, {"keys": keys(level_of), "most": most})
        rows = sorted(cursor.fetchall(), key=lambda row: level_of[row[4]])
    key, number, name, unit, bom, code, status, is_phantom, quantity = zip(*rows, strict=True)
    facts = quick(ItemFacts, zip(key, number, name, unit, strict=True))
    levels = (level_of[one] for one in bom)
    told = (levels, facts, bom, code, status, is_phantom, repeat(None), unit, quantity, repeat(False))
    return quick(Used, zip(*told, strict=False))
