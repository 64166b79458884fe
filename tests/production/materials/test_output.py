"""Goods go into stock with lot, past, cost and what comes out beside them."""

from datetime import date
from decimal import Decimal

import pytest

from factory_core.access.policy import Forbidden
from inventory.items.models import ItemCost, ItemRevision
from inventory.lots.models import Lot, LotUse
from inventory.stock.models import StockBalance, StockMove, ValueEntry
from inventory.stock.services import acts
from inventory.trace.queries import sent, trace
from production.materials.queries import issued_of, put_out_of
from production.materials.services import (
    AlreadyComplete,
    BadSerials,
    NotComponent,
    NothingToPutOut,
    PlaceNeeded,
    backflush_step,
    complete_order,
    issue_material,
    put_out,
    put_product,
    undo_booking,
)
from production.materials.services.common import NoSuchOrder
from production.orders.models import ProductionOrder
from tests.world.inventory import a_lot, a_partner, an_item
from tests.world.work import Works, a_need, a_step, an_item_order, counted, made

pytestmark = pytest.mark.django_db


def short(order):
    """What the pieces made used without that anybody took it."""
    return [row for row in issued_of(order) if row.missing]


@pytest.fixture
def works(plant, cast) -> Works:
    return Works(plant, cast)


@pytest.fixture
def flange(works):
    return an_item("FLANGE", tracking="LOT", shelf_life_days=10)


@pytest.fixture
def order(works, flange):
    return works.order(flange)[0]


def uses(lot: Lot | None = None) -> dict[tuple[str, str], Decimal]:
    """Lot used and lot made → how much, taken back uses taken off."""
    rows = LotUse.objects.values_list("input__number", "output__number", "quantity")
    found: dict[tuple[str, str], Decimal] = {}
    for used, into, quantity in rows:
        found[used, into] = found.get((used, into), Decimal(0)) + quantity
    return {pair: quantity for pair, quantity in found.items() if quantity}


def test_goods_get_the_lot_of_the_order_with_day_expiry_and_revision(works, flange):
    revision = made(ItemRevision, item=flange, code="C", status="RELEASED")
    order, _step = works.order(flange, revision=revision)
    [move] = works.do(put_out, order_id=order.pk, quantity="40")
    lot = Lot.objects.get()
    assert (lot.number, lot.made_on, lot.expires_on, lot.revision) == (
        order.number, date(2026, 11, 20), date(2026, 11, 30), revision,
    )  # fmt: skip
    assert (move.kind, move.quantity, move.to_location, move.lot) == ("OUTPUT", 40, works.dock, lot)
    assert (move.source_kind, move.source_id) == ("production.productionorder", order.pk)


def test_several_outputs_go_into_one_lot_or_into_lots_of_their_own(works, flange, order):
    for quantity, number in (("40", ""), ("30", ""), ("30", "NIGHT")):
        works.do(put_out, order_id=order.pk, quantity=quantity, lot_number=number)
    assert dict(StockBalance.objects.values_list("lot__number", "quantity")) == {order.number: 70, "NIGHT": 30}
    assert put_out_of(order) == 100


def test_the_same_tap_twice_is_one_output(works, order):
    first = works.do(put_out, order_id=order.pk, quantity="40", key="tap")
    assert works.do(put_out, order_id=order.pk, quantity="40", key="tap") == first
    assert put_out_of(order) == 40


def test_every_lot_consumed_is_noted_for_the_lot_made(works, order):
    glue, foil = an_item(tracking="LOT"), an_item(tracking="LOT")
    rows = [a_need(order, item, "1", issue="PICKED") for item in (glue, foil)]
    for row, number, quantity in ((rows[0], "G-1", "60"), (rows[0], "G-2", "40"), (rows[1], "F-1", "100")):
        lot = a_lot(row.item, number)
        works.stocked(row.item, quantity, lot=lot)
        works.do(issue_material, material_id=row.pk, quantity=quantity, from_location=works.shelf, lot=lot)
    works.do(put_out, order_id=order.pk, quantity="100")
    number = order.number
    assert uses() == {("G-1", number): 60, ("G-2", number): 40, ("F-1", number): 100}


