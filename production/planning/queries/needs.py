"""What is wanted and what comes, dated: sales lines, material of open orders; purchases, requests, open orders."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from factory_core.plant.models import Site
from production.planning.queries.columns import columns
from production.planning.rules import FURTHEST_BACK, Dated

Ints = NDArray[np.int64]

# What a cause can be: the words stand in `PlannedOrder.demand` as kinds of sources.
SALES_LINE, CALL_OFF, MATERIAL, ORDER = range(4)
KINDS = ("inventory.salesline", "inventory.calloff", "production.ordermaterial", "production.productionorder")

_SALES = """
SELECT 0::bigint, line.id, line.item_id, (coalesce(line.promised_on, line.wanted_on, %(first)s) - %(first)s)::bigint,
       CASE WHEN line.factor = 1 THEN ((line.quantity - line.dispatched) * 1000000)::bigint
            ELSE ((line.quantity - line.dispatched) * line.factor * 1000000)::bigint END
  FROM inventory_salesline line JOIN inventory_salesorder sale ON sale.id = line.order_id
 WHERE NOT line.is_closed AND sale.site_id = %(site)s AND sale.status = 'CONFIRMED' AND NOT sale.is_frame
   AND line.quantity > line.dispatched
UNION ALL
SELECT 1, call.id, line.item_id, (coalesce(call.promised_on, call.wanted_on, %(first)s) - %(first)s)::bigint,
       ((call.quantity - call.dispatched) * line.factor * 1000000)::bigint
  FROM inventory_calloff call JOIN inventory_salesline line ON line.id = call.line_id
  JOIN inventory_salesorder sale ON sale.id = line.order_id
 WHERE NOT call.is_closed AND NOT line.is_closed AND sale.site_id = %(site)s AND sale.status = 'CONFIRMED'
   AND sale.is_frame AND call.quantity > call.dispatched"""
_OPEN = """
SELECT made.id, made.item_id, made.quantity, made.status, made.start_at, made.due_at
  FROM production_productionorder made JOIN factory_core_line line ON line.id = made.line_id
  JOIN factory_core_area area ON area.id = line.area_id
 WHERE area.site_id = %(site)s AND made.status IN ('PLANNED', 'RELEASED', 'RUNNING', 'PAUSED')"""
# What was issued stands on moves that name the row of material; what came back counts against it.
_MATERIAL = f"""
SELECT 2::bigint, used.id, used.item_id,
       (coalesce((coalesce(made.start_at, made.due_at) AT TIME ZONE %(zone)s)::date, %(first)s) - %(first)s)::bigint,
       ((used.quantity - coalesce(moved.issued, 0)) * 1000000)::bigint
  FROM ({_OPEN}) made JOIN production_ordermaterial used ON used.order_id = made.id AND used.kind = 'COMPONENT'
  LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN target.kind = 'PRODUCTION' THEN move.quantity ELSE -move.quantity END) AS issued
      FROM inventory_stockmove move JOIN inventory_location target ON target.id = move.to_location_id
     WHERE move.source_kind = 'production.ordermaterial' AND move.source_id = used.id) moved ON true
 WHERE used.quantity > coalesce(moved.issued, 0)"""  # noqa: S608 - put together from constants only
_STARTED = f"""
SELECT made.id, made.item_id, coalesce((made.start_at AT TIME ZONE %(zone)s)::date - %(first)s, -1000000)::bigint,
       coalesce((made.due_at AT TIME ZONE %(zone)s)::date - %(first)s, 0)::bigint, (made.quantity * 1000000)::bigint
  FROM ({_OPEN}) made
 WHERE made.item_id IS NOT NULL AND made.status = 'PLANNED'
   AND NOT EXISTS (SELECT FROM production_ordermaterial used WHERE used.order_id = made.id)"""  # noqa: S608 - put together from constants only
_COMING = f"""
SELECT line.item_id, (coalesce(line.promised_on, line.wanted_on, %(first)s) - %(first)s)::bigint,
       ((line.quantity - line.received + line.returned) * line.factor * 1000000)::bigint
  FROM inventory_purchaseline line JOIN inventory_purchaseorder buy ON buy.id = line.order_id
 WHERE NOT line.is_closed AND buy.site_id = %(site)s AND buy.status IN ('DRAFT', 'RELEASED')
   AND line.quantity > line.received - line.returned
