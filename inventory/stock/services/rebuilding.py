"""Balances, values and cost layers can be thrown away: here they are made again from moves and value entries.

Only rows that differ are touched. Posting waits meanwhile, reading does not.
"""

from django.db import connection, transaction

from inventory.stock.models import CostLayer
from inventory.stock.queries.differences import (
    BALANCES,
    LEGS,
    VALUES,
    WORDS,
    Differences,
    balance_differences,
    folded_layers,
    value_differences,
)

_ALONE = "LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"
# Since when stock lies without a break: the earliest arrival after the place was last empty.
_REBUILT = f"""
CREATE TEMPORARY TABLE rebuilt_balance ON COMMIT DROP AS
WITH legs AS MATERIALIZED (
    SELECT item_id, location_id, coalesce(lot_id, 0) AS lot, id, at,
           sum(quantity) OVER (PARTITION BY item_id, location_id, coalesce(lot_id, 0) ORDER BY id) AS after
      FROM ({LEGS}) legs
), emptied AS (
    SELECT item_id, location_id, lot, coalesce(max(id) FILTER (WHERE after = 0), 0) AS last FROM legs GROUP BY 1, 2, 3
), arrived AS (
    SELECT item_id, location_id, lot, min(at) AS since
      FROM legs JOIN emptied USING (item_id, location_id, lot) WHERE id > last GROUP BY 1, 2, 3
)
SELECT facts.item_id, facts.location_id, nullif(facts.lot, 0) AS lot_id, facts.quantity,
       least(facts.reserved, facts.quantity) AS reserved, arrived.since
  FROM ({BALANCES}) facts JOIN arrived USING (item_id, location_id, lot) WHERE facts.quantity > 0
"""  # noqa: S608 - composed of this room\'s own constants
_GONE = """
DELETE FROM inventory_stockbalance b WHERE NOT EXISTS (
    SELECT FROM rebuilt_balance r WHERE r.item_id = b.item_id AND r.location_id = b.location_id
       AND coalesce(r.lot_id, 0) = coalesce(b.lot_id, 0))
"""
_BALANCED = """
INSERT INTO inventory_stockbalance AS b (item_id, location_id, lot_id, quantity, reserved, since)
SELECT item_id, location_id, lot_id, quantity, reserved, since FROM rebuilt_balance
ON CONFLICT (item_id, location_id, lot_id) DO UPDATE SET quantity = excluded.quantity, reserved = excluded.reserved
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
"""  # noqa: S608 - composed of this room\'s own constants


def rebuild_balances() -> Differences:
    """Make balances what moves and reservations say; gives what differed before. About ten seconds a million moves."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ALONE.format(tables="inventory_stockmove, inventory_stockbalance, inventory_reservation"))
        found = balance_differences()
        if found.count:
            cursor.execute(_REBUILT, WORDS)
            cursor.execute("ANALYZE rebuilt_balance")
            cursor.execute(_GONE)
            cursor.execute(_BALANCED)
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
    """Layers of an item are few, so all of them are made anew."""
    rows = [
        CostLayer(site_id=site, item_id=item, entry_id=layer.key, quantity=layer.quantity, unit_cost=layer.unit_cost)
        for site, item, layers in folded_layers()
        for layer in layers
    ]
    CostLayer.objects.all().delete()
    CostLayer.objects.bulk_create(rows, batch_size=1000)
