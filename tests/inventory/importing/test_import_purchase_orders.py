"""Purchase orders of the old system: ended ones are history to the last digit, open ones can be received."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import NothingImported, carry_in
from factory_core.numbering.services import next_number
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.items.queries.stated import stated_sums
from inventory.purchasing import services
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.purchasing.queries.orders import line_rows, orders_seen
from inventory.stock.models import StockBalance, StockMove, ValueEntry
from tests.world.bringing import brought, checked, undone
from tests.world.checksums import checksums, tables_of
from tests.world.clock import Clock
from tests.world.inventory import a_location, a_partner, an_item, an_item_unit
from tests.world.people import a_user
from tests.world.plant import Plant
from tests.world.sums import lines_summed

pytestmark = pytest.mark.django_db
KIND = "purchase_orders"
TODAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
HEADS = "PO number;Supplier;Status;Order date;Subtotal;Tax;Freight;Total due\n"
LINES = "PO number;Pos;Item;Quantity;Unit;Price;Due date;Received;Rejected\n"
ONE_SHEET = (
    "PO number;Supplier;Status;Order date;Pos;Item;Quantity;Price;Due date;Received;Rejected\n"
    "B-7;STEEL;approved;03.02.2026;1;BOLT;10;2,50;20.02.2026;4;1\n"
    ";;;;2;NUT;5;0,125;21.02.2026;0;0\n"
    "B-8;STEEL;complete;13.01.2026;1;BOLT;7;2,40;30.01.2026;7;2\n"
    "B-9;STEEL;rejected;14.01.2026;1;NUT;7;2,40;30.01.2026;0;0\n"
)


@pytest.fixture
def goods(plant: Plant) -> None:
    for number in ("BOLT", "NUT"):
        an_item(number)
    a_partner("STEEL", supplier=True, name="Steel Ltd")


def order(number: str) -> PurchaseOrder:
    return PurchaseOrder.objects.get(number=number)


def line(number: str, position: int = 1) -> PurchaseLine:
    return PurchaseLine.objects.get(order__number=number, position=position)


@pytest.mark.parametrize("folder", ["xlsx", "csv", "csv_de_locale"])
def test_the_old_orders_give_the_old_system_s_figures(plant: Plant, migrator: User, old: Path, folder: str) -> None:
    expected = json.loads((old.parent / "expected.json").read_text())["adventureworks"]
    for part, rows in (("Header", 4012), ("Detail", 8845)):
        in_book = folder == "xlsx"
        file = old / folder / ("purchase_orders.xlsx" if in_book else f"PurchaseOrder{part}.csv")
        run = brought(migrator, plant.site, KIND, file, sheet=f"PurchaseOrder{part}" if in_book else "")
        assert (run.created, run.rows) == (rows, rows)
    assert not StockMove.objects.exists()
    assert not ValueEntry.objects.exists()

    seen, said = orders_seen(migrator), expected["purchase_orders"]
    (sums,) = stated_sums(migrator, seen)
    assert [sums.net, sums.tax, sums.freight, sums.total] == [
        Decimal(said[name]) for name in ("SubTotal", "TaxAmt", "Freight", "TotalDue")
    ]
    lines = lines_summed(seen)
    assert [lines.value, lines.ordered, lines.came, lines.refused, lines.stocked] == [
        Decimal(said[name]) for name in ("LineTotal", "OrderQty", "ReceivedQty", "RejectedQty", "StockedQty")
    ]
    of_status = expected["purchase_orders_by_Status"]
    for show, names in (
        ("open", ("1 Pending", "2 Approved")), ("closed", ("3 Rejected", "4 Complete")), ("drafts", ()),
    ):  # fmt: skip
        some = orders_seen(migrator, show=show)
        (sums,) = stated_sums(migrator, some) or [None]
        assert (sums.orders if sums else 0) == sum(of_status[name]["orders"] for name in names)
        assert (sums.total if sums else 0) == sum(Decimal(of_status[name]["TotalDue"]) for name in names)
        assert lines_summed(some).lines == sum(of_status[name]["lines"] for name in names)
    spent = [lines_summed(orders_seen(migrator, text=one["Name"])) for one in expected["top10_vendors_by_spend"]]
    assert [(one.value, one.came, one.refused) for one in spent] == [
        (Decimal(one["LineTotal"]), Decimal(one["ReceivedQty"]), Decimal(one["RejectedQty"]))
        for one in expected["top10_vendors_by_spend"]
    ]


def test_destroyed_days_are_all_told_and_the_rest_comes_without_them(plant: Plant, migrator: User, old: Path) -> None:
    file = old / "as_found/Purchasing.PurchaseOrderHeader.csv"
    run = checked(migrator, plant.site, KIND, file)
    told = [one for one in report_of(run)["refused"] if one["code"] == "destroyed_date"]
    assert [len([one for one in told if one["column"] == name]) for name in ("OrderDate", "ShipDate")] == [4012, 4012]
    with pytest.raises(Exception, match="have errors"):
        carry_in(actor=migrator, run_id=run.pk, at=AT)
    assert not PurchaseOrder.objects.exists()

    assert brought(migrator, plant.site, KIND, file, without=("OrderDate", "ShipDate")).created == 4012
    assert not PurchaseOrder.objects.exclude(ordered_on=None).exists()
    said = brought(
        migrator, plant.site, KIND, file, without=("OrderDate", "ShipDate"), constants={"ordered_on": "2014-06-30"}
    )
    assert (said.changed, said.unchanged) == (4012, 0)
    assert not PurchaseOrder.objects.exclude(ordered_on=date(2014, 6, 30)).exists()


@pytest.mark.usefixtures("goods")
def test_heads_and_lines_in_one_sheet(plant: Plant, migrator: User) -> None:
    run = brought(migrator, plant.site, KIND, ONE_SHEET)
    assert (run.created, run.rows) == (4, 4)
    told = PurchaseLine.objects.order_by("order__number", "position").values_list(
        "order__number", "order__status", "position", "item__number", "quantity", "price", "wanted_on", "received",
        "rejected", "is_closed",
    )  # fmt: skip
    assert list(told) == [
        ("B-7", "RELEASED", 1, "BOLT", 10, Decimal("2.5"), date(2026, 2, 20), 3, 1, False),
        ("B-7", "RELEASED", 2, "NUT", 5, Decimal("0.125"), date(2026, 2, 21), 0, 0, False),
        ("B-8", "CLOSED", 1, "BOLT", 7, Decimal("2.4"), date(2026, 1, 30), 5, 2, True),
        ("B-9", "CANCELLED", 1, "NUT", 7, Decimal("2.4"), date(2026, 1, 30), 0, 0, True),
    ]
    assert order("B-7").ordered_on == date(2026, 2, 3)
    assert [row.left for row in line_rows(migrator, order("B-7"), TODAY)] == [7, 5]


@pytest.mark.usefixtures("goods")
def test_what_has_not_come_is_expected_and_received_as_ever(plant: Plant, migrator: User, clock: Clock) -> None:
    clock.set(AT)
    bay = a_location(plant.site, "BAY")
    brought(migrator, plant.site, KIND, ONE_SHEET)
    keeper = a_user("kim", "storekeeper", plant.site)
    with acting(keeper, channel="test"):
        for position, quantity in ((1, 7), (2, 5)):
            services.receive_line(
                actor=keeper, line_id=line("B-7", position).pk, quantity=Decimal(quantity), at=AT, to_location=bay,
                key=f"tap-{position}",
            )  # fmt: skip
    assert (line("B-7").received, line("B-7").is_closed, order("B-7").status) == (10, True, "CLOSED")
    assert StockBalance.objects.get(item__number="BOLT").quantity == 7
    assert ValueEntry.objects.get(item__number="BOLT").value == Decimal("17.5")

    again = checked(migrator, plant.site, KIND, ONE_SHEET)
    with pytest.raises(NothingImported, match="booked here since"):
        carry_in(actor=migrator, run_id=again.pk, at=AT)


@pytest.mark.usefixtures("goods")
def test_the_same_again_changes_nothing_and_later_files_what_differs(plant: Plant, migrator: User) -> None:
    brought(migrator, plant.site, KIND, ONE_SHEET)
    again = brought(migrator, plant.site, KIND, ONE_SHEET)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 4)
    later = brought(migrator, plant.site, KIND, ONE_SHEET.replace("B-7;STEEL;approved", "B-7;STEEL;complete"))
    assert (later.changed, later.unchanged) == (1, 3)
    assert (order("B-7").status, order("B-7").version, line("B-7").is_closed) == ("CLOSED", 2, True)
    kept = brought(migrator, plant.site, KIND, ONE_SHEET.replace("2,50", "9"), existing="skip")
    assert (kept.skipped, line("B-7").price) == (4, Decimal("2.5"))


@pytest.mark.usefixtures("goods")
def test_an_import_is_taken_back_whole(plant: Plant, migrator: User) -> None:
    before = checksums(tables_of("inventory", "factory_core"))
    heads = brought(migrator, plant.site, KIND, HEADS + "PUR-000041;STEEL;open;2026-01-02;10;1.9;0.5;12.4\n")
    middle = checksums(tables_of("inventory", "factory_core"))
    lines = brought(migrator, plant.site, KIND, LINES + "PUR-000041;;BOLT;4;;2.5;;1;\nPUR-000041;;NUT;4;;2.5;;;\n")
    assert [one.position for one in order("PUR-000041").lines.order_by("position")] == [10, 20]
    undone(migrator, lines)
    assert checksums(tables_of("inventory", "factory_core")) == middle
    undone(migrator, heads)
    assert checksums(tables_of("inventory", "factory_core")) == before


@pytest.mark.usefixtures("goods")
def test_our_own_series_never_draws_a_number_that_came(plant: Plant, migrator: User) -> None:
    brought(migrator, plant.site, KIND, HEADS + "PUR-000041;STEEL;open;2026-01-02;;;;\n17;STEEL;open;2026-01-02;;;;\n")
    with acting(migrator, channel="test"):
        assert next_number("purchase_order", prefix="PUR-") == "PUR-000042"


@pytest.mark.usefixtures("goods")
@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (HEADS + "1;;open;2026-01-02;;;;\n", "“supplier” is empty"),
        (LINES + "1;1;BOLT;5;;1;;;\n", "There is no order “1”"),
        (ONE_SHEET + "B-11;STEEL;open;;1;BOLT;5;1;;3;4\n", "is not what was stocked"),
        (ONE_SHEET + "B-11;STEEL;open;;1;BOLT;;1;;;\n", "“quantity” is empty"),
        (ONE_SHEET + "B-11;STEEL;open;;1;BOLT;5;1;;;\nB-11;STEEL;complete;;2;NUT;5;1;;;\n", "something else of"),
    ],
)  # fmt: skip
def test_what_cannot_be_an_order_is_refused_and_nothing_stays(
    plant: Plant, migrator: User, rows: str, sentence: str
) -> None:
    run = checked(migrator, plant.site, KIND, rows)
    with pytest.raises(NothingImported):
        carry_in(actor=migrator, run_id=run.pk, at=AT)
    assert any(sentence in one["message"] for one in report_of(run)["refused"])
    assert not PurchaseOrder.objects.exists()


@pytest.mark.usefixtures("goods")
def test_quantities_in_boxes_keep_their_factor(plant: Plant, migrator: User) -> None:
    an_item_unit(Item.objects.get(number="BOLT"), "box", "12")
    heads = HEADS + "1;STEEL;open;2026-01-02;;;;\n"
    brought(migrator, plant.site, KIND, heads)
    brought(migrator, plant.site, KIND, LINES + "1;1;BOLT;5;box;9;;;\n")
    assert (line("1").unit.code, line("1").factor) == ("box", 12)


@pytest.mark.usefixtures("goods")
def test_the_number_of_questions_does_not_grow_with_the_rows(plant: Plant, migrator: User) -> None:
    counts = []
    for many in (2, 200):
        rows = "".join(f"N{many}-{n};STEEL;open;2026-01-02;{n % 3 + 1};BOLT;5;1;;;\n" for n in range(many))
        run = checked(migrator, plant.site, KIND, ONE_SHEET.split("\n")[0] + "\n" + rows)
        with CaptureQueriesContext(connection) as asked:
            carry_in(actor=migrator, run_id=run.pk, at=AT)
        counts.append(len(asked))
    assert counts[0] == counts[1]