def test_each_of_several_lots_made_gets_its_part_of_every_lot_and_nothing_is_lost(works, order):
    glue = an_item(tracking="LOT")
    row = a_need(order, glue, "1", issue="PICKED")
    for number in ("G-1", "G-2"):
        lot = a_lot(glue, number)
        works.stocked(glue, "50", lot=lot)
        works.do(issue_material, material_id=row.pk, quantity="50", from_location=works.shelf, lot=lot)
    works.do(put_out, order_id=order.pk, quantity="30", lot_number="A")
    works.do(put_out, order_id=order.pk, quantity="70", lot_number="B")
    assert uses() == {("G-1", "A"): 15, ("G-2", "A"): 15, ("G-1", "B"): 35, ("G-2", "B"): 35}


def test_material_issued_late_belongs_to_everything_made(works, order):
    glue = an_item(tracking="LOT")
    row, lot = a_need(order, glue, "1", issue="END"), a_lot(glue, "G-1")
    works.do(put_out, order_id=order.pk, quantity="75", lot_number="A")
    works.do(put_out, order_id=order.pk, quantity="25", lot_number="B")
    assert [short.missing for short in short(order)] == [100]
    works.stocked(glue, "100", works.far, lot=lot)
    works.do(issue_material, material_id=row.pk, quantity="100", from_location=works.far, lot=lot)
    assert short(order) == []
    assert uses() == {("G-1", "A"): 75, ("G-1", "B"): 25}


def test_more_pieces_than_planned_hold_the_lots_too(works, order):
    glue = an_item(tracking="LOT")
    row, lot = a_need(order, glue, "1", issue="PICKED"), a_lot(glue, "G-1")
    works.stocked(glue, "100", lot=lot)
    works.do(issue_material, material_id=row.pk, quantity="100", from_location=works.shelf, lot=lot)
    works.do(put_out, order_id=order.pk, quantity="100", lot_number="A")
    works.do(put_out, order_id=order.pk, quantity="25", lot_number="B")
    assert uses() == {("G-1", "A"): 80, ("G-1", "B"): 20}


def test_pieces_with_numbers_are_one_lot_each(works):
    motor = an_item("MOTOR", tracking="SERIAL")
    order, _step = works.order(motor, quantity="4", lot_number="M7")
    magnet = an_item(tracking="LOT")
    row, lot = a_need(order, magnet, "2", issue="PICKED"), a_lot(magnet, "MAG")
    works.stocked(magnet, "8", lot=lot)
    works.do(issue_material, material_id=row.pk, quantity="8", from_location=works.shelf, lot=lot)
    works.do(put_out, order_id=order.pk, quantity="2")
    works.do(put_out, order_id=order.pk, quantity="1", serials=["X-9"])
    works.do(put_out, order_id=order.pk, quantity="1")
    assert uses() == {("MAG", "M7-0001"): 2, ("MAG", "M7-0002"): 2, ("MAG", "X-9"): 2, ("MAG", "M7-0003"): 2}
    for wish in ({"quantity": "1.5"}, {"quantity": "2", "serials": ["Y", "Y"]}, {"quantity": "2", "serials": ["Y"]}):
        with pytest.raises(BadSerials):
            works.do(put_out, order_id=order.pk, **wish)
    assert put_out_of(order) == 4


def test_end_material_is_taken_for_what_is_put_out(works, order):
    foil = an_item()
    a_need(order, foil, "2", issue="END", loss_percent=Decimal(10))
    works.stocked(foil, "500")
    works.do(put_out, order_id=order.pk, quantity="40")
    assert works.lies(foil) == 500 - 88


