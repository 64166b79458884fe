"""How items are made on a day, as the roll-up reckons with it: read level by level, many items with few questions."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from production.costing.queries.energy import energy_each
from production.costing.queries.rates import energy_prices, prices_of, rates_on
from production.costing.rules.rollup import Design, Need, RollUp, Step
from production.products.models import Bom, Routing, RoutingOperation, WorkCentre
from production.products.queries import in_force, needs_of_lots
from production.products.rules.collecting import collector_paused
from production.products.states import DesignStatus, LineKind

# So many items are read at once: the memory that takes stays small however wide a level is.
AT_ONCE = 5_000
_STEP = (
    "routing__item_id", "number", "name", "work_centre_id", "setup_s", "run_s", "setup_crew", "run_crew",
    "loss_percent",
)  # fmt: skip

Version = TypeVar("Version", Bom, Routing)


@dataclass
class Book:
    """What a roll-up for a day needs to know: how what is made is made, and what the rest costs; all by item id.

    `made`: the ids of the bill of materials and the routing that are in force.
    """

    on: date
    designs: dict[int, Design] = field(default_factory=dict)
    made: dict[int, tuple[int | None, int | None]] = field(default_factory=dict)
    prices: Mapping[int, Decimal] = field(default_factory=dict)

    def rollup(self) -> RollUp:
        """The roll-up that reads from here."""
        return RollUp(self.designs.get, self.prices.get)


@collector_paused()
def book_of(items: Mapping[int, str], on: date, lots: Mapping[int, Decimal] | None = None) -> Book:
    """Everything that items (numbers by id) and all below them are made of, by designs and prices of a day.

    `lots`: lot sizes by item id; without one the quantity of the bill of materials is the lot.
    """
    book, reader = Book(on), _Reader(on, lots or {})
    waiting, numbers = list(items), dict(items)
    while waiting:
        some, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
        for key, found in reader.read(some).items():
            book.made[key], needs = found.made, found.needs
            book.designs[key] = Design(numbers[key], found.lot, tuple(needs), tuple(found.steps))
            new = {one.item: one.label for one in needs if one.item not in numbers}
            waiting += new
            numbers |= new
    book.prices = prices_of([key for key in numbers if key not in book.made], on)
    return book


@dataclass(frozen=True)
class _Made:
    made: tuple[int | None, int | None]
    lot: Decimal
    needs: list[Need]
    steps: list[Step]


class _Reader:
    def __init__(self, on: date, lots: Mapping[int, Decimal]) -> None:
        self.on, self.lots = on, lots
        self.rates, self.energy_prices = rates_on(on), energy_prices(on)
        rows = WorkCentre.objects.values_list("pk", "name", "line__area__site_id")
        self.centres = {key: (name, site) for key, name, site in rows}

    def read(self, items: list[int]) -> dict[int, _Made]:
        """Those of some items that are made; the number of questions is the same for one and for thousands."""
        boms, routings = self._in_force(Bom, items, "quantity"), self._in_force(Routing, items)
        lots = {key: self.lots.get(key) or bom.quantity for key, bom in boms.items()}
        needs = needs_of_lots({key: (bom, lots[key]) for key, bom in boms.items()}, self.on)
        steps = self._steps(routings.values())
        return {
            key: _Made(
                (boms[key].pk if key in boms else None, routings[key].pk if key in routings else None),
                lots.get(key) or self.lots.get(key) or Decimal(1),
                [
                    Need(one.item, one.number, one.unit, one.quantity, LineKind(one.kind), one.cost_share)
                    for one in needs.get(key, ())
                ],
                steps.get(key, []),
            )
            for key in items
            if key in boms or key in routings
        }

    def _in_force(self, kind: type[Version], items: list[int], *names: str) -> dict[int, Version]:
        rows = kind._default_manager.filter(in_force(self.on), item__among=items, status=DesignStatus.RELEASED)
        return {row.item_id: row for row in rows.only("item", *names)}

    def _steps(self, routings: Iterable[Routing]) -> dict[int, list[Step]]:
        found: dict[int, list[Step]] = defaultdict(list)
        of = {one.pk: one.item_id for one in routings}
        rows: Any = RoutingOperation.objects.filter(routing__among=of).order_by("routing", "number")
        measured = energy_each(of.values(), self.on)
        for item, number, name, centre, setup_s, run_s, setup_crew, run_crew, loss in rows.values_list(*_STEP):
            place, site = self.centres[centre]
            found[item].append(Step(
                f"{number} {name}", place, setup_s, run_s, setup_crew, run_crew, loss, self.rates.get(centre),
                measured.get((item, centre)), self.energy_prices.get(site),
            ))  # fmt: skip
        return found
