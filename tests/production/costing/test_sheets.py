"""The cost sheet of an order from real moves, hours and counts; settled once, together with closing."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import Refusal
from factory_core.events.models import Event
from factory_core.events.types import EventRecord
from factory_core.jobs.wiring import reactions_to
from factory_core.people.services import service_user
from production.costing.models import CostSheet
from production.costing.queries import sheet_of
from production.costing.reactions import freeze_cost
from production.costing.rules.rollup import Finding
from production.costing.services import settle_order
from production.orders.models import ProductionOrder
from production.orders.services import WrongStatus, close_order
from production.products.models import WorkCentre, WorkCentreMachine
from tests.world.books import Books
from tests.world.clock import Clock
from tests.world.costing import AT, a_cost, a_costed_order, a_labour_rate, a_rate, finished, uses, worked
from tests.world.inventory import an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.products import a_work_centre

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def centre(plant: Plant) -> WorkCentre:
    centre = a_work_centre(plant.line_a, "TURN", name="Turning")
    with acting(service_user("plant"), channel="test"):
        WorkCentreMachine.objects.create(work_centre=centre, machine=plant.press)
    return centre


@pytest.fixture
def order(plant: Plant, cast: Cast, clock: Clock, centre: WorkCentre) -> ProductionOrder:
    """100 pumps of 2 kg steel: standard 5.00 a kg, bought at 6.00; 180 kg and two hours for 80 good and 5 scrapped."""
    books, steel = Books(plant, clock), an_item("STEEL")
    a_cost(steel, "5")
    books.receive(steel, "500", "6")
    a_rate(centre)
    a_labour_rate(plant.site, "33", cast.operator.username)
    order = a_costed_order(centre)
    uses(order, steel, "2", books, "180")
    worked(order, cast.operator, 2, good="80", scrap="5", by=cast.operator)
    return finished(order)


def amounts(order: ProductionOrder) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    return {str(line.kind): (line.planned, line.standard, line.actual) for line in sheet_of(order, AT).lines}


def test_planned_standard_for_the_output_and_actual_stand_side_by_side(order: ProductionOrder) -> None:
    """Standard time: half an hour of set-up and 80 × 36 s = 0.8 h, so 1.3 h; planned 1.5 h; spent 2 h."""
    assert amounts(order) == {
        "MATERIAL": (D(1000), D(800), D(1080)),
        "LABOUR": (D(45), D(39), D(66)),
        "MACHINE": (D(54), D("46.8"), D(72)),
        "OVERHEAD": (D(18), D("15.6"), D(24)),
    }


def test_every_variance_stands_apart_and_together_they_explain_the_difference(order: ProductionOrder) -> None:
    sheet = sheet_of(order, AT)
    assert sheet.by_name() == {
        "material_price": D(-180),
        "material_usage": D(-100),
        "labour_rate": D(-6),
        "labour_efficiency": D(-21),
        "machine_rate": D(0),
        "machine_efficiency": D("-25.2"),
        "overhead_spending": D(0),
        "overhead_efficiency": D("-8.4"),
    }
    assert sheet.standard - sheet.actual == sheet.variance == D("-340.6")
    assert (sheet.good, sheet.planned, sheet.actual) == (D(80), D(1117), D(1242))
    assert sheet.findings == ()


def test_scrap_is_worth_what_had_gone_into_it(order: ProductionOrder) -> None:
    """A piece: 2 kg × 5.00 and 36 s × (30 + 36 + 12) an hour = 10.78; five of them."""
    assert sheet_of(order, AT).scrap_cost == D("53.90")


def test_rates_of_the_day_of_work_are_the_actual_ones(order: ProductionOrder, centre: WorkCentre) -> None:
    a_rate(centre, "40", "30", "15", valid_from=AT.date())
    found = sheet_of(order, AT).by_name()
    assert found["machine_rate"] == D(-8)
    assert found["overhead_spending"] == D(-6)


def test_an_open_order_is_compared_with_what_its_step_made(order: ProductionOrder) -> None:
    with acting(service_user("plant"), channel="test"):
        ProductionOrder.objects.filter(pk=order.pk).update(status="PAUSED")
    order.refresh_from_db()
    assert amounts(order)["LABOUR"] == (D(45), D(39), D(66))


def test_what_has_no_price_or_rate_is_a_finding(plant: Plant, cast: Cast, clock: Clock, centre: WorkCentre) -> None:
    books, glue = Books(plant, clock), an_item("GLUE")
    books.receive(glue, "10", "3")
    order = a_costed_order(centre)
    uses(order, glue, "0.1", books, "9")
    worked(order, cast.operator, 1, good="100", by=cast.operator)
    sheet = sheet_of(finished(order), AT)
    assert sheet.findings == (Finding("price", "GLUE"), Finding("rate", "Turning"))
    [line] = [one for one in sheet.lines if one.label == "GLUE"]
    assert (line.actual, line.variances["material_price"]) == (D(27), D(0))


def test_settling_closes_and_freezes_in_one_act(order: ProductionOrder, cast: Cast, centre: WorkCentre) -> None:
    with acting(cast.controller, channel="test"):
        frozen = settle_order(actor=cast.controller, order_id=order.pk, at=AT)
    order.refresh_from_db()
    assert order.status == "CLOSED"
    assert (frozen.planned_total, frozen.actual_total, frozen.good) == (D(1117), D(1242), D(80))
    assert frozen.variances["total"] == "-340.600000"
    a_rate(centre, "99", "99", "99", valid_from=date(2026, 11, 2))
    with acting(cast.controller, channel="test"):
        again = settle_order(actor=cast.controller, order_id=order.pk, at=AT + timedelta(days=1))
    assert (again.pk, again.actual_total, again.settled_at) == (frozen.pk, D(1242), AT)


@pytest.mark.parametrize("who", ["operator", "supervisor", "planner", "owner", "stranger"])
def test_only_who_manages_costs_settles(order: ProductionOrder, cast: Cast, who: str) -> None:
    actor = getattr(cast, who)
    with pytest.raises(Refusal), acting(actor, channel="test"):
        settle_order(actor=actor, order_id=order.pk, at=AT)
    order.refresh_from_db()
    assert (order.status, CostSheet.objects.count()) == ("FINISHED", 0)


def test_an_open_order_is_not_settled(plant: Plant, cast: Cast, centre: WorkCentre) -> None:
    order = a_costed_order(centre)
    with pytest.raises(WrongStatus), acting(cast.controller, channel="test"):
        settle_order(actor=cast.controller, order_id=order.pk, at=AT)
    order.refresh_from_db()
    assert (order.status, CostSheet.objects.count()) == ("RELEASED", 0)
    assert Forbidden.status == 403


def test_an_order_closed_without_settling_is_frozen_by_the_reaction_once(order: ProductionOrder, cast: Cast) -> None:
    with acting(cast.controller, channel="test"):
        close_order(actor=cast.controller, order_id=order.pk, at=AT)
    event = Event.objects.get(name="orders.order_closed")
    assert freeze_cost in [one.function for one in reactions_to(event.name)]
    for _again in range(2):
        freeze_cost(EventRecord(event.pk, event.name, event.at, event.actor_id, "", event.payload))
    assert CostSheet.objects.get(order=order).actual_total == D(1242)