def test_a_piece_is_worth_its_standard_cost_or_else_its_material(works, flange, order):
    glue = an_item()
    row = a_need(order, glue, "3", issue="PICKED", loss_percent=Decimal(10))
    works.stocked(glue, "400", cost="2")
    works.do(issue_material, material_id=row.pk, quantity="330", from_location=works.shelf)
    # All of it lies ready; a piece still costs what a piece uses: 3.3 × 2.
    works.do(put_out, order_id=order.pk, quantity="10")
    assert ValueEntry.objects.order_by("-id").values_list("value", flat=True).first() == 66
    made(ItemCost, item=flange, cost=Decimal(8), currency="EUR", valid_from=date(2026, 1, 1))
    works.do(put_out, order_id=order.pk, quantity="10")
    assert ValueEntry.objects.order_by("-id").values_list("value", flat=True).first() == 80


def test_co_and_by_products_come_out_with_their_share_of_cost_and_the_whole_past(works, flange):
    order, _step = works.order(flange)
    ore, plate, dust = an_item(tracking="LOT"), an_item("PLATE", tracking="LOT"), an_item("DUST", tracking="LOT")
    row, lot = a_need(order, ore, "2", issue="PICKED"), a_lot(ore, "ORE")
    a_need(order, plate, "0.5", kind="CO_PRODUCT", cost_share=Decimal(25))
    a_need(order, dust, "0.1", kind="BY_PRODUCT")
    works.stocked(ore, "200", lot=lot, cost="4")
    works.do(issue_material, material_id=row.pk, quantity="200", from_location=works.shelf, lot=lot)
    works.do(put_out, order_id=order.pk, quantity="100")
    assert dict(StockBalance.objects.filter(location=works.dock).values_list("item__number", "quantity")) == {
        "FLANGE": 100, "PLATE": 50, "DUST": 10,
    }  # fmt: skip
    worth = dict(ValueEntry.objects.filter(move__kind="OUTPUT").values_list("item__number", "value"))
    # 800 of material: three quarters to 100 flanges, one quarter to 50 plates; dust is worth nothing known.
    assert worth == {"FLANGE": 600, "PLATE": 200, "DUST": 0}
    made_of = trace(lot, "down").down
    assert {made_of.lots[key].item_number for key in made_of.lots_reached} == {"FLANGE", "PLATE", "DUST"}
    assert sum(uses().values()) == 200


def test_a_product_read_by_hand_is_put_out_by_hand(works, order):
    waste = a_need(order, an_item("WASTE"), "1", kind="BY_PRODUCT", issue="PICKED")
    works.do(put_out, order_id=order.pk, quantity="10")
    assert works.lies(waste.item, works.dock) == 0
    first = works.do(put_product, material_id=waste.pk, quantity="3", key="tap")
    assert works.do(put_product, material_id=waste.pk, quantity="3", key="tap") == first
    assert works.lies(waste.item, works.dock) == 3
    with pytest.raises(NotComponent):
        works.do(put_product, material_id=a_need(order, an_item()).pk, quantity="3")


def test_an_output_is_taken_back_with_its_uses_and_its_end_material(works, order):
    glue = an_item(tracking="LOT")
    lot = a_lot(glue, "G-1")
    a_need(order, glue, "1", issue="END")
    works.stocked(glue, "100", lot=lot)
    [first] = works.do(put_out, order_id=order.pk, quantity="40")
    works.do(put_out, order_id=order.pk, quantity="10")
    works.do(undo_booking, move_id=first.pk, reason="counted twice")
    assert put_out_of(order) == 10
    assert works.lies(glue) == 90
    assert uses() == {("G-1", order.number): 10}


def test_where_goods_go_must_be_known(works, flange, plant):
    order = an_item_order(flange, plant.line_a)
    a_step(order)
    with pytest.raises(PlaceNeeded):
        works.do(put_out, order_id=order.pk, quantity="1")
    [move] = works.do(put_out, order_id=order.pk, quantity="1", location=works.far)
    assert move.to_location == works.far
    nameless = an_item_order(None, plant.line_a)
    with pytest.raises(NothingToPutOut):
        works.do(put_out, order_id=nameless.pk, quantity="1", location=works.far)


