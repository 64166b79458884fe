"""Opening stock: what it is worth, what is refused and why, that nothing is doubled, and what an undo leaves."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import NothingImported, carry_in, rehearse
from factory_core.importing.services.undoing import rehearse_undo
from factory_core.people.models import User
from inventory.items.models import Item, ItemCost
from inventory.lots.models import Lot
from inventory.stock.models import CostLayer, Location, StockBalance, StockMove, StockValue, ValueEntry
from inventory.stock.queries.differences import balance_differences, value_differences
from inventory.stock.services.acts import issue, open_stock, transfer
from inventory.stock.services.reserving import reserve
from tests.world.bringing import NOW, brought, checked, undone
from tests.world.checksums import checksums, tables_of
from tests.world.inventory import a_location, a_lot, an_item, an_item_unit
from tests.world.people import a_user, the_cast
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db
HEADER = "item;place;lot;quantity;unit;unit cost;value;dated on\n"


@pytest.fixture
def place(plant: Plant) -> Location:
    return a_location(plant.site, "A-1")


@pytest.fixture
def bolt(plant: Plant) -> Item:
    return an_item("BOLT")


def opened(migrator: User, plant: Plant, *rows: str, **more: object) -> ImportRun:
    mapping = HEADER.replace("dated on", "opening day").replace("lot", "lot or serial number")
    return brought(migrator, plant.site, "opening_stock", mapping + "\n".join(rows), **more)


def refused(migrator: User, plant: Plant, *rows: str, **more: object) -> list[tuple[int, str, str]]:
    """What is refused of these rows, in the check or by the books; nothing of them may come in."""
    before = StockMove.objects.count()
    mapping = HEADER.replace("dated on", "opening day").replace("lot", "lot or serial number")
    run = checked(migrator, plant.site, "opening_stock", mapping + "\n".join(rows), **more)
    if not report_of(run)["refused"]:
        with pytest.raises(NothingImported):
            carry_in(actor=migrator, run_id=run.pk, at=NOW)
        run.refresh_from_db()
    assert StockMove.objects.count() == before
    report = report_of(run)["refused"]
    assert all(one["message"] for one in report)
    return [(one["row"], one["column"], one["code"]) for one in report]


def test_rows_of_the_same_item_and_place_add_up_and_are_worth_what_they_say(
    plant: Plant, migrator: User, place: Location, bolt: Item
) -> None:
    an_item_unit(bolt, "box", "12")
    run = opened(
        migrator, plant,
        "BOLT;A-1;;10;;1.25;;", "BOLT;A-1;;10;;1.25;;", "BOLT;A-1;;2;box;6;;", "BOLT;A-1;;3;;;10.01;",
        constants={"dated_on": "2026-11-01"},
    )  # fmt: skip
    balance = StockBalance.objects.get()
    assert (balance.quantity, balance.since) == (47, datetime(2026, 10, 31, 23, tzinfo=UTC))
    value = StockValue.objects.get()
    assert (value.quantity, value.value) == (47, Decimal("47.01"))
    assert run.totals["taken"]["quantity"] == "25"
    move = StockMove.objects.earliest("id")
    assert (move.kind, move.from_location.kind, move.by, move.source_id) == ("OPENING", "OPENING", migrator, run.pk)
    assert (balance_differences().count, value_differences().count) == (0, 0)


def test_without_a_cost_the_standard_cost_counts_else_nothing_and_it_is_said_which(
    plant: Plant, migrator: User, place: Location, bolt: Item
) -> None:
    with acting(migrator, channel="test"):
        ItemCost.objects.create(item=bolt, cost=Decimal("2.5"), currency="EUR", valid_from=NOW.date())
    an_item("NUT")
    opened(migrator, plant, "BOLT;A-1;;4;;;;", "NUT;A-1;;4;;;;")
    entries = ValueEntry.objects.order_by("id").values_list("value", "reason")
    assert list(entries) == [(Decimal(10), "STANDARD_COST"), (Decimal(0), "NO_COST_KNOWN")]


def test_first_in_first_out_keeps_a_layer_for_each_row(plant: Plant, migrator: User, place: Location) -> None:
    an_item("OIL", valuation="FIFO")
    run = opened(migrator, plant, "OIL;A-1;;4;;2;;", "OIL;A-1;;6;;3;;")
    assert list(CostLayer.objects.order_by("entry").values_list("quantity", "unit_cost")) == [(4, 2), (6, 3)]
    assert value_differences().count == 0
    assert undone(migrator, run).undo["kept"] == []
    assert not CostLayer.objects.exists()


def test_lots_and_serial_numbers_are_made_and_each_serial_number_lies_once(
    plant: Plant, migrator: User, place: Location
) -> None:
    an_item("GLUE", tracking="LOT")
    an_item("PUMP", tracking="SERIAL")
    opened(migrator, plant, "GLUE;A-1;L7;4;;;;", "GLUE;A-1;L7;4;;;;", "PUMP;A-1;S1;1;;;;", "PUMP;A-1;S2;1;;;;")
    assert list(StockBalance.objects.order_by("lot__number").values_list("lot__number", "quantity")) == [
        ("L7", 8), ("S1", 1), ("S2", 1),
    ]  # fmt: skip
    a_location(plant.site, "A-2")
    assert refused(migrator, plant, "PUMP;A-1;S3;1;;;;", "PUMP;A-2;S3;1;;;;", "PUMP;A-2;S1;1;;;;") == [
        (3, "lot or serial number", "serial_in_stock"), (4, "lot or serial number", "serial_in_stock"),
    ]  # fmt: skip
    assert not Lot.objects.filter(number="S3").exists()


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("BOLT;A-1;;-1;;;;", "quantity", "out_of_bounds"),
        ("BOLT;;;1;;;;", "place", "value_missing"),
        (";A-1;;1;;;;", "item", "value_missing"),
        ("BOLT;NOWHERE;;1;;;;", "place", "unknown_reference"),
        ("NOTHING;A-1;;1;;;;", "item", "unknown_reference"),
        ("BOLT;A-1;;many;;;;", "quantity", "not_a_number"),
        ("BOLT;A-1;;1;;;;2026-12-24", "opening day", "move_in_future"),
        ("BOLT;A-1;L1;1;;;;", "lot or serial number", "lot_of_other_item"),
        ("GLUE;A-1;;1;;;;", "lot or serial number", "lot_needed"),
        ("PUMP;A-1;S1;2;;;;", "lot or serial number", "serial_is_one"),
        ("BOLT;OLD;;1;;;;", "place", "inactive_place"),
        ("BOLT;A-1;;1;kg;;;", "unit", "no_conversion"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_row_and_column(
    plant: Plant, migrator: User, place: Location, bolt: Item, row: str, column: str, code: str
) -> None:
    an_item("GLUE", tracking="LOT")
    an_item("PUMP", tracking="SERIAL")
    a_location(plant.site, "OLD", is_active=False)
    assert refused(migrator, plant, "BOLT;A-1;;1;;;;", row) == [(3, column, code)]
    assert not StockBalance.objects.exists()


def test_nothing_is_opened_twice(plant: Plant, migrator: User, place: Location, bolt: Item) -> None:
    opened(migrator, plant, "BOLT;A-1;;10;;;;", "BOLT;A-1;;5;;;;")
    for rows in (("BOLT;A-1;;10;;;;", "BOLT;A-1;;5;;;;"), ("BOLT;A-1;;15;;;;",)):
        again = opened(migrator, plant, *rows)
        assert (again.created, again.unchanged) == (0, len(rows))
    assert refused(migrator, plant, "BOLT;A-1;;16;;;;") == [(2, "quantity", "opened_before")]
    assert refused(migrator, plant, "BOLT;A-1;;15;;;;", existing="stop") == [(2, "quantity", "opened_before")]
    skipped = opened(migrator, plant, "BOLT;A-1;;16;;;;", existing="skip")
    assert (skipped.created, skipped.skipped) == (0, 1)
    assert StockBalance.objects.get().quantity == 15


def test_shelf_and_bin_are_places_inside_and_a_bin_zero_without_a_shelf_is_none(
    plant: Plant, migrator: User, place: Location, bolt: Item
) -> None:
    text = "ProductID,LocationID,Shelf,Bin,Quantity\nBOLT,A-1,B,3,7\nBOLT,A-1,N/A,0,2\n"
    run = brought(migrator, plant.site, "opening_stock", text)
    lying = StockBalance.objects.order_by("quantity").values_list(
        "location__code", "location__parent__code", "quantity"
    )
    assert list(lying) == [("A-1", None, 2), ("A-1-B-3", "A-1", 7)]
    undone(migrator, run)
    assert not Location.objects.filter(code="A-1-B-3").exists()


def test_what_the_file_names_and_nobody_knows_is_made_where_that_is_wished(plant: Plant, migrator: User) -> None:
    before = checksums(tables_of("inventory"))
    run = opened(migrator, plant, "FRESH;HALL;;3;;2;;", "FRESH;HALL;;3;;2;;", creates_missing=True)
    assert (StockBalance.objects.get().quantity, Item.objects.get(number="FRESH").unit.code) == (6, "pcs")
    assert undone(migrator, run).undo["kept"] == []
    assert checksums(tables_of("inventory")) == before


def test_a_rehearsal_leaves_nothing(plant: Plant, migrator: User, place: Location, bolt: Item) -> None:
    before = checksums(tables_of("inventory"))
    run = checked(migrator, plant.site, "opening_stock", "item;place;quantity\nBOLT;A-1;4\n")
    assert rehearse(actor=migrator, run_id=run.pk, at=NOW).outcomes["created"] == 1
    assert checksums(tables_of("inventory")) == before


def test_a_value_that_does_not_fit_its_cost_is_said(plant: Plant, migrator: User, place: Location, bolt: Item) -> None:
    run = opened(migrator, plant, "BOLT;A-1;;4;;2;9;")
    (warning,) = report_of(run)["warnings"]
    assert (warning["row"], warning["column"], warning["code"]) == (2, "value", "value_differs")
    assert StockValue.objects.get().value == 8


def test_an_undo_leaves_what_people_used_moved_or_reserved_since_and_says_it_before(
    plant: Plant, migrator: User, place: Location, bolt: Item, clock
) -> None:
    clock.set(NOW)
    cast = the_cast(plant)
    other = a_location(plant.site, "B-1")
    used, moved, kept_back = bolt, an_item("NUT"), an_item("WASHER")
    an_item("FREE")
    run = opened(migrator, plant, "BOLT;A-1;;10;;2;;", "NUT;A-1;;10;;;;", "WASHER;A-1;;10;;;;", "FREE;A-1;;10;;;;")
    with acting(cast.storekeeper, channel="test"):
        issue(actor=cast.storekeeper, item=used, quantity=Decimal(1), from_location=place, at=NOW)
        transfer(
            actor=cast.storekeeper, item=moved, quantity=Decimal(1), from_location=place, to_location=other, at=NOW
        )
        reserve(
            actor=cast.storekeeper, item=kept_back, quantity=Decimal(1), location=place, lot=None, source=None, at=NOW
        )
    found = rehearse_undo(actor=migrator, run_id=run.pk)
    moves = {key for table, key in found.kept if table == "inventory_stockmove"}
    assert set(StockMove.objects.filter(pk__in=moves).values_list("item__number", flat=True)) == {
        "BOLT",
        "NUT",
        "WASHER",
    }
    undone(migrator, run)
    left = dict(StockBalance.objects.filter(location=place).values_list("item__number", "quantity"))
    assert left == {"BOLT": 9, "NUT": 9, "WASHER": 10}
    assert StockValue.objects.get(item=bolt).value == 18
    assert (balance_differences().count, value_differences().count) == (0, 0)


def test_stock_that_lay_there_before_is_what_it_was_after_an_undo(
    plant: Plant, migrator: User, place: Location, bolt: Item, clock
) -> None:
    clock.set(NOW)
    a_lot(an_item("OIL", valuation="FIFO"), "unused")
    opener = a_user("olga", "migrator", plant.site)
    with acting(opener, channel="test"):
        for item in Item.objects.filter(number__in=["BOLT", "OIL"]):
            open_stock(actor=opener, item=item, quantity=Decimal(3), to_location=place, at=NOW, unit_cost=Decimal(7))
    elsewhere = a_location(plant.site, "C-1")
    before = checksums(tables_of("inventory"))
    run = opened(
        migrator, plant, f"BOLT;{elsewhere.code};;4;;1;;2026-01-01", f"OIL;{elsewhere.code};;4;;1;;2026-01-01"
    )  # fmt: skip
    assert StockValue.objects.get(item=bolt).value == 25
    undone(migrator, run)
    assert checksums(tables_of("inventory")) == before


def test_opening_stock_needs_the_right_to_accept_counts(plant: Plant, place: Location, bolt: Item) -> None:
    cast = the_cast(plant)
    for user in (cast.stranger, cast.operator):
        with pytest.raises(Forbidden):
            opened(user, plant, "BOLT;A-1;;4;;;;")
    assert not StockMove.objects.exists()
