"""Sales orders of the old system: ended ones are history with their money, open ones are demand and are sent."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from factory_core.access.identity import acting
from factory_core.importing.exporting import write_xlsx
from factory_core.importing.kinds import kind_named
from factory_core.importing.models import ExternalId
from factory_core.importing.services.carrying import NothingImported, carry_in
from factory_core.importing.services.flow import open_run
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.people.services import service_user
from inventory.dispatch import services as dispatching
from inventory.dispatch.services import DispatchWish
from inventory.items.models import Item
from inventory.items.queries.stated import stated_sums
from inventory.sales.demand import open_demand
from inventory.sales.models import SalesLine, SalesOrder
from inventory.sales.queries import open_rows, orders_seen
from inventory.stock.models import Reservation, StockMove
from inventory.stock.states import LocationKind
from tests.world.books import Books
from tests.world.bringing import NOW, brought, checked, undone
from tests.world.checksums import checksums, tables_of
from tests.world.clock import Clock
from tests.world.inventory import a_location, a_partner, an_item
from tests.world.people import a_user
from tests.world.plant import Plant
from tests.world.selling import a_customer

pytestmark = pytest.mark.django_db
KIND = "sales_orders"
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)


def a_workbook(*rows: tuple[object, ...]) -> bytes:
    """Heads and lines of orders in one sheet, as a sales department would keep them."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def the_old_customers(old: Path) -> None:
    """All of them with their old numbers, as an import would leave them."""
    with (old / "csv/Customer.csv").open(encoding="utf-8") as file:
        numbers = {row["CustomerID"]: row["AccountNumber"] for row in csv.DictReader(file)}
    with acting(service_user("plant"), channel="test"):
        made = Partner.objects.bulk_create(Partner(code=code, name=code, is_customer=True) for code in numbers.values())
        keys = {one.code: one.pk for one in made}
        ExternalId.objects.bulk_create(
            ExternalId(kind="customers", text=number, key=code, record=keys[code]) for number, code in numbers.items()
        )


BOOK = (
    ("Order no", "Customer", "Your reference", "Order date", "Status", "Pos", "Item", "Qty", "Price", "Due", "Shipped"),
    ("A-1", "C-1", "4500", date(2026, 11, 2), "open", 1, "BIKE", 6, 100.25, date(2026, 11, 27), 2),
    (None, None, None, None, None, 2, "BELL", 3, 4.5, date(2026, 12, 4), None),
    ("A-2", "C-1", None, date(2026, 10, 2), "delivered", 1, "BIKE", 5, 100, date(2026, 10, 20), None),
    ("A-3", "C-1", None, date(2026, 10, 3), "cancelled", 1, "BIKE", 5, 100, date(2026, 10, 20), 0),
)  # fmt: skip


@pytest.fixture
def goods(plant: Plant) -> None:
    for number in ("BIKE", "BELL"):
        an_item(number)
    a_customer("C-1", name="Velo Shop")


def test_customers_without_a_name_bear_their_code_or_the_name_of_their_company(
    plant: Plant, migrator: User, old: Path
) -> None:
    stores = brought(migrator, plant.site, "partners", old / "csv/Store.csv", columns={"BusinessEntityID": "code"})
    assert stores.created == 701
    # All of those that belong to a store, and the first people; the whole file comes the same way.
    lines = (old / "csv/Customer.csv").read_bytes().splitlines(keepends=True)
    text = b"".join(line for number, line in enumerate(lines) if number < 1000 or line.split(b",")[2])
    run = brought(migrator, plant.site, "customers", text, name="Customer.csv")
    assert run.created == run.rows
    names = dict(Partner.objects.filter(code__startswith="AW").values_list("code", "name"))
    assert (names["AW00000001"], names["AW00011000"]) == (Partner.objects.get(code="934").name, "AW00011000")
    assert len([code for code, name in names.items() if code != name]) == 1336


