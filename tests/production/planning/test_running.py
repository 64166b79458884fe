"""A plan of a site: read from the books, kept as proposals with who wants them, told where it could not be made."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from inventory.purchasing.services import create_order, request_purchase
from inventory.purchasing.services.orders import LineWish
from production.orders.models import OrderMaterial, ProductionOrder
from production.planning.models import PlanCauses, PlanningRun, PlanPart
from production.planning.services import BadPlan, carry_out, start_run
from tests.production.planning.conftest import TODAY, Joinery
from tests.world.inventory import an_item
from tests.world.products import a_bom, a_bom_line

pytestmark = pytest.mark.django_db
D = Decimal


def an_open_order(joinery: Joinery, quantity: str, days: int, **more: object) -> ProductionOrder:
    """An order of tables, due in so many days at ten in the morning."""
    with acting(joinery.books.actor, channel="test"):
        return ProductionOrder.objects.create(
            number=f"PO-{ProductionOrder.objects.count() + 1:06d}", line=joinery.plant.line_a, item=joinery.table,
            item_text="Table", quantity=D(quantity), ideal_cycle_s=D(900),
            due_at=joinery.clock() + timedelta(days=days), **more,
        )  # fmt: skip


def test_a_sales_line_is_planned_through_all_levels(joinery: Joinery) -> None:
    line = joinery.sell("10", 24)
    run = joinery.plan()
    assert (run.status, run.proposals, run.findings) == ("DONE", 4, [])
    # Due on Monday 14 December: tables two working days before, tops three before that; legs and boards by calendar.
    assert joinery.proposals() == [
        ("LEG", "BUY", "40", 10, 20), ("BOARD", "BUY", "21", 12, 17), ("TOP", "MAKE", "10", 17, 20),
        ("TABLE", "MAKE", "10", 20, 24),
    ]  # fmt: skip
    wanted = [["inventory.salesline", line.pk, f"{line.order.number} · 10", "10", "2026-12-14"]]
    assert [row.demand for row in joinery.planned()] == [wanted] * 4
    assert [row.level for row in sorted(joinery.planned(), key=lambda one: one.item.number)] == [2, 1, 0, 1]
    event = Event.objects.get(name="planning.planned")
    assert event.payload["proposals"] == 4


def test_stock_orders_and_requests_are_counted_before_anything_is_proposed(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.books.receive(joinery.table, "3", "1")
    joinery.books.receive(joinery.leg, "5", "1")
    buyer, site = joinery.cast.buyer, joinery.plant.site
    with acting(buyer, channel="test"):
        wish = LineWish(joinery.leg, D(10), wanted_on=TODAY)
        create_order(actor=buyer, supplier=joinery.supplier, site=site, lines=[wish], at=joinery.clock())
        request_purchase(actor=buyer, site=site, item=joinery.board, quantity=D(4), at=joinery.clock())
    joinery.plan()
    planned = {row.item.number: row.quantity for row in joinery.planned()}
    # Seven tables: 28 legs of which 15 are there or come, in packs of ten; 7 x 2 x 1.05 boards, less 4, in whole ones.
    assert planned == {"TABLE": D(7), "TOP": D(7), "LEG": D(20), "BOARD": D(11)}


def test_open_orders_come_in_and_need_their_material(joinery: Joinery) -> None:
    """A planned order needs what its bill says, a released one what is frozen and was not taken yet."""
    an_open_order(joinery, "6", 14)
    released = an_open_order(joinery, "2", 14, status="RELEASED")
    with acting(joinery.books.actor, channel="test"):
        OrderMaterial.objects.create(order=released, position=10, item=joinery.leg, each=D(4), quantity=D(8))
    joinery.sell("8", 14)
    joinery.plan()
    planned = {row.item.number: row for row in joinery.planned()}
    assert {number: row.quantity for number, row in planned.items()} == {"TOP": D(6), "LEG": D(40), "BOARD": D(13)}
    assert planned["TOP"].demand[0][:3:2] == ["production.productionorder", "PO-000001"]


def test_a_component_unit_and_a_fixed_line_are_exact(joinery: Joinery) -> None:
    glue = an_item("GLUE", unit="pcs", is_made=False)
    bom = a_bom(an_item("FRAME", is_bought=False), quantity="3")
    a_bom_line(bom, glue, "7", factor=D("0.2"))
    a_bom_line(bom, joinery.leg, "2", is_fixed=True)
    joinery.sell("10", 30, bom.item)
    joinery.plan()
    planned = {row.item.number: row.quantity for row in joinery.planned()}
    # 10 x 7 x 0.2 / 3 is four and two thirds of a piece; two legs whatever is made, in packs of ten.
    assert planned == {"FRAME": D(10), "GLUE": D(5), "LEG": D(10)}


def test_rules_size_the_lots_and_keep_a_safety_stock(joinery: Joinery) -> None:
    joinery.rule(joinery.table, safety_stock=D(2), lot_rule="FIXED", lot_quantity=D(25))
    joinery.rule(joinery.leg, lot_rule="EOQ", yearly_demand=D(2500), order_cost=D("18.75"), holding_cost=D("1.50"))
    joinery.rule(joinery.board, lot_rule="EOQ")
    joinery.sell("10", 24)
    run = joinery.plan()
    assert run.findings == [
        "BOARD has no economic lot: its yearly demand or costs are missing. It is planned lot for lot."
    ]
    # The safety stock is missing today: everything for it should have begun already. EOQ of T-EOQ-1 is 250.
    assert joinery.proposals() == [
        ("BOARD", "BUY", "53", -12, -7), ("LEG", "BUY", "250", -12, -2), ("TOP", "MAKE", "25", -7, -2),
        ("TABLE", "MAKE", "25", -2, 0),
    ]  # fmt: skip
    assert [one.demand for one in joinery.planned(late=True)] == [[]] * 4


def test_what_cannot_be_planned_is_told(joinery: Joinery) -> None:
    nobody = an_item("GHOST", is_made=False, is_bought=False)
    alone = an_item("ALONE", is_made=False)
    joinery.sell("1", 5, nobody)
    joinery.sell("1", 5, alone)
    a_bom(joinery.board, {joinery.table: "1"}, code="ring")
    with acting(joinery.books.actor, channel="test"):
        type(joinery.board).objects.filter(pk=joinery.board.pk).update(is_made=True, is_bought=False)
    run = joinery.plan()
    assert run.findings == [
        "TABLE › TOP › BOARD › TABLE contains itself; it is not planned through. Make one of the bills obsolete.",
        "GHOST is needed, but is neither made nor bought.",
        "ALONE is to be bought, but nobody is known to deliver it.",
    ]
    assert joinery.proposals() == [("ALONE", "BUY", "1", 5, 5)]


def test_too_much_ends_as_a_failed_run_and_keeps_the_proposals(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.plan()
    big = an_item("BIG", is_bought=False)
    a_bom(big, {joinery.leg: "90000000"})
    joinery.sell("90000000", 24, big)
    run = joinery.plan()
    assert (run.status, run.findings) == (
        "FAILED",
        ["More of LEG would be needed than the books can hold. Look at its demand and bills of materials."],
    )
    assert len(joinery.planned()) == 4


def test_a_new_plan_takes_the_place_of_the_one_before(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    first = joinery.plan()
    second = joinery.plan()
    assert set(PlanPart.objects.values_list("run", flat=True)) == {second.pk}
    assert set(PlanCauses.objects.values_list("run", flat=True)) == {second.pk} != {first.pk}
    assert len(joinery.planned()) == 4
    assert PlanningRun.objects.filter(status="DONE").count() == 2


def test_a_lost_run_is_ended_by_the_next(joinery: Joinery) -> None:
    planner = joinery.cast.planner
    with acting(planner, channel="test"):
        lost = start_run(actor=planner, site=joinery.plant.site, starts_on=TODAY, at=joinery.clock())
    done = joinery.plan()
    lost.refresh_from_db()
    assert (lost.status, lost.findings) == ("FAILED", ["The program ended before this plan was computed."])
    with acting(planner, channel="test"):
        assert carry_out(actor=planner, run_id=done.pk, at=joinery.clock()).version == done.version


@pytest.mark.parametrize("who", ["operator", "supervisor", "buyer", "storekeeper", "owner", "auditor", "stranger"])
def test_only_planners_plan(joinery: Joinery, who: str) -> None:
    joinery.sell("10", 24)
    with pytest.raises(Forbidden):
        joinery.plan(getattr(joinery.cast, who))
    assert not PlanningRun.objects.exists()
    assert not PlanPart.objects.exists()


@pytest.mark.parametrize(("weeks", "days"), [(0, 0), (157, 0), (52, 367), (52, -367)])
def test_a_plan_has_sensible_bounds(joinery: Joinery, weeks: int, days: int) -> None:
    planner = joinery.cast.planner
    with acting(planner, channel="test"), pytest.raises(BadPlan):
        start_run(
            actor=planner, site=joinery.plant.site, starts_on=TODAY + timedelta(days=days), weeks=weeks,
            at=joinery.clock(),
        )  # fmt: skip
    assert not PlanningRun.objects.exists()


def test_a_plan_asks_as_often_for_many_items_as_for_few(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    with CaptureQueriesContext(connection) as few:
        joinery.plan()
    for n in range(20):
        item = an_item(f"MORE-{n}", is_bought=False)
        a_bom(item, {joinery.leg: "1"})
        joinery.sell("1", n, item)
    with CaptureQueriesContext(connection) as many:
        joinery.plan()
    # One more names the items without a routing.
    assert len(many) <= len(few) + 1
