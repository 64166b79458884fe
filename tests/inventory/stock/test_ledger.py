"""Every move changes both balances, its value and the story together, or nothing at all."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from inventory.items.states import Tracking
from inventory.stock.models import Location, Reservation, StockBalance, StockMove, ValueEntry
from inventory.stock.services import acts, ledger
from inventory.stock.services.refusals import (
    AlreadyTakenBack,
    BadQuantity,
    InactivePlace,
    KeyReused,
    LotBlocked,
    LotNeeded,
    LotOfOther,
    NoMove,
    NoSuchMove,
    NotEnough,
    NotYet,
    ReasonNeeded,
    SerialInStock,
    SerialIsOne,
)
from inventory.stock.states import LocationKind
from tests.inventory.stock.small_store import AT, SmallStore
from tests.world.inventory import a_location, a_lot, an_item
from tests.world.plant import a_plant


@pytest.fixture
def shop(cast, plant, monkeypatch) -> SmallStore:
    monkeypatch.setattr(ledger, "now", lambda: AT)
    return SmallStore(cast, plant)


def test_goods_come_in_move_on_and_go_out(shop):
    shop.receive("10")
    shop.transfer("4")
    shop.do(acts.issue, quantity="1.5", from_location=shop.bin)
    assert shop.lies() == {"A": Decimal("6"), "B": Decimal("2.5")}
    assert [
        (m.kind, m.from_location.code.split("-")[-1], m.to_location.code.split("-")[-1], m.quantity)
        for m in shop.moves()
    ] == [
        ("RECEIVE", "supplier", "A", Decimal("10")),
        ("TRANSFER", "A", "B", Decimal("4")),
        ("ISSUE", "B", "production", Decimal("1.5")),
    ]
    assert list(ValueEntry.objects.order_by("id").values_list("quantity", flat=True)) == [10, Decimal("-1.5")]


def test_the_story_is_told_as_a_person_would(shop):
    shop.receive("10")
    shop.transfer("4.50")
    told = [event.sentence for event in Event.objects.filter(name__startswith="stock.").order_by("id")]
    assert told == ["10 pcs B-100 Item B-100 received into A", "4.5 pcs B-100 Item B-100 went from A to B"]
    assert set(Event.objects.filter(name__startswith="stock.").values_list("site", flat=True)) == {shop.site.pk}


def test_an_emptied_place_keeps_no_balance(shop):
    shop.receive("3")
    shop.transfer("3")
    assert list(StockBalance.objects.values_list("location__code", "quantity")) == [("B", Decimal(3))]


def test_less_than_asked_is_refused_with_what_is_there(shop):
    shop.receive("3")
    with pytest.raises(NotEnough, match=r"In A lie 3 pcs of B-100; 5 were asked for\.") as refused:
        shop.transfer("5")
    assert refused.value.details["quantity"] == "3.000000"
    with pytest.raises(NotEnough, match=r"No B-100 lies in B; 1 pcs were asked for\."):
        shop.do(acts.issue, quantity="1", from_location=shop.bin)
    assert (shop.lies(), len(shop.moves())) == ({"A": Decimal(3)}, 1)


def test_the_refusal_names_what_is_reserved_and_for_which_document(shop):
    shop.receive("5")
    shop.reserve("3", label="SO-000004")
    with pytest.raises(NotEnough, match=r"3 of them reserved \(SO-000004: 3\), so 2 are free; 4 were asked for\."):
        shop.transfer("4")
    assert shop.lies() == {"A": Decimal(5)}


def test_the_database_itself_refuses_negative_stock(shop):
    shop.receive("1")
    for change in ("quantity = -1", "reserved = 2", "reserved = -1"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE inventory_stockbalance SET {change}")
    assert shop.lies() == {"A": Decimal(1)}


def test_a_late_move_changes_the_balance_now_and_keeps_its_date(shop):
    shop.receive("2")
    long_ago = AT - timedelta(days=90)
    move = shop.receive("3", at=long_ago)
    assert (move.at, move.recorded_at) == (long_ago, AT)
    balance = StockBalance.objects.get()
    assert (balance.quantity, balance.since) == (5, long_ago)


def test_a_move_to_come_is_refused(shop):
    assert shop.receive("1", at=AT + timedelta(minutes=5)).pk
    with pytest.raises(NotYet, match="still to come"):
        shop.receive("1", at=AT + timedelta(minutes=5, seconds=1))
    assert shop.lies() == {"A": Decimal(1)}


@pytest.mark.parametrize("quantity", ["0", "-1", "0.0000001", "NaN", "Infinity", "1000000000000"])
def test_only_a_quantity_moves(shop, quantity):
    with pytest.raises(BadQuantity, match="is not a quantity"):
        shop.receive(quantity)
    assert shop.lies() == {}


def test_moves_that_move_no_stock_are_refused(shop, plant):
    shop.receive("5")
    with pytest.raises(NoMove, match="From A to A moves no stock"):
        shop.do(acts.transfer, quantity="1", from_location=shop.store, to_location=shop.store)
    supplier = Location.objects.get(kind=LocationKind.SUPPLIER)
    with pytest.raises(NoMove, match="A transfer goes from one place of stock to another"):
        shop.do(acts.transfer, quantity="1", from_location=shop.store, to_location=supplier)
    closed = a_location(plant.site, "OLD", is_active=False)
    with pytest.raises(InactivePlace, match="OLD is not in use any more"):
        shop.do(acts.transfer, quantity="1", from_location=shop.store, to_location=closed)
    assert shop.lies() == {"A": Decimal(5)}


def test_the_same_key_moves_once(shop):
    first = shop.receive("5", key="scan-1")
    again = shop.receive("5", key="scan-1")
    assert (again.pk, shop.lies()) == (first.pk, {"A": Decimal(5)})
    with pytest.raises(KeyReused, match=r"The key scan-1 belongs to another move \(5 pcs B-100 Item B-100\)"):
        shop.receive("6", key="scan-1")
    long = "k" * 200
    assert shop.receive("1", key=long).pk == shop.receive("1", key=long).pk
    assert shop.lies() == {"A": Decimal(6)}


def test_a_refusal_leaves_nothing_behind_even_inside_an_act_that_goes_on(shop):
    shop.receive("5")
    before = (shop.lies(), len(shop.moves()), Event.objects.count())
    with acting(shop.people.storekeeper, channel="test"), pytest.raises(NotEnough):
        acts.transfer(
            actor=shop.people.storekeeper, item=shop.item, quantity=Decimal(9), from_location=shop.store,
            to_location=shop.bin, at=AT,
        )  # fmt: skip
    assert (shop.lies(), len(shop.moves()), Event.objects.count()) == before


def test_tracked_stock_names_its_lot(shop):
    tracked = an_item("T-1", tracking=Tracking.LOT)
    with pytest.raises(LotNeeded, match="T-1 is told apart by lot"):
        shop.receive("1", item=tracked)
    with pytest.raises(LotOfOther, match=r"L-9 is no lot of T-1"):
        shop.receive("1", item=tracked, lot=a_lot(an_item(tracking=Tracking.LOT), "L-9"))
    with pytest.raises(LotOfOther):
        shop.receive("1", lot=a_lot(tracked, "L-1"))
    assert not StockMove.objects.exists()


def test_a_serial_number_is_one_piece_and_lies_in_one_place(shop):
    item = an_item("S-1", tracking=Tracking.SERIAL)
    piece = a_lot(item, "SN-7")
    with pytest.raises(SerialIsOne, match="SN-7 is one single piece of S-1; 2 cannot move"):
        shop.receive("2", item=item, lot=piece)
    shop.receive("1", item=item, lot=piece)
    with pytest.raises(SerialInStock, match="S-1 SN-7 lies in A already"):
        shop.receive("1", item=item, lot=piece, to_location=shop.bin)
    shop.transfer("1", item=item, lot=piece)
    shop.do(acts.issue, item=item, lot=piece, quantity="1", from_location=shop.bin)
    shop.do(acts.take_back, item=item, lot=piece, quantity="1", to_location=shop.store)
    assert shop.lies() == {"A": Decimal(1)}


@pytest.mark.parametrize("status", ["HOLD", "REJECTED"])
def test_a_blocked_lot_is_not_used_sold_or_moved_but_set_apart_scrapped_or_sent_back(shop, plant, status):
    item = an_item("T-1", tracking=Tracking.LOT)
    lot = a_lot(item, "L-1", status=status, status_reason="scratches")
    mine = {"item": item, "lot": lot, "quantity": "1", "from_location": shop.store}
    shop.receive("10", item=item, lot=lot)
    refused = [
        (shop.people.storekeeper, acts.issue, {}),
        (shop.people.dispatcher, acts.dispatch_out, {"partner": shop.customer}),
        (shop.people.storekeeper, acts.transfer, {"to_location": shop.bin}),
    ]
    for actor, act, more in refused:
        with pytest.raises(LotBlocked, match=r"Lot L-1 of T-1 is .* \(scratches\)\. Ask quality"):
            shop.do(act, actor=actor, **mine, **more)
    assert shop.lies() == {"A": Decimal(10)}
    apart = a_location(plant.site, "Q", LocationKind.QUARANTINE)
    shop.do(acts.transfer, **mine, to_location=apart)
    shop.do(acts.scrap, **mine, reason="scratches")
    shop.do(acts.return_to_supplier, **mine, partner=shop.supplier)
    shop.do(acts.transfer, actor=shop.people.quality, **mine, to_location=shop.bin)
    assert shop.lies() == {"A": Decimal(6), "Q": Decimal(1), f"{plant.site.code}-scrap": Decimal(1), "B": Decimal(1)}


def test_an_inspected_lot_waits_for_its_release(shop):
    item = an_item("T-1", tracking=Tracking.LOT, inspect_on_receipt=True)
    lot = a_lot(item, "L-1")
    shop.receive("10", item=item, lot=lot)
    shop.transfer("10", item=item, lot=lot)
    with pytest.raises(LotBlocked, match="Lot L-1 of T-1 is not inspected yet"):
        shop.do(acts.issue, item=item, lot=lot, quantity="1", from_location=shop.bin)
    lot.status = "RELEASED"
    shop.save(lot)
    shop.do(acts.issue, item=item, lot=lot, quantity="1", from_location=shop.bin)
    assert shop.lies() == {"B": Decimal(9)}


def test_a_mistake_is_taken_back_once_at_its_own_date(shop):
    earlier = AT - timedelta(days=2)
    wrong = shop.receive("10", at=earlier)
    back = shop.correct(wrong)
    assert (back.corrects_id, back.at, back.quantity, shop.lies()) == (wrong.pk, earlier, 10, {})
    with pytest.raises(AlreadyTakenBack):
        shop.correct(wrong)
    with pytest.raises(AlreadyTakenBack):
        shop.correct(back)
    with pytest.raises(ReasonNeeded):
        shop.correct(shop.receive("1"), reason=" ")
    assert sum(ValueEntry.objects.values_list("quantity", flat=True)) == 1


def test_what_has_gone_on_cannot_be_taken_back(shop):
    wrong = shop.receive("10")
    shop.transfer("4")
    with pytest.raises(NotEnough, match="In A lie 6 pcs of B-100; 10 were asked for"):
        shop.correct(wrong)
    assert shop.lies() == {"A": Decimal(6), "B": Decimal(4)}


def test_each_act_asks_for_its_right(shop):
    shop.receive("10")
    people = shop.people
    before = (shop.lies(), len(shop.moves()))
    wishes = [
        (acts.receive, {"to_location": shop.store}, (people.sales, people.planner, people.auditor)),
        (acts.open_stock, {"to_location": shop.store}, (people.storekeeper,)),
        (acts.transfer, {"from_location": shop.store, "to_location": shop.bin}, (people.sales, people.auditor)),
        (acts.issue, {"from_location": shop.store}, (people.quality, people.sales)),
        (acts.take_back, {"to_location": shop.store}, (people.sales,)),
        (acts.output, {"to_location": shop.store}, (people.sales,)),
        (acts.scrap, {"from_location": shop.store, "reason": "x"}, (people.dispatcher, people.sales)),
        (acts.dispatch_out, {"from_location": shop.store, "partner": shop.customer}, (people.storekeeper,)),
        (acts.return_to_supplier, {"from_location": shop.store}, (people.sales,)),
        (acts.take_back_from_customer, {"to_location": shop.store, "partner": shop.customer}, (people.sales,)),
    ]
    for act, more, refused in wishes:
        for person in (*refused, people.stranger):
            with pytest.raises(Forbidden):
                shop.do(act, actor=person, quantity="1", **more)
    with pytest.raises(Forbidden):
        shop.do(acts.adjust, actor=people.storekeeper, difference=Decimal(1), location=shop.store, reason="x")
    with pytest.raises(NoSuchMove):
        shop.correct(shop.moves()[0], actor=people.stranger)
    assert (shop.lies(), len(shop.moves()), Reservation.objects.count()) == (*before, 0)


def test_an_act_on_another_site_asks_for_the_right_there(shop):
    elsewhere = a_location(a_plant().site, "ELSEWHERE")
    shop.receive("5")
    with pytest.raises(Forbidden):
        shop.do(acts.transfer, quantity="1", from_location=shop.store, to_location=elsewhere)
    assert shop.lies() == {"A": Decimal(5)}


def test_posting_asks_the_database_few_questions(shop, django_assert_max_num_queries):
    shop.receive("10")
    with django_assert_max_num_queries(22):
        shop.transfer("1")


def test_moments_are_moments(shop):
    move = shop.receive("1", at=datetime(2026, 11, 20, 9, tzinfo=UTC))
    move.refresh_from_db()
    assert move.at == datetime(2026, 11, 20, 9, tzinfo=UTC)