UNION ALL
SELECT ask.item_id, (coalesce(ask.wanted_on, %(first)s) - %(first)s)::bigint,
       (ask.quantity * CASE WHEN ask.unit_id = item.unit_id THEN 1 WHEN own.factor IS NOT NULL THEN own.factor
                            ELSE unit.factor / base.factor END * 1000000)::bigint
  FROM inventory_purchaserequest ask JOIN inventory_item item ON item.id = ask.item_id
  JOIN inventory_unit unit ON unit.id = ask.unit_id JOIN inventory_unit base ON base.id = item.unit_id
  LEFT JOIN inventory_itemunit own ON own.item_id = item.id AND own.unit_id = ask.unit_id
 WHERE ask.site_id = %(site)s AND ask.status = 'OPEN'
UNION ALL
SELECT made.item_id, (coalesce((made.due_at AT TIME ZONE %(zone)s)::date, %(first)s) - %(first)s)::bigint,
       ((made.quantity - coalesce(moved.output, 0)) * 1000000)::bigint
  FROM ({_OPEN}) made
  LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN origin.kind = 'PRODUCTION' THEN move.quantity ELSE -move.quantity END) AS output
      FROM inventory_stockmove move JOIN inventory_location origin ON origin.id = move.from_location_id
     WHERE move.source_kind = 'production.productionorder' AND move.source_id = made.id
       AND move.item_id = made.item_id) moved ON true
 WHERE made.item_id IS NOT NULL AND made.quantity > coalesce(moved.output, 0)"""  # noqa: S608 - put together from constants only
# How causes are called: kind, id, label, due day and quantity are told beside what is planned for them.
_LABELS = """
SELECT 0, line.id, sale.number || ' · ' || line.position FROM inventory_salesline line
  JOIN inventory_salesorder sale ON sale.id = line.order_id WHERE line.id = ANY(%(lines)s)
UNION ALL
SELECT 1, call.id, sale.number || ' · ' || line.position || '/' || call.number FROM inventory_calloff call
  JOIN inventory_salesline line ON line.id = call.line_id
  JOIN inventory_salesorder sale ON sale.id = line.order_id WHERE call.id = ANY(%(calls)s)
UNION ALL
SELECT 2, used.id, made.number FROM production_ordermaterial used
  JOIN production_productionorder made ON made.id = used.order_id WHERE used.id = ANY(%(materials)s)
UNION ALL
SELECT 3, made.id, made.number FROM production_productionorder made WHERE made.id = ANY(%(orders)s)"""


@dataclass(frozen=True)
class Causes:
    """What stands behind needs, one place each: its kind, its row, quantity in millionths and day."""

    kind: Ints
    row: Ints
    item: Ints
    quantity: Ints
    day: Ints

    def labels(self, places: Ints) -> dict[int, tuple[str, int, str]]:
        """Kind, id and how each of these is called."""
        rows = {n: self.row[places[self.kind[places] == n]].tolist() for n in range(len(KINDS))}
        wish = {"lines": rows[0], "calls": rows[1], "materials": rows[2], "orders": rows[3]}
        with connection.cursor() as cursor:
            cursor.execute(_LABELS, wish)
            named = {(kind, row): label for kind, row, label in cursor.fetchall()}
        return {
            place: (KINDS[kind], row, named.get((kind, row), ""))
            for place, kind, row in zip(
                places.tolist(), self.kind[places].tolist(), self.row[places].tolist(), strict=True
            )
        }


@dataclass(frozen=True)
class Needs:
    """What is wanted of which items, what open orders still have to take, what comes, and who stands behind it."""

    demand: Dated
    started: Dated
    scheduled: Dated
    causes: Causes


def dated_needs(site: Site, first: date, ids: Ints) -> Needs:
    """All open needs and receipts of a site; days are counted from `first`, what has no day is wanted now.

    A planned order with nothing frozen needs its material on its first day, else on the day it is due.
    """
    wish = {"site": site.pk, "first": first, "zone": str(site.zone)}
    rows = [np.concatenate(pair) for pair in zip(columns(_SALES, 5, wish), columns(_MATERIAL, 5, wish), strict=True)]
    kind, row, item, day, quantity = rows
    order, made, start, due, amount = columns(_STARTED, 5, wish)
    begin = np.where(start > -FURTHEST_BACK, start, due)
    came = columns(_COMING, 3, wish)
    causes = Causes(
        np.concatenate([kind, np.full(len(order), ORDER, dtype=np.int64)]),
        np.concatenate([row, order]),
        np.concatenate([item, made]),
        np.concatenate([quantity, amount]),
        np.concatenate([day, begin]),
    )
    at = np.searchsorted
    return Needs(
        Dated(at(ids, item), day, quantity),
        Dated(at(ids, made), begin, amount),
        Dated(at(ids, came[0]), came[1], came[2]),
        causes,
    )
