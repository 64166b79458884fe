"""Material that is taken by itself: by what was made, from near the line, never what is not there."""

from decimal import Decimal

import pytest

from factory_core.events.models import Event
from inventory.lots.models import Lot
from inventory.stock.models import StockMove
from production.materials.queries import issued_of
from production.materials.services import backflush_step, issue_material
from production.orders.models import CountEntry
from tests.world.inventory import a_lot, an_item
from tests.world.production import minute
from tests.world.work import Works, a_need, a_step, counted, made

pytestmark = pytest.mark.django_db


def short(order):
    """What the pieces made used without that anybody took it."""
    return [row for row in issued_of(order) if row.missing]


@pytest.fixture
def works(plant, cast) -> Works:
    return Works(plant, cast)


def test_every_piece_good_or_scrap_takes_its_material_with_the_loss(works):
    screw, (order, step) = an_item("SCREW"), works.order(an_item())
    row = a_need(order, screw, "4", loss_percent=Decimal(5))
    works.stocked(screw, "1000")
    counted(step, works.people.operator, good="10", scrap="2")
    works.do(backflush_step, operation=step)
    # 12 pieces × 4 × 1.05
    assert works.lies(screw) == Decimal("949.6")
    [found] = issued_of(order)
    assert (found.material, found.needed, found.issued, found.open, found.missing) == (
        row, Decimal(420), Decimal("50.4"), Decimal("369.6"), 0,
    )  # fmt: skip
    move = StockMove.objects.get(kind="ISSUE")
    assert (move.source_kind, move.source_id) == ("production.ordermaterial", row.pk)


def test_called_again_it_takes_nothing_again(works):
    screw, (order, step) = an_item(), works.order(an_item())
    a_need(order, screw, "2")
    works.stocked(screw, "100")
    counted(step, works.people.operator, good="10")
    assert len(works.do(backflush_step, operation=step)) == 1
    assert works.do(backflush_step, operation=step) == []
    counted(step, works.people.operator, good="1")
    works.do(backflush_step, operation=step)
    assert works.lies(screw) == 78


def test_a_report_taken_back_gives_its_material_back_to_where_it_came_from(works):
    screw, (order, step) = an_item(), works.order(an_item())
    a_need(order, screw, "2")
    works.stocked(screw, "100")
    counted(step, works.people.operator, good="10")
    works.do(backflush_step, operation=step)
    entry = CountEntry.objects.get()
    made(
        CountEntry,
        order=order,
        operation=step,
        kind="good",
        quantity=-10,
        at=entry.at,
        by=entry.by,
        corrects=entry,
        key="back",
    )
    works.do(backflush_step, operation=step)
    assert works.lies(screw) == 100
    assert [(row.issued, row.returned, row.used) for row in issued_of(order)] == [(20, 20, 0)]


def test_material_of_another_step_and_of_other_policies_stays(works):
    screw, foil, gear = an_item(), an_item(), an_item()
    order, step = works.order(an_item())
    later = a_step(order, 20, status="PENDING", work_centre=works.centre)
    a_need(order, screw, "1", operation=later)
    a_need(order, foil, "1", issue="END")
    a_need(order, gear, "1", issue="PICKED")
    for item in (screw, foil, gear):
        works.stocked(item, "50")
    counted(step, works.people.operator, good="10")
    assert works.do(backflush_step, operation=step) == []
    counted(later, works.people.operator, good="9")
    works.do(backflush_step, operation=later)
    assert [works.lies(item) for item in (screw, foil, gear)] == [41, 50, 50]


def test_a_fixed_line_is_taken_once_with_the_first_piece(works):
    film, (order, step) = an_item(), works.order(an_item())
    a_need(order, film, "3", is_fixed=True)
    works.stocked(film, "10")
    for _report in range(2):
        counted(step, works.people.operator, good="1")
        works.do(backflush_step, operation=step)
    assert works.lies(film) == 7


def test_what_expires_first_goes_first_and_the_shelf_before_the_store_around_it(works):
    glue, (order, step) = an_item(tracking="LOT", pick_rule="FEFO"), works.order(an_item())
    a_need(order, glue, "1")
    old = a_lot(glue, "OLD", expires_on=minute(0).date().replace(month=12))
    new = a_lot(glue, "NEW", expires_on=minute(0).date().replace(year=2027))
    works.stocked(glue, "5", works.store, lot=old)
    works.stocked(glue, "4", lot=new)
    works.stocked(glue, "3", lot=old)
    works.stocked(glue, "9", works.far, lot=old)
    counted(step, works.people.operator, good="10")
    works.do(backflush_step, operation=step)
    taken = StockMove.objects.filter(kind="ISSUE").order_by("id")
    assert list(taken.values_list("lot__number", "from_location__code", "quantity")) == [
        ("OLD", works.shelf.code, 3),
        ("NEW", works.shelf.code, 4),
        ("OLD", works.store.code, 3),
    ]


def test_what_is_not_there_stays_missing_is_told_once_and_ends_when_somebody_issues_it(works):
    screw, (order, step) = an_item("SCREW"), works.order(an_item())
    row = a_need(order, screw, "1")
    works.stocked(screw, "6")
    works.stocked(screw, "50", works.far)
    for _report in range(3):
        counted(step, works.people.operator, good="10")
        works.do(backflush_step, operation=step)
    assert works.lies(screw) == 0
    assert works.lies(screw, works.far) == 50
    assert [(short.material.pk, short.missing) for short in short(order)] == [(row.pk, 24)]
    told = Event.objects.get(name="materials.short")
    assert told.payload == {"missing": "4", "unit": "pcs", "item": "SCREW"}
    works.do(issue_material, material_id=row.pk, quantity="24", from_location=works.far)
    assert short(order) == []
    works.do(backflush_step, operation=step)
    assert works.lies(screw, works.far) == 26


def test_a_lot_on_hold_is_left_alone_and_serial_numbers_are_never_guessed(works):
    glue, motor = an_item(tracking="LOT"), an_item(tracking="SERIAL")
    order, step = works.order(an_item())
    a_need(order, glue, "1")
    a_need(order, motor, "1")
    works.stocked(glue, "20", lot=a_lot(glue, "HELD"))
    works.stocked(motor, "1", lot=a_lot(motor, "SN-1"))
    held = Lot.objects.get(number="HELD")
    held.status = "HOLD"
    works.do(lambda actor, at: held.save())
    counted(step, works.people.operator, good="1")
    assert works.do(backflush_step, operation=step) == []
    assert [row.missing for row in short(order)] == [1, 1]


@pytest.mark.parametrize("status", ["PLANNED", "CLOSED", "CANCELLED"])
def test_an_order_that_is_not_released_or_settled_takes_nothing(works, status):
    screw, (order, step) = an_item(), works.order(an_item(), status=status)
    a_need(order, screw, "1")
    works.stocked(screw, "5")
    counted(step, works.people.operator, good="1")
    assert works.do(backflush_step, operation=step) == []
    assert works.lies(screw) == 5
