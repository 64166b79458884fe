"""A joinery: tables out of four legs and a top, tops out of boards of which some are lost."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.replenishment.models import ReplenishmentRule
from inventory.sales.models import SalesLine
from inventory.sales.services import LineWish
from production.planning.models import PlanningRun
from production.planning.queries.listing import latest_run
from production.planning.queries.proposals import Proposal, Proposals, Wish
from production.planning.services import run_plan
from production.products.models import WorkCentre
from tests.world.books import Books
from tests.world.clock import Clock
from tests.world.inventory import a_partner, a_supplier_item, an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.products import a_bom, a_bom_line, a_routing, a_work_centre
from tests.world.selling import a_customer, a_sales_order

# The clock of the tests stands on a Friday.
TODAY = date(2026, 11, 20)


@dataclass
class Joinery:
    """Its items, its supplier of legs (ten days, packs of 10) and boards, its books and its people."""

    plant: Plant
    cast: Cast
    clock: Clock
    books: Books
    centre: WorkCentre
    table: Item
    leg: Item
    top: Item
    board: Item
    supplier: Partner
    customer: Partner

    def sell(self, quantity: str, days: int, item: Item | None = None) -> SalesLine:
        """A confirmed order of tables, promised in so many days."""
        on = TODAY + timedelta(days=days)
        wish = LineWish(item or self.table, Decimal(quantity), wanted_on=on)
        order = a_sales_order(self.cast.sales, self.customer, self.plant.site, wish)
        return SalesLine.objects.get(order=order)

    def plan(self, actor: User | None = None, weeks: int = 12) -> PlanningRun:
        """Plan from today on."""
        actor = actor or self.cast.planner
        with acting(actor, channel="test"):
            return run_plan(actor=actor, site=self.plant.site, starts_on=TODAY, weeks=weeks, at=self.clock())

    def rule(self, item: Item, **more: Any) -> ReplenishmentRule:
        """How an item is kept in stock."""
        with acting(self.books.actor, channel="test"):
            return ReplenishmentRule.objects.create(item=item, site=self.plant.site, **more)

    def proposals(self) -> list[tuple[str, str, str, int, int]]:
        """Item, kind, quantity, and the days from today of release and due, in the order of release."""
        return [
            (
                row.item.number, row.kind, f"{row.quantity.normalize():f}", (row.release_on - TODAY).days,
                (row.due_on - TODAY).days,
            )
            for row in sorted(self.planned(), key=lambda one: (one.release_on, one.item.number))
        ]  # fmt: skip

    def planned(self, **wish: Any) -> list[Proposal]:
        """What the latest plan proposes, in the order of release."""
        run = latest_run(self.plant.site)
        return Proposals([run] if run else [], Wish(**wish))[:]

    def proposal(self, item: str) -> Proposal:
        """The only proposal of an item."""
        (found,) = [one for one in self.planned() if one.item.number == item]
        return found


@pytest.fixture
def joinery(plant: Plant, cast: Cast, clock: Clock) -> Joinery:
    """A plant that makes tables; nothing is in stock."""
    made: dict[str, Any] = {"is_bought": False}
    bought: dict[str, Any] = {"is_made": False}
    table, top = an_item("TABLE", **made), an_item("TOP", **made)
    leg, board = an_item("LEG", **bought), an_item("BOARD", **bought)
    a_bom(table, {leg: "4", top: "1"})
    a_bom_line(a_bom(top), board, "2", loss_percent=Decimal(5))
    centre = a_work_centre(plant.line_a, "BENCH")
    a_routing(table, centre, ("600", "300"), lead_time_days=2)
    a_routing(top, centre, ("900",), lead_time_days=3)
    supplier = a_partner("WOOD", supplier=True)
    a_supplier_item(leg, supplier, lead_time_days=10, multiple=Decimal(10), is_preferred=True)
    a_supplier_item(board, supplier, lead_time_days=5)
    return Joinery(
        plant, cast, clock, Books(plant, clock), centre, table, leg, top, board, supplier, a_customer("INN"),
    )  # fmt: skip
