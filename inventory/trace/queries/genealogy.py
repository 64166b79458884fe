"""The genealogy of a lot, both ways: all lots, all uses, one question a direction."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal, NamedTuple

from django.db import connection

from inventory.lots.models import Lot
from inventory.trace.rules import Direction, Step, Use, levels, reached, told

# UNION keeps each lot once, so a circle ends by itself and a lot met on many ways costs no more than on one. Lots
# reached only by uses that were taken back are sorted out afterwards: summing on the way would cost four times as much.
_REACHED = """
WITH RECURSIVE reached(id) AS (
  SELECT %(lot)s::bigint UNION SELECT use.{far} FROM reached JOIN inventory_lotuse use ON use.{near} = reached.id
)
SELECT json_agg(json_build_array(input_id, output_id, quantity::text, last_ms)) FROM (
  SELECT use.input_id, use.output_id, sum(use.quantity) AS quantity,
         (extract(epoch FROM max(use.at)) * 1000)::bigint AS last_ms
  FROM reached JOIN inventory_lotuse use ON use.{near} = reached.id
  GROUP BY use.input_id, use.output_id HAVING sum(use.quantity) <> 0
) uses
"""
_SQL = {
    Direction.UP: _REACHED.format(near="output_id", far="input_id"),
    Direction.DOWN: _REACHED.format(near="input_id", far="output_id"),
}
# Ten thousand lots as records with their items would take longer than finding them.
_LOTS = """
SELECT lot.id, lot.number, item.id, item.number, item.name, unit.code, lot.status, lot.status_reason,
       coalesce(partner.name, ''), lot.supplier_lot, lot.made_on, lot.expires_on
FROM inventory_lot lot
JOIN inventory_item item ON item.id = lot.item_id
JOIN inventory_unit unit ON unit.id = item.unit_id
LEFT JOIN factory_core_partner partner ON partner.id = lot.supplier_id
WHERE lot.id = ANY(%s)
"""


class Known(NamedTuple):
    """What is told of a lot."""

    id: int
    number: str
    item_id: int
    item_number: str
    item_name: str
    unit: str
    status: str
    status_reason: str
    supplier: str
    supplier_lot: str
    made_on: date | None
    expires_on: date | None


@dataclass(frozen=True)
class Branch:
    """One direction: every lot reached, every use between them."""

    direction: Direction
    seed: int
    uses: list[Use]
    lots: dict[int, Known]

    @cached_property
    def levels(self) -> dict[int, int]:
        """The least number of steps to each lot; the lot asked about is 0."""
        return levels(self.seed, self.uses, self.direction)

    @property
    def depth(self) -> int:
        """How many steps away the farthest lot is."""
        return max(self.levels.values())

    @property
    def lots_reached(self) -> set[int]:
        """All lots but the one asked about."""
        return self.levels.keys() - {self.seed}

    def steps(self) -> Iterator[Step]:
        """Every use as an indented tree."""
        return told(self.seed, self.uses, self.direction, self._names.__getitem__)

    def others(self) -> list[int]:
        """All lots but the one asked about, near ones first."""
        return sorted(self.lots_reached, key=lambda lot: (self.levels[lot], self._names[lot]))

    @cached_property
    def _names(self) -> dict[int, tuple[str, str]]:
        return {key: (lot.item_number, lot.number) for key, lot in self.lots.items()}


@dataclass(frozen=True)
class Trace:
    """A lot and its genealogy; a direction not asked for is None."""

    lot: Known
    up: Branch | None
    down: Branch | None


def trace(lot: Lot, direction: Literal["up", "down", "both"] = "both") -> Trace:
    """Everything a lot was made of and everything made of it, however many steps away.

    All lots consumed are in it, and a use that was taken back whole is not.
    """
    wanted = [one for one in Direction if direction in (one.value, "both")]
    uses = {one: reached(lot.pk, _uses(one, lot.pk), one) for one in wanted}
    ids = {lot.pk}.union(*({key for use in rows for key in (use.input_id, use.output_id)} for rows in uses.values()))
    lots = lots_known(ids)
    branches = {one: Branch(one, lot.pk, rows, lots) for one, rows in uses.items()}
    return Trace(lots[lot.pk], branches.get(Direction.UP), branches.get(Direction.DOWN))


def lots_known(ids: Iterable[int]) -> dict[int, Known]:
    """What is told of some lots, by id."""
    with connection.cursor() as cursor:
        cursor.execute(_LOTS, [list(ids)])
        return {row[0]: Known(*row) for row in cursor.fetchall()}


def _uses(direction: Direction, lot_id: int) -> list[Use]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL[direction], {"lot": lot_id})
        # One value instead of ten thousand rows: reading those one by one takes four times as long as finding them.
        (rows,) = cursor.fetchone()
    return [Use(used, made, Decimal(quantity), last_ms) for used, made, quantity, last_ms in rows or []]
