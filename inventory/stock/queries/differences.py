"""What balances and values should be by their facts, and where what is stored says otherwise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db import connection

from inventory.items.states import Valuation
from inventory.stock.models import CostLayer
from inventory.stock.rules.valuation import Book, Layer
from inventory.stock.states import OUTSIDE, ReservationStatus

SHOWN = 50
WORDS: dict[str, Any] = {
    "outside": sorted(OUTSIDE),
    "active": ReservationStatus.ACTIVE.value,
    "fifo": Valuation.FIFO.value,
}

LEGS = """
SELECT m.item_id, m.lot_id, m.to_location_id AS location_id, m.id, m.quantity, m.at
  FROM inventory_stockmove m JOIN inventory_location l ON l.id = m.to_location_id AND l.kind <> ALL(%(outside)s)
UNION ALL
SELECT m.item_id, m.lot_id, m.from_location_id, m.id, -m.quantity, NULL
  FROM inventory_stockmove m JOIN inventory_location l ON l.id = m.from_location_id AND l.kind <> ALL(%(outside)s)
"""
# An empty place and one without a row are the same.
BALANCES = f"""
SELECT item_id, location_id, coalesce(lot_id, 0) AS lot, sum(quantity) AS quantity, sum(reserved) AS reserved
  FROM (SELECT item_id, location_id, lot_id, quantity, 0 AS reserved FROM ({LEGS}) legs
        UNION ALL
        SELECT item_id, location_id, lot_id, 0, quantity FROM inventory_reservation WHERE status = %(active)s) parts
 GROUP BY 1, 2, 3 HAVING sum(quantity) <> 0 OR sum(reserved) <> 0
"""  # noqa: S608 - composed of this room's own constants
VALUES = """
SELECT site_id, item_id, sum(quantity) AS quantity, sum(value) AS value FROM inventory_valueentry GROUP BY 1, 2
"""
_WRONG_BALANCES = """
SELECT item_id, location_id, lot, coalesce(stored.quantity, 0) AS had_quantity, coalesce(facts.quantity, 0) AS quantity,
       coalesce(stored.reserved, 0) AS had_reserved, coalesce(facts.reserved, 0) AS reserved
  FROM ({facts}) facts
  FULL JOIN (SELECT item_id, location_id, coalesce(lot_id, 0) AS lot, quantity, reserved FROM inventory_stockbalance)
       stored USING (item_id, location_id, lot)
 WHERE coalesce(stored.quantity, 0) <> coalesce(facts.quantity, 0)
    OR coalesce(stored.reserved, 0) <> coalesce(facts.reserved, 0)
"""
_WRONG_VALUES = f"""
SELECT site_id, item_id, coalesce(stored.quantity, 0) AS had_quantity, coalesce(facts.quantity, 0) AS quantity,
       coalesce(stored.value, 0) AS had_value, coalesce(facts.value, 0) AS value
  FROM ({VALUES}) facts FULL JOIN inventory_stockvalue stored USING (site_id, item_id)
 WHERE coalesce(stored.quantity, 0) <> coalesce(facts.quantity, 0)
    OR coalesce(stored.value, 0) <> coalesce(facts.value, 0)
"""  # noqa: S608 - composed of this room's own constants
# A move that crossed the edge of a site's stock and was never valued, or the other way round.
_UNVALUED = f"""
SELECT site_id, item_id, coalesce(valued.quantity, 0) AS had_quantity, coalesce(lies.quantity, 0) AS quantity
  FROM (SELECT l.site_id, item_id, sum(quantity) AS quantity FROM ({LEGS}) legs
          JOIN inventory_location l ON l.id = legs.location_id GROUP BY 1, 2) lies
  FULL JOIN ({VALUES}) valued USING (site_id, item_id)
 WHERE coalesce(valued.quantity, 0) <> coalesce(lies.quantity, 0)
"""  # noqa: S608 - composed of this room's own constants
# Of an item or a place that an undo took away only the balance is left, until it is made anew.
_NAMED_BALANCE = """
SELECT count(*) OVER (), coalesce(i.number, '–'), coalesce(l.code, '–'), coalesce(t.number, ''), had_quantity,
       w.quantity, had_reserved, w.reserved
  FROM ({wrong}) w
  LEFT JOIN inventory_item i ON i.id = w.item_id LEFT JOIN inventory_location l ON l.id = w.location_id
  LEFT JOIN inventory_lot t ON t.id = w.lot ORDER BY 2, 3, 4 LIMIT {shown}