def test_heads_alone_come_as_history_with_their_money(plant: Plant, migrator: User, old: Path) -> None:
    expected = json.loads((old.parent / "expected.json").read_text())["adventureworks"]["sales_order_header_as_found"]
    the_old_customers(old)
    file = old / "as_found/SalesOrderHeader.xlsx"
    with acting(migrator, channel="test"):
        guessed = open_run(actor=migrator, site=plant.site, name=file.name, content=[file.read_bytes()], at=NOW)
    assert guessed.kind == KIND
    run = brought(migrator, plant.site, KIND, file)
    assert run.created == expected["rows"]
    numbers = [int(number) for number in SalesOrder.objects.values_list("number", flat=True)]
    assert [min(numbers), max(numbers)] == expected["SalesOrderID_true_range"]
    assert len(set(numbers)) == expected["SalesOrderID_distinct"]
    seen = orders_seen(migrator, show="closed")
    (sums,) = stated_sums(migrator, seen)
    assert [sums.orders, sums.net, sums.tax, sums.freight, sums.total] == [
        expected["rows"], *(Decimal(expected[name]) for name in ("SubTotal", "TaxAmt", "ShippingCost", "TotalDue")),
    ]  # fmt: skip
    for year, said in expected["by_order_year"].items():
        (sums,) = stated_sums(migrator, seen.filter(ordered_on__year=year))
        assert (sums.orders, sums.total) == (said["orders"], Decimal(said["TotalDue"]))
    first = SalesOrder.objects.get(number="43659")
    assert (first.customer.code, first.customer_reference, first.ordered_on, first.shipped_on, first.wanted_on) == (
        "AW00029825", "PO522145787", date(2011, 5, 31), date(2011, 6, 7), date(2011, 6, 12),
    )  # fmt: skip
    assert SalesOrder.objects.filter(customer_reference="").count() == expected["PurchaseOrderNumber_NULL_text"]


@pytest.mark.usefixtures("goods")
def test_heads_and_lines_of_a_workbook(plant: Plant, migrator: User) -> None:
    run = brought(migrator, plant.site, KIND, a_workbook(*BOOK), name="orders.xlsx")
    assert (run.created, run.rows) == (4, 4)
    told = SalesLine.objects.order_by("order__number", "position").values_list(
        "order__number", "order__status", "position", "item__number", "quantity", "price", "wanted_on", "dispatched"
    )
    assert list(told) == [
        ("A-1", "CONFIRMED", 1, "BIKE", 6, Decimal("100.25"), date(2026, 11, 27), 2),
        ("A-1", "CONFIRMED", 2, "BELL", 3, Decimal("4.5"), date(2026, 12, 4), 0),
        ("A-2", "CLOSED", 1, "BIKE", 5, 100, date(2026, 10, 20), 5),
        ("A-3", "CANCELLED", 1, "BIKE", 5, 100, date(2026, 10, 20), 0),
    ]
    assert not StockMove.objects.exists()
    again = brought(migrator, plant.site, KIND, a_workbook(*BOOK), name="orders.xlsx")
    assert (again.created, again.changed, again.unchanged) == (0, 0, 4)


@pytest.mark.usefixtures("goods")
def test_open_orders_are_demand_and_are_reserved_and_sent(plant: Plant, migrator: User, clock: Clock) -> None:
    clock.set(AT)
    brought(migrator, plant.site, KIND, a_workbook(*BOOK), name="orders.xlsx")
    bike, bell = Item.objects.get(number="BIKE"), Item.objects.get(number="BELL")
    assert sorted(open_demand([bike.pk, bell.pk], plant.site.pk)) == sorted(
        [(bike.pk, Decimal(4), date(2026, 11, 27)), (bell.pk, Decimal(3), date(2026, 12, 4))]
    )
    assert [(row.line.item.number, row.left) for row in open_rows(migrator)] == [("BIKE", 4), ("BELL", 3)]

    books, dock = Books(plant, clock), a_location(plant.site, "DOCK", LocationKind.STAGING)
    for item, quantity in ((bike, "4"), (bell, "3")):
        books.receive(item, quantity, "1")
    sender, keeper = a_user("dan", "dispatcher", plant.site), a_user("kim", "storekeeper", plant.site)
    lines = list(SalesLine.objects.filter(order__number="A-1").order_by("position"))
    with acting(sender, channel="test"):
        wishes = [DispatchWish(lines[0].pk, Decimal(4)), DispatchWish(lines[1].pk, Decimal(3))]
        dispatch = dispatching.create_dispatch(actor=sender, staging=dock, wishes=wishes, at=AT)
    assert {(one.item.number, one.quantity) for one in Reservation.objects.all()} == {("BIKE", 4), ("BELL", 3)}
    with acting(keeper, channel="test"):
        for one in Reservation.objects.select_related("location", "item"):
            dispatching.pick(
                actor=keeper, dispatch_id=dispatch.pk, location=one.location, item=one.item, quantity=one.quantity,
                lot=None, at=AT,
            )  # fmt: skip
        dispatching.pack(actor=keeper, dispatch_id=dispatch.pk, at=AT)
    with acting(sender, channel="test"):
        dispatching.send(actor=sender, dispatch_id=dispatch.pk, at=AT)
    assert SalesOrder.objects.get(number="A-1").status == "CLOSED"

    run = checked(migrator, plant.site, KIND, a_workbook(*BOOK), name="orders.xlsx")
    with pytest.raises(NothingImported, match="booked here since"):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)


