"""Builders of work: orders with steps and material, a store around the line, time."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.crypto import get_random_string

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Line, Machine
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.stock.models import Location, StockBalance, StockMove
from inventory.stock.services import acts
from production.labour.models import PauseReason
from production.orders.models import CountEntry, OrderMaterial, OrderOperation, ProductionOrder
from production.products.models import WorkCentre
from tests.world.inventory import a_location
from tests.world.plant import Plant
from tests.world.production import minute


def made(model: type, **fields: Any) -> Any:
    """A record, made by the plant itself."""
    with acting(service_user("plant"), channel="test"):
        return model.objects.create(**fields)


def a_centre(line: Line, *, supply: Location | None = None, output: Location | None = None) -> WorkCentre:
    """A bench with its places of stock."""
    return made(WorkCentre, code=get_random_string(8), name="Bench", line=line, supply=supply, output=output)


def an_item_order(
    item: Item | None,
    line: Line,
    *,
    quantity: str = "100",
    status: str = "RUNNING",
    machine: Machine | None = None,
    **more: Any,
) -> ProductionOrder:
    """An order of an item as it stands after its release."""
    number = get_random_string(8, "ABCDEFGHIJ")
    return made(
        ProductionOrder, number=f"PO-{number}", line=line, machine=machine, item=item, quantity=Decimal(quantity),
        item_text=item.name if item else "Sample", ideal_cycle_s=Decimal(30), status=status, **more,
    )  # fmt: skip


def a_step(order: ProductionOrder, number: int = 10, *, status: str = "RUNNING", **more: Any) -> OrderOperation:
    """A step of an order, counted by people."""
    wish = {"name": f"Step {number}", "count_by": "PERSON", "machine": order.machine, "run_s": Decimal(30), **more}
    return made(OrderOperation, order=order, number=number, quantity=order.quantity, status=status, **wish)


def a_need(order: ProductionOrder, item: Item, each: str = "1", *, issue: str = "STEP", **more: Any) -> OrderMaterial:
    """So much of an item for one piece of an order."""
    loss, fixed = Decimal(more.get("loss_percent", 0)), more.get("is_fixed", False)
    whole = Decimal(each) * (1 + loss / 100) * (1 if fixed else order.quantity)
    wish = {"quantity": whole, "position": order.materials.count() * 10 + 10, **more}
    return made(OrderMaterial, order=order, item=item, each=Decimal(each), issue=issue, **wish)


def counted(step: OrderOperation, actor: User, good: str = "0", scrap: str = "0", at: datetime | None = None) -> None:
    """Pieces reported at a step."""
    for kind, quantity in (("good", Decimal(good)), ("scrap", Decimal(scrap))):
        if quantity:
            made(
                CountEntry, machine=step.machine, order=step.order, operation=step, kind=kind, quantity=quantity,
                at=at or minute(30), by=actor, key=get_random_string(12),
            )  # fmt: skip


def a_pause_reason(code: str = "break", name: str = "Break") -> PauseReason:
    """Why work is interrupted."""
    return made(PauseReason, code=code, name=name)


class Works:
    """A line with its own little store: `shelf` at the line inside `store`, `dock` for finished goods."""

    def __init__(self, plant: Plant, people: Any) -> None:
        self.plant, self.people = plant, people
        self.store = a_location(plant.site, kind="STORE")
        self.shelf = a_location(plant.site, parent=self.store)
        self.far = a_location(plant.site, kind="STORE")
        self.dock = a_location(plant.site)
        self.centre = a_centre(plant.line_a, supply=self.shelf, output=self.dock)

    def order(self, item: Item | None, **more: Any) -> tuple[ProductionOrder, OrderOperation]:
        """An order with one step at the bench."""
        order = an_item_order(item, self.plant.line_a, **more)
        return order, a_step(order, work_centre=self.centre)

    def stocked(
        self, item: Item, quantity: str, place: Location | None = None, *, lot: Lot | None = None, cost: str = "2",
        at: datetime | None = None,
    ) -> StockMove:  # fmt: skip
        """So much of an item lies there (on the shelf)."""
        actor = self.people.storekeeper
        with acting(actor, channel="test"):
            return acts.receive(
                actor=actor, item=item, quantity=Decimal(quantity), to_location=place or self.shelf, lot=lot,
                at=at or minute(0), unit_cost=Decimal(cost),
            )  # fmt: skip

    def do(self, act: Any, *, actor: User | None = None, **wish: Any) -> Any:
        """Let somebody (the operator) act at minute 60."""
        actor = actor or self.people.operator
        if "quantity" in wish:
            wish["quantity"] = Decimal(wish["quantity"])
        with acting(actor, channel="test"):
            return act(actor=actor, **{"at": minute(60), **wish})

    def lies(self, item: Item, place: Location | None = None) -> Decimal:
        """How much of an item lies on the shelf, or elsewhere."""
        rows = StockBalance.objects.filter(item=item, location=place or self.shelf)
        return sum(rows.values_list("quantity", flat=True), Decimal(0))