"""
_NAMED_VALUE = """
SELECT count(*) OVER (), coalesce(i.number, '–'), s.code, {columns}
  FROM ({wrong}) w LEFT JOIN inventory_item i ON i.id = w.item_id JOIN factory_core_site s ON s.id = w.site_id
 ORDER BY 2, 3 LIMIT {shown}
"""
_ENTRIES = """
SELECT e.site_id, e.item_id, e.id, e.quantity, e.value, e.valuation = %(fifo)s, c.id
  FROM inventory_valueentry e JOIN inventory_stockmove m ON m.id = e.move_id
  LEFT JOIN inventory_valueentry c ON c.move_id = m.corrects_id AND c.site_id = e.site_id
 WHERE (e.site_id, e.item_id) IN (SELECT site_id, item_id FROM inventory_valueentry WHERE valuation = %(fifo)s)
 ORDER BY e.site_id, e.item_id, e.id
"""


@dataclass(frozen=True)
class Difference:
    """Something stored is not what its facts say. `what`: quantity, reserved, value, valued quantity or cost layer."""

    what: str
    about: str
    stored: Decimal
    facts: Decimal

    def __str__(self) -> str:
        return f"{self.about}: {self.what} is {_told(self.stored)}, by its facts {_told(self.facts)}"


@dataclass(frozen=True)
class Differences:
    """How many rows differ, and the first of them."""

    count: int = 0
    first: tuple[Difference, ...] = ()

    def __add__(self, other: "Differences") -> "Differences":
        return Differences(self.count + other.count, self.first + other.first)


def balance_differences(facts: str = BALANCES) -> Differences:
    """Balances against all moves and active reservations, or against those somebody added up already."""
    rows = _asked(_NAMED_BALANCE.format(wrong=_WRONG_BALANCES.format(facts=facts), shown=SHOWN))
    found = []
    for _count, item, place, lot, had, quantity, had_reserved, reserved in rows:
        about = " · ".join(part for part in (item, lot, place) if part)
        found.append(Difference("quantity", about, had, quantity))
        found.append(Difference("reserved", about, had_reserved, reserved))
    return _summed(rows, found)


def value_differences() -> Differences:
    """Values against their entries, entries against moves, and the layers of first in, first out."""
    columns = "had_quantity, w.quantity, had_value, w.value"
    values = _asked(_NAMED_VALUE.format(columns=columns, wrong=_WRONG_VALUES, shown=SHOWN))
    found = []
    for _count, item, site, had, quantity, had_value, value in values:
        found.append(Difference("quantity valued", f"{item} · {site}", had, quantity))
        found.append(Difference("value", f"{item} · {site}", had_value, value))
    columns = "had_quantity, w.quantity"
    unvalued = _asked(_NAMED_VALUE.format(columns=columns, wrong=_UNVALUED, shown=SHOWN))
    lacking = [
        Difference("quantity of entries", f"{item} · {site}", had, quantity)
        for _count, item, site, had, quantity in unvalued
    ]
    return _summed(values, found) + _summed(unvalued, lacking) + layer_differences()


def layer_differences() -> Differences:
    """The stored layers against those folded from the entries."""
    stored = {
        layer.entry_id: (layer.quantity, layer.unit_cost)
        for layer in CostLayer.objects.filter(quantity__gt=0).iterator(5000)
    }
    count, first = 0, []
    for _site, _item, layers in folded_layers():
        for layer in layers:
            had, _cost = stored.pop(layer.key, (Decimal(0), None))
            if had != layer.quantity or _cost != layer.unit_cost:
                count += 1
                first.append(Difference("cost layer", f"entry {layer.key}", had, layer.quantity))
    first += [Difference("cost layer", f"entry {key}", had, Decimal(0)) for key, (had, _cost) in stored.items()]
    return Differences(count + len(stored), tuple(first[:SHOWN]))


def folded_layers() -> Iterator[tuple[int, int, list[Layer]]]:
    """Site, item and the layers left of it, for each that was ever valued first in, first out."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_ENTRIES, WORDS)
        for (site, item), entries in groupby(_streamed(cursor), key=lambda row: row[:2]):
            book = Book()
            for _s, _i, key, quantity, value, layered, takes_back in entries:
                book.enter(key, quantity, value, layered=layered, takes_back=takes_back)
            yield site, item, list(book.layers.values())


def _streamed(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(5000):
        yield from rows


def _asked(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, WORDS)
        return list(cursor.fetchall())


def _summed(rows: list[tuple[Any, ...]], found: Iterable[Difference]) -> Differences:
    wrong = tuple(one for one in found if one.stored != one.facts)
    return Differences(rows[0][0] if rows else 0, wrong)


def _told(number: Decimal) -> str:
    return f"{number.normalize():f}"
