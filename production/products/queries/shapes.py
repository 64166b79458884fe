"""What questions about products answer with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple, TypeVar

from inventory.items.models import Item
from production.products.models import Bom, BomAlternate, BomLine, Routing

Row = TypeVar("Row", bound=tuple[Any, ...])


def quick(kind: type[Row], values: Iterable[Iterable[Any]]) -> list[Row]:
    """Many named tuples of one kind, in half the time that calling it for each takes."""
    return list(map(partial(tuple.__new__, kind), values))


class ItemFacts(NamedTuple):
    """What a list says of an item."""

    id: int
    number: str
    name: str
    unit: str


class Stand(NamedTuple):
    """What may be used instead of a component: `factor` base units of it for one."""

    item: ItemFacts
    factor: Decimal
    priority: int


class ExplodedRow(NamedTuple):
    """So much of an item is needed at a level, in its base unit, loss included."""

    level: int
    item: ItemFacts
    quantity: Decimal
    has_bom: bool
    alternates: tuple[Stand, ...]


class Beside(NamedTuple):
    """What comes out beside the item itself: a co-product or a by-product, in its base unit."""

    item: ItemFacts
    kind: str
    quantity: Decimal
    cost_share: Decimal


@dataclass(frozen=True)
class Explosion:
    """What a quantity of an item needs, level by level; an item that is needed at two levels has two rows."""

    item: Item
    quantity: Decimal
    bom: Bom | None
    rows: list[ExplodedRow]
    beside: list[Beside]

    @property
    def depth(self) -> int:
        """How many levels there are below the item."""
        return self.rows[-1].level if self.rows else 0

    def totals(self) -> dict[int, Decimal]:
        """How much of each item is needed over all levels, by the item's id."""
        sums: dict[int, Decimal] = {}
        for row in self.rows:
            sums[row.item.id] = sums.get(row.item.id, Decimal(0)) + row.quantity
        return sums

    def leaves(self) -> dict[int, Decimal]:
        """How much is needed of each item that is not made of others, by the item's id."""
        sums: dict[int, Decimal] = {}
        for row in self.rows:
            if not row.has_bom:
                sums[row.item.id] = sums.get(row.item.id, Decimal(0)) + row.quantity
        return sums


@dataclass(frozen=True)
class Need:
    """What an order uses (or yields beside its item), in the item's base unit.

    `each`: for one base unit of the order without loss; of a fixed line for the whole order. `quantity`: for the whole
    order, loss included. `bom_line` names the item; `alternates` may replace it, the first one first. The operation is
    that of the line in the order's own bill of materials, also for what a phantom stands for; None is the first.
    """

    item: Item
    each: Decimal
    quantity: Decimal
    is_fixed: bool
    loss_percent: Decimal
    issue: str
    operation_number: int | None
    kind: str
    cost_share: Decimal
    designators: str
    bom_line: BomLine
    alternates: tuple[BomAlternate, ...]


@dataclass(frozen=True)
class Step:
    """One operation of a routing, ready to be frozen into an order; times in seconds, losses in percent.

    `instructions`: [{position, text, picture (SHA-256 or ""), media_type, must_confirm}]. `checks`: [{position, name,
    kind, unit, lower, upper, choices, when, every, is_required}]; limits are decimals as text or None.
    """

    number: int
    name: str
    work_centre_id: int
    machine_id: int | None
    setup_s: Decimal
    run_s: Decimal
    setup_crew: Decimal
    run_crew: Decimal
    loss_percent: Decimal
    wait_s: Decimal
    count_by: str
    time_rule: str
    instructions: list[dict[str, Any]]
    checks: list[dict[str, Any]]


class Used(NamedTuple):
    """That a bill of materials uses an item: directly (`level` 1, with line and quantity) or by what it uses."""

    level: int
    item: ItemFacts
    bom_id: int
    bom_code: str
    status: str
    is_phantom: bool
    quantity: Decimal | None
    unit: str
    for_quantity: Decimal
    as_alternate: bool


class Uses(NamedTuple):
    """The first of the bills of materials that use an item, the nearest first, and how many there are."""

    rows: list[Used]
    found: int


@dataclass(frozen=True)
class Compared:
    """Two versions of a bill of materials or a routing, side by side."""

    before: Bom | Routing
    after: Bom | Routing
    head: dict[str, tuple[Any, Any]]
    added: list[Mapping[str, Any]]
    removed: list[Mapping[str, Any]]
    changed: list[Any]
