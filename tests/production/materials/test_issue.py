"""Material taken by hand: real lots, no more than needed without a reason, and back again."""

from decimal import Decimal

import pytest

from factory_core.access.policy import Forbidden
from inventory.stock.models import StockMove, ValueEntry
from inventory.stock.services.refusals import LotBlocked, LotNeeded, NotEnough
from production.materials.queries import NoSuchMaterial, issued_of
from production.materials.services import (
    AlreadyTakenBack,
    LotExpired,
    MoreThanIssued,
    NotBookable,
    NotComponent,
    OverIssue,
    give_back,
    issue_material,
    put_out,
    undo_booking,
)
from tests.world.inventory import a_lot, an_item
from tests.world.production import minute
from tests.world.work import Works, a_need

pytestmark = pytest.mark.django_db


@pytest.fixture
def works(plant, cast) -> Works:
    return Works(plant, cast)


@pytest.fixture
def glue(works):
    return an_item("GLUE", tracking="LOT")


@pytest.fixture
def row(works, glue):
    order, _step = works.order(an_item())
    return a_need(order, glue, "1", issue="PICKED")


def test_an_operator_takes_a_real_lot(works, glue, row):
    lot = a_lot(glue, "L-1")
    works.stocked(glue, "500", lot=lot)
    move = works.do(issue_material, material_id=row.pk, quantity="60", from_location=works.shelf, lot=lot)
    assert (move.kind, move.quantity, move.lot, move.source_id) == ("ISSUE", 60, lot, row.pk)
    [found] = issued_of(row.order)
    assert [(one.lot, one.used) for one in found.lots] == [(lot, 60)]
    assert (found.issued, found.open) == (60, 40)


def test_the_same_tap_twice_is_one_issue(works, glue, row):
    lot = a_lot(glue, "L-1")
    works.stocked(glue, "500", lot=lot)
    wish = {"material_id": row.pk, "quantity": "100", "from_location": works.shelf, "lot": lot, "key": "tap-1"}
    assert works.do(issue_material, **wish) == works.do(issue_material, **wish)
    assert StockMove.objects.filter(kind="ISSUE").count() == 1


def test_more_than_needed_needs_a_reason(works, glue, row):
    lot = a_lot(glue, "L-1")
    works.stocked(glue, "500", lot=lot)
    wish = {"material_id": row.pk, "quantity": "101", "from_location": works.shelf, "lot": lot}
    with pytest.raises(OverIssue) as refusal:
        works.do(issue_material, **wish)
    assert refusal.value.details == {"open": "100.000000"}
    assert works.lies(glue) == 500
    works.do(issue_material, reason="one bag was torn", **wish)
    assert works.lies(glue) == 399
    assert StockMove.objects.get(kind="ISSUE").reason == "one bag was torn"


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"lot": "HELD"}, LotBlocked),
        ({"lot": "OLD"}, LotExpired),
        ({"lot": None}, LotNeeded),
        ({"lot": "GOOD", "quantity": "21"}, NotEnough),
    ],
)
def test_what_must_not_go_in_stays_where_it_lies(works, glue, row, wish, refusal):
    lots = {
        "GOOD": a_lot(glue, "GOOD"),
        "HELD": a_lot(glue, "HELD", status="HOLD", status_reason="scratches"),
        "OLD": a_lot(glue, "OLD", expires_on=minute(0).date().replace(day=1)),
        None: None,
    }
    for lot in filter(None, lots.values()):
        works.stocked(glue, "20", lot=lot)
    said = {"quantity": "5", **wish, "lot": lots[wish["lot"]]}
    with pytest.raises(refusal):
        works.do(issue_material, material_id=row.pk, from_location=works.shelf, **said)
    assert works.lies(glue) == 60
    assert not StockMove.objects.filter(kind="ISSUE").exists()


def test_what_is_left_comes_back_at_the_cost_it_was_taken_at_and_no_more(works, glue, row):
    lot = a_lot(glue, "L-1")
    works.stocked(glue, "500", lot=lot, cost="3")
    works.do(issue_material, material_id=row.pk, quantity="60", from_location=works.shelf, lot=lot)
    works.stocked(glue, "500", lot=lot, cost="9")
    works.do(give_back, material_id=row.pk, quantity="20", to_location=works.shelf, lot=lot)
    assert ValueEntry.objects.order_by("-id").values_list("quantity", "value").first() == (20, 60)
    with pytest.raises(MoreThanIssued):
        works.do(give_back, material_id=row.pk, quantity="41", to_location=works.shelf, lot=lot)
    [found] = issued_of(row.order)
    assert (found.issued, found.returned, found.used) == (60, 20, 40)


def test_a_wrong_issue_is_taken_back_once_with_a_reason(works, glue, row):
    lot = a_lot(glue, "L-1")
    works.stocked(glue, "500", lot=lot)
    move = works.do(issue_material, material_id=row.pk, quantity="60", from_location=works.shelf, lot=lot)
    counter = works.do(undo_booking, move_id=move.pk, reason="wrong order")
    assert (counter.corrects_id, counter.at, works.lies(glue)) == (move.pk, move.at, 500)
    with pytest.raises(AlreadyTakenBack):
        works.do(undo_booking, move_id=move.pk, reason="again")
    [found] = issued_of(row.order)
    assert (found.issued, found.returned, found.open) == (0, 0, 100)


@pytest.mark.parametrize("status", ["PLANNED", "CLOSED", "CANCELLED"])
def test_nothing_is_booked_on_an_order_that_is_not_released_or_settled(works, glue, status):
    order, _step = works.order(an_item(), status=status)
    row, lot = a_need(order, glue), a_lot(glue, "L-1")
    works.stocked(glue, "5", lot=lot)
    with pytest.raises(NotBookable):
        works.do(issue_material, material_id=row.pk, quantity="5", from_location=works.shelf, lot=lot)
    assert works.lies(glue) == 5


def test_a_product_of_the_order_is_not_taken_for_it(works, glue, row):
    waste = a_need(row.order, an_item(), "0.1", kind="BY_PRODUCT")
    with pytest.raises(NotComponent):
        works.do(issue_material, material_id=waste.pk, quantity="1", from_location=works.shelf)


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("stranger", NoSuchMaterial),
        ("neighbour", NoSuchMaterial),
        ("terminal", Forbidden),
        ("planner", Forbidden),
        ("auditor", Forbidden),
        ("dispatcher", Forbidden),
    ],
)
def test_only_those_who_run_the_order_take_its_material(works, glue, row, who, refusal):
    lot = a_lot(glue, "L-1")
    works.stocked(glue, "5", lot=lot)
    with pytest.raises(refusal):
        works.do(
            issue_material, actor=getattr(works.people, who), material_id=row.pk, quantity="5",
            from_location=works.shelf, lot=lot,
        )  # fmt: skip
    assert works.lies(glue) == Decimal(5)


def test_a_storekeeper_hands_out_picked_lots_and_takes_them_back_but_puts_nothing_out(works, glue, row):
    lot, storekeeper = a_lot(glue, "L-1"), works.people.storekeeper
    works.stocked(glue, "5", lot=lot)
    works.do(issue_material, actor=storekeeper, material_id=row.pk, quantity="5", from_location=works.shelf, lot=lot)
    works.do(give_back, actor=storekeeper, material_id=row.pk, quantity="2", to_location=works.shelf, lot=lot)
    assert works.lies(glue) == Decimal(2)
    with pytest.raises(Forbidden):
        works.do(put_out, actor=storekeeper, order_id=row.order_id, quantity="1", location=works.dock)
