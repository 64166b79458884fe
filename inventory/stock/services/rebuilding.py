"""Balances, values and cost layers can be thrown away: here they are made again from moves and value entries.

Only rows that differ are touched. Posting waits meanwhile, reading does not.
"""

from decimal import Decimal

from django.db import connection, transaction

from inventory.stock.models import CostLayer, ValueEntry
from inventory.stock.queries.differences import (
    LEGS,
    VALUES,
    WORDS,
    Differences,
    balance_differences,
    folded_layers,
    value_differences,
)

# Sorting a million moves on disk takes twice as long.
_ROOM = "SET LOCAL work_mem = '192MB'"
_ALONE = "LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"
# A spell ends when a place runs empty; only the last spell of a place has anything left, and its earliest arrival is
# since when stock lies there. One sort of all moves serves both windows.
_REBUILT = f"""
CREATE TEMPORARY TABLE rebuilt_balance ON COMMIT DROP AS
SELECT item_id, location_id, lot, coalesce(lies.quantity, 0) AS quantity, coalesce(kept.quantity, 0) AS reserved, since
  FROM (
    SELECT item_id, location_id, lot, sum(quantity) AS quantity, min(at) AS since FROM (
        SELECT *, count(*) FILTER (WHERE after = 0) OVER (
            PARTITION BY item_id, location_id, lot ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS spell FROM (
            SELECT item_id, location_id, lot, id, quantity, at, sum(quantity) OVER (
                PARTITION BY item_id, location_id, lot ORDER BY id ROWS UNBOUNDED PRECEDING
            ) AS after FROM (SELECT *, coalesce(lot_id, 0) AS lot FROM ({LEGS}) moved) legs
        ) running
    ) spells GROUP BY item_id, location_id, lot, spell HAVING sum(quantity) <> 0
  ) lies
  FULL JOIN (
    SELECT item_id, location_id, coalesce(lot_id, 0) AS lot, sum(quantity) AS quantity
      FROM inventory_reservation WHERE status = %(active)s GROUP BY 1, 2, 3
  ) kept USING (item_id, location_id, lot)
"""  # noqa: S608 - composed of this room's own constants
_FACTS = "SELECT item_id, location_id, lot, quantity, reserved FROM rebuilt_balance"
_GONE = """
DELETE FROM inventory_stockbalance b WHERE NOT EXISTS (
    SELECT FROM rebuilt_balance r WHERE r.item_id = b.item_id AND r.location_id = b.location_id
       AND r.lot = coalesce(b.lot_id, 0) AND r.quantity > 0)
"""
_BALANCED = """
INSERT INTO inventory_stockbalance AS b (item_id, location_id, lot_id, quantity, reserved, since)
SELECT item_id, location_id, nullif(lot, 0), quantity, least(reserved, quantity), since
  FROM rebuilt_balance WHERE quantity > 0
ON CONFLICT (item_id, location_id, lot_id) DO UPDATE SET quantity = excluded.quantity, reserved = excluded.reserved,
    since = excluded.since
 WHERE (b.quantity, b.reserved) IS DISTINCT FROM (excluded.quantity, excluded.reserved)
"""
_WORTHLESS = """
DELETE FROM inventory_stockvalue v
 WHERE NOT EXISTS (SELECT FROM inventory_valueentry e WHERE e.site_id = v.site_id AND e.item_id = v.item_id)
"""
_VALUED = f"""
INSERT INTO inventory_stockvalue AS v (site_id, item_id, quantity, value)
SELECT site_id, item_id, quantity, value FROM ({VALUES}) facts WHERE quantity >= 0
ON CONFLICT (site_id, item_id) DO UPDATE SET quantity = excluded.quantity, value = excluded.value
 WHERE (v.quantity, v.value) IS DISTINCT FROM (excluded.quantity, excluded.value)
"""  # noqa: S608 - composed of this room's own constants


def rebuild_balances() -> Differences:
    """Make balances what moves and reservations say; gives what differed before."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ALONE.format(tables="inventory_stockmove, inventory_stockbalance, inventory_reservation"))
        cursor.execute(_ROOM)
        cursor.execute(_REBUILT, WORDS)
        cursor.execute("ANALYZE rebuilt_balance")
        found = balance_differences(_FACTS)
        if found.count:
            cursor.execute(_GONE)
            cursor.execute(_BALANCED)
        cursor.execute("DROP TABLE rebuilt_balance")
    return found


def rebuild_values() -> Differences:
    """Make values and layers what the value entries say; gives what differed before. A move that was never valued
    stays a difference: nobody knows any more what it cost."""
    with transaction.atomic(), connection.cursor() as cursor:
        tables = "inventory_stockmove, inventory_stockvalue, inventory_valueentry, inventory_costlayer"
        cursor.execute(_ALONE.format(tables=tables))
        found = value_differences()
        if found.count:
            cursor.execute(_WORTHLESS)
            cursor.execute(_VALUED)
            _rebuild_layers()
    return found


def _rebuild_layers() -> None:
    """Layers that are as their entries say stay; an emptied one holds nothing, one without its entry goes."""
    CostLayer.objects.exclude(entry__in=ValueEntry.objects.values("pk")).delete()
    stored = {layer.entry_id: layer for layer in CostLayer.objects.all()}
    missing, wrong = [], []
    for site, item, layers in folded_layers():
        for layer in layers:
            row = stored.pop(layer.key, None)
            if row is None:
                row = CostLayer(site_id=site, item_id=item, entry_id=layer.key)
                missing.append(row)
            elif (row.quantity, row.unit_cost) != (layer.quantity, layer.unit_cost):
                wrong.append(row)
            row.quantity, row.unit_cost = layer.quantity, layer.unit_cost
    for row in stored.values():
        if row.quantity:
            row.quantity = Decimal(0)
            wrong.append(row)
    CostLayer.objects.bulk_update(wrong, ["quantity", "unit_cost"], batch_size=500)
    CostLayer.objects.bulk_create(missing, batch_size=1000)
