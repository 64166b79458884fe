"""Material follows counts by itself, and replenishment knows what orders still need."""

from datetime import date
from decimal import Decimal

import pytest

from factory_core.events.models import Event
from factory_core.events.types import EventRecord
from factory_core.jobs.wiring import reactions_to
from production.materials.demand import open_material
from production.materials.reactions import follow_count, follow_finish
from production.materials.services import backflush_step, issue_material, put_out
from production.materials.tasks import take_material, take_material_late
from production.orders.models import CountEntry, OrderRun
from production.orders.services import correct_count, finish_order, report_count
from tests.world.inventory import an_item
from tests.world.oee import pieces
from tests.world.production import minute
from tests.world.work import Works, a_need, a_step, an_item_order, made

pytestmark = pytest.mark.django_db


@pytest.fixture
def works(plant, cast, clock) -> Works:
    return Works(plant, cast)


def record_of(event: Event):
    return EventRecord(event.pk, event.name, event.at, event.actor_id, event.correlation, event.payload)


def test_reports_and_their_corrections_set_material_off():
    for name in ("orders.good_reported", "orders.scrap_reported", "orders.count_corrected"):
        assert follow_count in [reaction.function for reaction in reactions_to(name)]
    assert follow_finish in [reaction.function for reaction in reactions_to("orders.order_finished")]


def test_a_report_takes_material_and_taking_it_back_brings_it_back(works):
    screw, (order, step) = an_item(), works.order(an_item())
    a_need(order, screw, "2")
    works.stocked(screw, "100")
    entry = works.do(report_count, machine=None, operation=step, kind="good", quantity="10", at=minute(30))
    reported = Event.objects.get(name="orders.good_reported")
    for _again in range(2):
        follow_count(record_of(reported))
    assert works.lies(screw) == 80
    works.do(correct_count, entry_id=entry.pk)
    follow_count(record_of(Event.objects.get(name="orders.count_corrected")))
    assert works.lies(screw) == 100
    assert Event.objects.filter(name="stock.issued").get().actor.username != works.people.operator.username


def test_a_report_without_an_order_takes_nothing(works, plant):
    works.do(report_count, machine=plant.press, kind="good", quantity="10", at=minute(30))
    follow_count(record_of(Event.objects.get(name="orders.good_reported")))
    assert CountEntry.objects.count() == 1


def test_what_a_machine_counts_is_taken_even_when_it_comes_three_days_late(works, plant, clock):
    screw, order = an_item(), an_item_order(an_item(), plant.line_a, machine=plant.press)
    step = a_step(order, work_centre=works.centre, count_by="MACHINE")
    a_need(order, screw, "1")
    works.stocked(screw, "100")
    run = made(OrderRun, order=order, operation=step, machine=plant.press, started_at=minute(0))

    pieces(plant.press, (10, 7))
    take_material(0)
    assert works.lies(screw) == 93
    run.ended_at = minute(60)
    works.do(lambda actor, at: run.save())
    clock.move(days=3)
    pieces(plant.press, (50, 5))
    take_material(0)
    assert works.lies(screw) == 93
    take_material_late(0)
    assert works.lies(screw) == 88


def test_an_order_finished_without_more_takes_what_its_scrap_used(works):
    foil, (order, step) = an_item(), works.order(an_item())
    a_need(order, foil, "1", issue="END")
    works.stocked(foil, "500")
    works.do(put_out, order_id=order.pk, quantity="90")
    works.do(report_count, machine=None, operation=step, kind="good", quantity="90", at=minute(30))
    works.do(report_count, machine=None, operation=step, kind="scrap", quantity="4", at=minute(31))
    works.do(finish_order, order_id=order.pk)
    finished = Event.objects.get(name="orders.order_finished")
    for _again in range(2):
        follow_finish(record_of(finished))
    assert works.lies(foil) == 500 - 94


def test_replenishment_counts_what_released_orders_still_need(works, plant):
    screw, foil = an_item(), an_item()
    order, step = works.order(an_item(), quantity="10", status="RELEASED", start_at=minute(0))
    row = a_need(order, screw, "4")
    a_need(order, foil, "1", kind="BY_PRODUCT")
    planned, _step = works.order(an_item(), status="PLANNED")
    a_need(planned, screw, "4")
    works.stocked(screw, "100")
    works.do(issue_material, material_id=row.pk, quantity="15", from_location=works.shelf)
    wanted = list(open_material([screw.pk, foil.pk], plant.site.pk))
    assert wanted == [(screw.pk, Decimal(25), date(2026, 11, 20))]
    assert works.do(backflush_step, operation=step) == []
    assert list(open_material([screw.pk], plant.site.pk + 1000)) == []
