"""Builders of orders with steps: an item with a routing and material, planned and released."""

from decimal import Decimal
from typing import NamedTuple

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Machine
from inventory.items.models import Item
from production.orders.models import LossReason, OrderOperation, ProductionOrder
from production.orders.services import plan_item, release_order
from production.products.models import WorkCentre, WorkCentreMachine
from tests.world.inventory import an_item
from tests.world.plant import Plant
from tests.world.production import minute
from tests.world.products import a_bom, a_routing, a_work_centre


class Made(NamedTuple):
    """An item that is made in two steps, at the press and at a bench, of two screws and a plate."""

    item: Item
    screw: Item
    plate: Item
    presses: WorkCentre
    bench: WorkCentre


def a_centre_of(machine: Machine, *more: Machine) -> WorkCentre:
    """The work centre of a machine, made the first time somebody asks, with these others in it."""
    place = WorkCentreMachine.objects.filter(machine=machine).select_related("work_centre").first()
    if place is not None:
        return place.work_centre
    centre = a_work_centre(machine.line)
    with acting(service_user("plant"), channel="test"):
        for one in (machine, *more):
            WorkCentreMachine.objects.create(work_centre=centre, machine=one)
    return centre


def a_made_item(plant: Plant, *, losses: tuple[str, str] = ("0", "0"), number: str = "") -> Made:
    """Released bill of materials (2 screws with 5 % loss, 1 plate) and routing (30 s at the press, 12 s at a bench)."""
    item, screw, plate = an_item(number), an_item(), an_item()
    bom = a_bom(item, {screw: "2", plate: "1"})
    presses, bench = a_centre_of(plant.press), a_work_centre(plant.line_a)
    routing = a_routing(item, presses, ("30", "12"))
    with acting(service_user("plant"), channel="test"):
        bom.lines.filter(item=screw).update(loss_percent=Decimal(5))
        routing.operations.filter(number=10).update(loss_percent=Decimal(losses[0]))
        routing.operations.filter(number=20).update(loss_percent=Decimal(losses[1]), work_centre=bench)
    return Made(item, screw, plate, presses, bench)


def an_item_order(
    actor: User, made: Made, plant: Plant, quantity: str = "100", *, release: bool = True, **more: object
) -> ProductionOrder:
    """An order of the item, released unless said otherwise."""
    wish: dict = {"due_at": minute(3 * 24 * 60), "start_at": minute(0), **more}
    with acting(actor, channel="test"):
        order = plan_item(
            actor=actor, item=made.item, quantity=Decimal(quantity), line=plant.line_a, at=minute(0), **wish
        )
        return release_order(actor=actor, order_id=order.pk, at=minute(0)) if release else order


def steps(order: ProductionOrder) -> list[OrderOperation]:
    """The steps of an order in order."""
    return list(OrderOperation.objects.filter(order=order).order_by("number"))


def a_loss_reason(code: str = "scratch", **more: object) -> LossReason:
    """A reason of scrap and rework."""
    with acting(service_user("plant"), channel="test"):
        return LossReason.objects.create(code=code, name=code.capitalize(), **more)