@pytest.mark.parametrize(
    ("who", "refusal"), [("stranger", NoSuchOrder), ("neighbour", NoSuchOrder), ("planner", Forbidden)]
)
def test_only_those_who_run_the_order_put_out(works, order, who, refusal):
    for act in (put_out, complete_order):
        with pytest.raises(refusal):
            works.do(act, actor=getattr(works.people, who), order_id=order.pk, quantity="1")
    assert not StockMove.objects.exists()
    assert ProductionOrder.objects.get(pk=order.pk).status == "RUNNING"


def test_completing_finishes_puts_out_and_takes_what_scrapped_pieces_used(works, flange):
    order, step = works.order(flange)
    screw, foil = an_item(), an_item()
    a_need(order, screw, "1", issue="STEP")
    a_need(order, foil, "1", issue="END")
    works.stocked(screw, "500")
    works.stocked(foil, "500")
    counted(step, works.people.operator, good="95", scrap="5")
    done = works.do(complete_order, order_id=order.pk, quantity="95", key="tap")
    assert (done.status, put_out_of(order), works.lies(screw), works.lies(foil)) == ("FINISHED", 95, 400, 400)
    works.do(complete_order, order_id=order.pk, quantity="95", key="tap")
    with pytest.raises(AlreadyComplete):
        works.do(complete_order, order_id=order.pk, quantity="95")
    assert put_out_of(order) == 95


def test_an_order_whose_goods_all_went_before_is_completed_with_nothing(works, flange):
    order, step = works.order(flange)
    foil = an_item()
    a_need(order, foil, "1", issue="END")
    works.stocked(foil, "500")
    works.do(put_out, order_id=order.pk, quantity="90")
    counted(step, works.people.operator, good="90", scrap="3")
    done = works.do(complete_order, order_id=order.pk, quantity="0")
    assert (done.status, put_out_of(order), works.lies(foil)) == ("FINISHED", 90, 407)


def test_completing_is_all_or_nothing(works, flange, plant):
    order = an_item_order(flange, plant.line_a)
    step = a_step(order)
    with pytest.raises(PlaceNeeded):
        works.do(complete_order, order_id=order.pk, quantity="10")
    step.refresh_from_db()
    assert (ProductionOrder.objects.get(pk=order.pk).status, step.status) == ("RUNNING", "RUNNING")


def test_a_lot_is_found_both_ways_from_the_supplier_to_the_customer(works, flange):
    order, step = works.order(flange)
    steel, screw = an_item(tracking="LOT"), an_item(tracking="LOT")
    a_need(order, steel, "2", issue="STEP")
    a_need(order, screw, "4", issue="END")
    heat, box = a_lot(steel, "HEAT-7"), a_lot(screw, "BOX-1")
    works.stocked(steel, "300", lot=heat)
    works.stocked(screw, "500", lot=box)
    counted(step, works.people.operator, good="100")
    works.do(backflush_step, operation=step)
    works.do(complete_order, order_id=order.pk, quantity="100")
    lot, customer = Lot.objects.get(number=order.number), a_partner("ACME", customer=True)
    works.do(
        acts.dispatch_out, actor=works.people.dispatcher, item=flange, quantity="100", from_location=works.dock,
        partner=customer, lot=lot,
    )  # fmt: skip
    down = trace(heat, "down").down
    assert {down.lots[key].number for key in down.lots_reached} == {order.number}
    up = trace(lot, "up").up
    assert {up.lots[key].number for key in up.lots_reached} == {"HEAT-7", "BOX-1"}
    assert uses() == {("HEAT-7", order.number): 200, ("BOX-1", order.number): 400}
    reached = sent(works.people.dispatcher, down.lots_reached)
    assert [(row.customer, row.quantity) for row in reached] == [(customer.name, 100)]
