"""What is wanted and what comes, dated: sales lines, material of open orders; purchases, requests, open orders."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from factory_core.plant.models import Site
from production.planning.queries.columns import columns, places
from production.planning.rules import Dated

Ints = NDArray[np.int64]

# What can want something or bring it, by the number that stands for it in the questions below.
KINDS = (
    "inventory.salesline", "inventory.calloff", "production.ordermaterial", "production.productionorder",
    "inventory.purchaseline", "inventory.purchaserequest",
)  # fmt: skip

# Few wide columns are quicker than many: the key with what the row is and which kind of row as its lowest bits; the
# item with its day, counted from before all days.
_DAYS = 22
_WANTED, _STARTED, _COMING = range(3)


def _row(what: int, kind: int, key: str, item: str, on: str, quantity: str) -> str:
    """The columns of a row that wants or brings so much of an item on a day; without a day: now."""
    day = f"coalesce({on}, %(first)s) - %(first)s"
    return f"SELECT {key} * 32 + {what * 8 + kind}, ({item} * 2 << {_DAYS}) + ({day}) + (1 << {_DAYS}), {quantity}"


def _among(item: str) -> str:
    return f"(%(all)s OR {item} = ANY(%(only)s))"


_PLANNED_ON = "(coalesce(made.start_at, made.due_at) AT TIME ZONE %(zone)s)::date"
_PLAIN = """CASE WHEN line.factor = 1 AND line.dispatched = 0 THEN (line.quantity * 1000000)::bigint
            ELSE ((line.quantity - line.dispatched) * line.factor * 1000000)::bigint END"""
_OPEN = """production_productionorder made JOIN factory_core_line line ON line.id = made.line_id
  JOIN factory_core_area area ON area.id = line.area_id
   AND area.site_id = %(site)s AND made.status IN ('PLANNED', 'RELEASED', 'RUNNING', 'PAUSED')"""
# What was issued stands on moves that name the row of material; what came back counts against it.
_ALL = f"""
{_row(_WANTED, 0, "line.id", "line.item_id", "line.promised_on, line.wanted_on", _PLAIN)}
  FROM inventory_salesline line JOIN inventory_salesorder sale ON sale.id = line.order_id
 WHERE NOT line.is_closed AND sale.site_id = %(site)s AND sale.status = 'CONFIRMED' AND NOT sale.is_frame
   AND line.quantity > line.dispatched AND {_among("line.item_id")}
UNION ALL
{
    _row(
        _WANTED,
        1,
        "call.id",
        "line.item_id",
        "call.promised_on, call.wanted_on",
        "((call.quantity - call.dispatched) * line.factor * 1000000)::bigint",
    )
}
  FROM inventory_calloff call JOIN inventory_salesline line ON line.id = call.line_id
  JOIN inventory_salesorder sale ON sale.id = line.order_id
 WHERE NOT call.is_closed AND NOT line.is_closed AND sale.site_id = %(site)s AND sale.status = 'CONFIRMED'
   AND sale.is_frame AND call.quantity > call.dispatched AND {_among("line.item_id")}
UNION ALL
{
    _row(
        _WANTED,
        2,
        "used.id",
        "used.item_id",
        _PLANNED_ON,
        "((used.quantity - coalesce(moved.issued, 0)) * 1000000)::bigint",
    )
}
  FROM {_OPEN} JOIN production_ordermaterial used ON used.order_id = made.id AND used.kind = 'COMPONENT'
  LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN target.kind = 'PRODUCTION' THEN move.quantity ELSE -move.quantity END) AS issued
      FROM inventory_stockmove move JOIN inventory_location target ON target.id = move.to_location_id
     WHERE move.source_kind = 'production.ordermaterial' AND move.source_id = used.id) moved ON true
 WHERE used.quantity > coalesce(moved.issued, 0) AND {_among("used.item_id")}
UNION ALL
{_row(_STARTED, 3, "made.id", "made.item_id", _PLANNED_ON, "(made.quantity * 1000000)::bigint")}
  FROM {_OPEN}
 WHERE made.item_id IS NOT NULL AND made.status = 'PLANNED' AND {_among("made.item_id")}
   AND NOT EXISTS (SELECT FROM production_ordermaterial used WHERE used.order_id = made.id)
UNION ALL
{
    _row(
        _COMING,
        4,
        "line.id",
        "line.item_id",
        "line.promised_on, line.wanted_on",
        "((line.quantity - line.received + line.returned) * line.factor * 1000000)::bigint",
    )
}
  FROM inventory_purchaseline line JOIN inventory_purchaseorder buy ON buy.id = line.order_id
 WHERE NOT line.is_closed AND buy.site_id = %(site)s AND buy.status IN ('DRAFT', 'RELEASED')
   AND line.quantity > line.received - line.returned AND {_among("line.item_id")}
