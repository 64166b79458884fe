"""How items are made on a day, as the roll-up reckons with it."""

from datetime import date
from decimal import Decimal

from inventory.items.models import Item
from production.costing.queries.rates import price_of, rates_on
from production.costing.rules.rollup import Design, Need, RollUp, Step
from production.products.models import Bom, Routing, WorkCentre
from production.products.queries import Step as RoutingStep
from production.products.queries import bom_on, lines_of_order, routing_on, steps_of
from production.products.states import LineKind


class Reader:
    """Reads designs and prices of a day as a roll-up asks for them, each once.

    `lots`: lot sizes by item id; without one the quantity of the bill of materials is the lot.
    """

    def __init__(self, on: date, lots: dict[int, Decimal] | None = None) -> None:
        self.on, self.lots = on, lots or {}
        self.rates = rates_on(on)
        self.names = dict(WorkCentre.objects.values_list("pk", "name"))
        self.items: dict[int, Item] = {}
        self.made: dict[int, tuple[Bom | None, Routing | None, Design]] = {}

    def rollup(self) -> RollUp:
        """The roll-up that reads from here."""
        return RollUp(self.design_of, self.price_of)

    def item(self, key: int) -> Item:
        """An item, read once."""
        if key not in self.items:
            self.items[key] = Item.objects.select_related("unit").get(pk=key)
        return self.items[key]

    def price_of(self, key: int) -> Decimal | None:
        """What a bought item costs."""
        return price_of(self.item(key), self.on)

    def design_of(self, key: int) -> Design | None:
        """How an item is made on that day; None: it is bought."""
        item = self.item(key)
        bom, routing = bom_on(item, self.on), routing_on(item, self.on)
        if bom is None and routing is None:
            return None
        lot = self.lots.get(key) or (bom.quantity if bom else Decimal(1))
        needs = lines_of_order(item, lot, self.on)
        for need in needs:
            self.items.setdefault(need.item.pk, need.item)
        design = Design(
            item.number,
            lot,
            tuple(
                Need(need.item.pk, need.item.number, need.item.unit.code, need.quantity, LineKind(need.kind),
                     need.cost_share)
                for need in needs
            ),
            tuple(self._step(one) for one in steps_of(routing)) if routing else (),
        )  # fmt: skip
        self.made[key] = (bom, routing, design)
        return design

    def _step(self, one: RoutingStep) -> Step:
        return Step(
            f"{one.number} {one.name}", self.names.get(one.work_centre_id, ""), one.setup_s, one.run_s, one.setup_crew,
            one.run_crew, one.loss_percent, self.rates.get(one.work_centre_id),
        )  # fmt: skip
