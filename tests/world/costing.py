"""Builders of costing: rates, standard costs, and an order that was worked on."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Site
from factory_core.sources import SourceRef
from inventory.items.models import Item, ItemCost
from inventory.stock.services.ledger import post
from production.costing.models import LabourRate, Rate
from production.labour.models import TimeEntry
from production.orders.models import CountEntry, OrderMaterial, OrderOperation, OrderRun, ProductionOrder
from production.products.models import WorkCentre
from tests.world.books import Books

D = Decimal
START = date(2026, 1, 1)
AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def a_rate(centre: WorkCentre, machine: str = "36", labour: str = "30", overhead: str = "12", **more: object) -> Rate:
    """What an hour costs at a work centre since January."""
    wish = {"valid_from": START, "currency": "EUR", **more}
    with acting(service_user("plant"), channel="test"):
        return Rate.objects.create(
            work_centre=centre, machine_hour=D(machine), labour_hour=D(labour), overhead_hour=D(overhead), **wish
        )


def a_labour_rate(site: Site, hour: str, username: str = "", on: date = START) -> LabourRate:
    """What an hour of somebody, or of everybody, really costs."""
    with acting(service_user("plant"), channel="test"):
        return LabourRate.objects.create(site=site, username=username, hour=D(hour), valid_from=on, currency="EUR")


def a_cost(item: Item, cost: str, on: date = START) -> ItemCost:
    """A standard cost since January."""
    with acting(service_user("plant"), channel="test"):
        return ItemCost.objects.create(item=item, cost=D(cost), valid_from=on, currency="EUR")


def a_costed_order(centre: WorkCentre, number: str = "PO-1", quantity: str = "100", **step: object) -> ProductionOrder:
    """A released order with one step of 36 s a piece and 30 minutes of set-up, one person each."""
    from production.products.models import WorkCentreMachine

    place = WorkCentreMachine.objects.filter(work_centre=centre).select_related("machine").first()
    machine = place.machine if place else None
    wish = {"setup_s": D(1800), "run_s": D(36), **step}
    with acting(service_user("plant"), channel="test"):
        order = ProductionOrder.objects.create(
            number=number, line=centre.line, machine=machine, item_text="Pump", quantity=D(quantity),
            ideal_cycle_s=D(36), status="RELEASED", released_at=AT - timedelta(days=1),
        )  # fmt: skip
        OrderOperation.objects.create(
            order=order, number=10, name="Make", work_centre=centre, machine=machine, quantity=D(quantity),
            count_by="PERSON", **wish,
        )  # fmt: skip
    return order


def uses(order: ProductionOrder, item: Item, each: str, books: Books, taken: str, **more: object) -> OrderMaterial:
    """The order needs so much of an item for each piece, and so much was taken from stock."""
    with acting(service_user("plant"), channel="test"):
        row = OrderMaterial.objects.create(
            order=order, position=10 * (order.materials.count() + 1), item=item, each=D(each),
            quantity=D(each) * order.quantity, **more,
        )  # fmt: skip
        post(
            actor=service_user("plant"), kind="ISSUE", item=item, quantity=D(taken), from_location=books.here,
            to_location=books.production, at=AT, source=SourceRef.of(row),
        )  # fmt: skip
    return row


def worked(order: ProductionOrder, person: User, hours: float, *, good: str, scrap: str = "", by: User) -> None:
    """A person and the machine worked so long on the order's step until now, and so many came out."""
    step, begun = order.operations.get(), AT - timedelta(hours=hours)
    with acting(service_user("plant"), channel="test"):
        OrderOperation.objects.filter(pk=step.pk).update(started_at=begun)
        TimeEntry.objects.create(
            order=order, operation=step, person=person, machine=step.machine, started_at=begun, ended_at=AT,
            ended_by="DONE",
        )  # fmt: skip
        if step.machine:
            OrderRun.objects.create(order=order, operation=step, machine=step.machine, started_at=begun, ended_at=AT)
            for kind, quantity in (("good", good), ("scrap", scrap)):
                if quantity:
                    CountEntry.objects.create(
                        machine=step.machine, order=order, operation=step, kind=kind, quantity=D(quantity), at=AT,
                        by=by, key=f"{order.number}-{kind}",
                    )  # fmt: skip


def finished(order: ProductionOrder) -> ProductionOrder:
    """The same order, finished."""
    with acting(service_user("plant"), channel="test"):
        order.operations.update(status="FINISHED")
        ProductionOrder.objects.filter(pk=order.pk).update(status="FINISHED", finished_at=AT)
    return ProductionOrder.objects.select_related("line__area__site").get(pk=order.pk)