UNION ALL
{
    _row(
        _COMING,
        5,
        "ask.id",
        "ask.item_id",
        "ask.wanted_on",
        '''(ask.quantity * CASE WHEN ask.unit_id = item.unit_id THEN 1 WHEN own.factor IS NOT NULL THEN own.factor
                            ELSE unit.factor / base.factor END * 1000000)::bigint''',
    )
}
  FROM inventory_purchaserequest ask JOIN inventory_item item ON item.id = ask.item_id
  JOIN inventory_unit unit ON unit.id = ask.unit_id JOIN inventory_unit base ON base.id = item.unit_id
  LEFT JOIN inventory_itemunit own ON own.item_id = item.id AND own.unit_id = ask.unit_id
 WHERE ask.site_id = %(site)s AND ask.status = 'OPEN' AND {_among("ask.item_id")}
UNION ALL
{
    _row(
        _COMING,
        3,
        "made.id",
        "made.item_id",
        "(made.due_at AT TIME ZONE %(zone)s)::date",
        "((made.quantity - coalesce(moved.output, 0)) * 1000000)::bigint",
    )
}
  FROM {_OPEN}
  LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN origin.kind = 'PRODUCTION' THEN move.quantity ELSE -move.quantity END) AS output
      FROM inventory_stockmove move JOIN inventory_location origin ON origin.id = move.from_location_id
     WHERE move.source_kind = 'production.productionorder' AND move.source_id = made.id
       AND move.item_id = made.item_id) moved ON true
 WHERE made.item_id IS NOT NULL AND made.quantity > coalesce(moved.output, 0) AND {_among("made.item_id")}"""  # noqa: S608 - put together from constants only
# How all these are called.
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
SELECT 3, made.id, made.number FROM production_productionorder made WHERE made.id = ANY(%(orders)s)
UNION ALL
SELECT 4, line.id, buy.number || ' · ' || line.position FROM inventory_purchaseline line
  JOIN inventory_purchaseorder buy ON buy.id = line.order_id WHERE line.id = ANY(%(buys)s)
UNION ALL
SELECT 5, ask.id, ask.number FROM inventory_purchaserequest ask WHERE ask.id = ANY(%(asks)s)"""


@dataclass(frozen=True)
class Rows:
    """Rows that want or bring something: kind (a place in KINDS), key, item id, day, quantity in millionths."""

    kind: Ints
    row: Ints
    item: Ints
    day: Ints
    quantity: Ints

    @classmethod
    def of(cls, kind: Ints, row: Ints) -> "Rows":
        """Rows of which only who they are is asked."""
        none = np.zeros(len(row), dtype=np.int64)
        return cls(kind, row, none, none, none)

    def dated(self, ids: Ints) -> Dated:
        """With items as places in `ids` (sorted)."""
        return Dated(places(ids, self.item), self.day, self.quantity)

    def at(self, chosen: NDArray[np.bool_]) -> "Rows":
        """Some of them."""
        if chosen.all():
            return self
        return Rows(*(column[chosen] for column in (self.kind, self.row, self.item, self.day, self.quantity)))

    def and_then(self, other: "Rows") -> "Rows":
        """These and others behind them."""
        if not len(other.row):
            return self
        names = ("kind", "row", "item", "day", "quantity")
        return Rows(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in names))

    def labels(self, places: Ints) -> dict[int, tuple[str, int, str]]:
        """Kind, key and how each of these is called, by place."""
        names = ("lines", "calls", "materials", "orders", "buys", "asks")
        wish = {name: self.row[places[self.kind[places] == n]].tolist() for n, name in enumerate(names)}
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
    """What is wanted, the open orders whose material nobody froze yet, and what comes."""

    wanted: Rows
    started: Rows
    coming: Rows

    @property
    def causes(self) -> Rows:
        """Who can stand behind a proposal, as `rules.Plant` counts causes."""
        return self.wanted.and_then(self.started)


def dated_needs(site: Site, first: date, only: Collection[int] | None = None) -> Needs:
    """All open needs and receipts of a site (or of some items); days count from `first`, without a day means now.

    A planned order with nothing frozen needs its material on its first day, else on the day it is due.
    """
    wish = {"site": site.pk, "first": first, "zone": str(site.zone), "all": only is None, "only": list(only or ())}
    keys, dated, quantity = columns(_ALL, 3, wish)
    what, kind, row = keys >> 3 & 3, keys & 7, keys >> 5
    item, day = dated >> _DAYS + 1, (dated & (2 << _DAYS) - 1) - (1 << _DAYS)
    whole = Rows(kind, row, item, day, quantity)
    wanted, started, coming = (whole.at(what == n) for n in (_WANTED, _STARTED, _COMING))
    return Needs(wanted, started, coming)