@pytest.mark.usefixtures("goods")
def test_an_import_is_taken_back_whole(plant: Plant, migrator: User) -> None:
    before = checksums(tables_of("inventory", "factory_core"))
    run = brought(migrator, plant.site, KIND, a_workbook(*BOOK), name="orders.xlsx")
    undone(migrator, run)
    assert checksums(tables_of("inventory", "factory_core")) == before


@pytest.mark.usefixtures("goods")
def test_an_order_without_its_day_is_refused_or_given_one_for_all(plant: Plant, migrator: User) -> None:
    text = "Order no;Customer;Status\nA-1;C-1;open\n"
    run = checked(migrator, plant.site, KIND, text)
    with pytest.raises(NothingImported, match="ordered on"):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    brought(migrator, plant.site, KIND, text, constants={"ordered_on": "2026-11-01"})
    assert SalesOrder.objects.get().ordered_on == date(2026, 11, 1)


@pytest.mark.usefixtures("goods")
@pytest.mark.parametrize("kind_name", ["sales_orders", "purchase_orders", "stock_history"])
def test_what_is_written_out_comes_back_unchanged_and_makes_the_same_elsewhere(
    plant: Plant, migrator: User, kind_name: str
) -> None:
    a_partner("STEEL", supplier=True)
    files = {
        "sales_orders": a_workbook(*BOOK),
        "purchase_orders": a_workbook(
            ("Order no", "Supplier", "Status", "Order date", "Subtotal", "Total due", "Pos", "Item", "Qty", "Price",
             "Due", "Received", "Rejected"),
            ("B-1", "STEEL", "open", date(2026, 11, 2), 12.3456, 14.6913, 1, "BELL", 6, 1.2345, AT.date(), 3, 1),
            ("B-2", "STEEL", "complete", date(2026, 11, 2), 5, 5.95, None, None, None, None, AT.date(), None, None),
        ),
        "stock_history": a_workbook(
            ("Transaction ID", "Item", "Type", "Quantity", "Unit cost", "Date", "Place"),
            ("1", "BELL", "P", 7, 1.2345, date(2020, 2, 29), "A-1"), ("2", "BELL", "S", -1.5, None, None, None),
        ),
    }  # fmt: skip
    first = brought(migrator, plant.site, kind_name, files[kind_name], name="old.xlsx")
    kind = kind_named(kind_name)
    assert kind is not None
    rows = [dict(row) for row in kind.rows(migrator, plant.site)]
    target = io.BytesIO()
    write_xlsx(kind, rows, target, zone=plant.site.time_zone)
    again = brought(migrator, plant.site, kind_name, target.getvalue(), name="ours.xlsx")
    assert (again.created, again.changed, again.unchanged) == (0, 0, len(rows))
    undone(migrator, first)
    assert list(kind.rows(migrator, plant.site)) == []
    anew = brought(migrator, plant.site, kind_name, target.getvalue(), name="ours.xlsx")
    assert anew.created == len(rows)
    assert [dict(row) for row in kind.rows(migrator, plant.site)] == rows
    assert list(kind.rows(a_user("stranger"), plant.site)) == []
