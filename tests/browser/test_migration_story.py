"""A person who has never seen the product brings a whole old factory over by the screens, sees its totals agree with
those of the old system, and undoes the whole of it.

The bicycle maker's own workbooks (../shared/data/adventureworks), mapped by themselves; the expected numbers were made
by scripts that share no code with the product. The 72 591 work orders come in tests/bench/bench_import.py.
"""

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.desk import desk_of
from tests.real.mill import EXPECTED
from tests.world.checksums import checksums, tables_of
from tests.world.patterns import with_database
from tests.world.people import a_user
from tests.world.plant import a_plant
from tests.world.running import a_process

BOOKS = EXPECTED.parent / "adventureworks" / "xlsx"
# What the register keeps of an import that is undone, and what a worker leaves by working: its beat and its account.
BESIDE = ("opening", "acceptance", "processbeat", "core_user")
APPS = ("factory_core", "inventory", "production", "quality", "maintenance", "telemetry")
LONG_MS = 240_000
pytestmark = [
    pytest.mark.skipif(not BOOKS.exists(), reason="../shared/data/adventureworks is absent"),
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
]


@dataclass(frozen=True)
class Sheet:
    """A sheet as it comes over: what a person says about it that no column says, and what becomes of its rows."""

    name: str
    rows: int
    new: int
    said: tuple[tuple[str, str], ...] = ()
    # What the rows are, where the columns alone do not tell; empty: the product's guess is right.
    is_of: str = ""


@dataclass(frozen=True)
class Book:
    """A workbook with its sheets in the order in which they are brought; none named: it has only one."""

    file: str
    sheets: tuple[Sheet, ...]


PLAN = (
    Book("items", (
        Sheet("UnitMeasure", 38, 38), Sheet("ProductCategory", 4, 4), Sheet("ProductSubcategory", 37, 37),
        Sheet("Product", 504, 504, said=(("unit", "EA"),)),
    )),
    Book("suppliers", (Sheet("Vendor", 104, 104), Sheet("ProductVendor", 460, 460, said=(("unit_factor", "1"),)))),
    Book("customers", (Sheet("Store", 701, 701),)),
    Book("cost_and_price_history", (Sheet("ProductCostHistory", 395, 395), Sheet("ProductListPriceHistory", 395, 395))),
    Book("routings", (
        Sheet("Location", 14, 14, said=(("line", "{line}"),)), Sheet("vProductModelInstructions", 131, 131),
    )),
    # 103 products go into nothing by the old parts list.
    Book("boms", (Sheet("BillOfMaterials", 2679, 2576),)),
    Book("scrap_reasons", (Sheet("ScrapReason", 16, 16),)),
    # At four places nothing lies.
    Book("opening_stock", (
        Sheet("Location", 14, 14, is_of="locations"),
        Sheet("ProductInventory", 1069, 1065, said=(("dated_on", "2014-08-08"),)),
    )),
    Book("purchase_orders", (Sheet("PurchaseOrderHeader", 4012, 4012), Sheet("PurchaseOrderDetail", 8845, 8845))),
)  # fmt: skip


@dataclass
class Desk:
    """Where the migrator sits: the address, a window, the line that the work centres stand on, the tables before."""

    url: str
    seen: checks.Watched
    line: str
    before: dict[str, str]

    @property
    def page(self) -> Page:
        return self.seen.page

    def go(self, path: str) -> Page:
        """The window at an address."""
        self.page.goto(self.url + path)
        return self.page

    def look(self, name: str) -> None:
        """Keep a picture of what is on the screen, at both sizes, for whoever asked for pictures."""
        for size in ("portrait", "wall", "tablet") if checks.SHOTS else ():
            width, height = checks.SIZES[size]
            self.page.set_viewport_size({"width": width, "height": height})
            checks.keep_picture(self.page, f"migration-{name}-{size}")


@pytest.fixture
def desk(live_server: Any, tmp_path: Path, settings: Any) -> Iterator[Desk]:
    """A migrator who has signed in at an empty plant, whose worker works."""
    settings.DATA_DIR = tmp_path
    plant = a_plant("old")
    mia = a_user("mia", "migrator", plant.site)
    before = content()
    database = with_database(os.environ["DATABASE_URL"], connection.settings_dict["NAME"])
    with (
        a_process("manage.py", "work", environment={"DATABASE_URL": database, "DATA_DIR": str(tmp_path)}),
        desk_of(live_server.url, mia=mia) as found,
    ):
        yield Desk(live_server.url, found.window(), plant.line_a.code, before)


def content() -> dict[str, str]:
    """All that the factory's tables hold."""
    try:
        return checksums(one for one in tables_of(*APPS) if not any(word in one for word in BESIDE))
    finally:
        connection.close()


def test_an_old_factory_comes_agrees_and_goes(desk: Desk) -> None:
    expected = json.loads(EXPECTED.read_text())["adventureworks"]
    for book in PLAN:
        bring(desk, book)
    stock_agrees(desk, expected)
    structures_agree(desk, expected)
    orders_agree(desk, expected)
    opening = open_the_plant(desk)
    registered(desk, opening, expected)
    undo_everything(desk, opening)
    with ThreadPoolExecutor(1) as other:
        after = other.submit(content).result()
    assert {table: now for table, now in after.items() if now != desk.before[table]} == {}
    # The test's server has no live channel; pages then ask again by themselves.
    assert ([one for one in desk.seen.errors if "/ws/live/" not in one], desk.seen.outside) == ([], [])


def bring(desk: Desk, book: Book) -> None:
    """A workbook, sheet after sheet, by the button that the page offers next."""
    page = desk.go("/imports/new/")
    page.set_input_files("#file", BOOKS / f"{book.file}.xlsx")
    press(page, "Look into it")
    for place, sheet in enumerate(book.sheets):
        if place:
            press(page, f"Next sheet: {sheet.name}")
        bring_sheet(desk, sheet)


def bring_sheet(desk: Desk, sheet: Sheet) -> None:
    """File, columns, check, dry run, done: with what no column says, and nothing put right."""
    page = desk.page
    others = page.get_by_role("navigation", name="Sheets").get_by_role("link", name=sheet.name, exact=True)
    if others.count() and others.get_attribute("aria-current") is None:
        others.click()
    if sheet.is_of:
        page.select_option("#kind", sheet.is_of)
    desk.look(f"{sheet.name}-1-file")
    press(page, "On to the columns")
    for name, value in sheet.said:
        field = page.locator(f"#all-{name}")
        if not field.is_visible():
            page.get_by_text("Say more for all rows").click()
        field.fill(value.format(line=desk.line))
        field.press("Tab")
    desk.look(f"{sheet.name}-2-columns")
    press(page, "Check the rows")
    expect(figure(page, "To be put right")).to_have_text("0", timeout=LONG_MS)
    expect(figure(page, "Rows")).to_have_text(f"{sheet.rows:,}")
    desk.look(f"{sheet.name}-3-check")
    press(page, "Dry run")
    expect(figure(page, "will be created")).to_have_text(f"{sheet.new:,}", timeout=LONG_MS)
    desk.look(f"{sheet.name}-4-dry-run")
    press(page, "Import")
    expect(page.get_by_role("heading", name="Done", exact=True)).to_be_visible(timeout=LONG_MS)
    expect(figure(page, "New")).to_have_text(f"{sheet.new:,}")
    desk.look(f"{sheet.name}-5-done")


def stock_agrees(desk: Desk, expected: dict[str, Any]) -> None:
    """What everything is worth, here and at each place, on the page of stock value."""
    for place, known in expected["stock_on_hand_by_location"].items():
        page = desk.go(f"/stock/value/?location={place.split()[0]}")
        assert first_amount(page) == cents(known["value_at_StandardCost"]), place
    page = desk.go("/stock/value/")
    assert first_amount(page) == cents(expected["stock_on_hand_total"]["value_at_StandardCost"])
    desk.look("stock-value")


def structures_agree(desk: Desk, expected: dict[str, Any]) -> None:
    """Bicycles down to the last washer, and washers up to the last bicycle."""
    for known in expected["bom_explosion"].values():
        page = desk.go(f"/items/{known['ProductNumber']}/explosion/")
        leaves: dict[str, Decimal] = defaultdict(Decimal)
        for row in table(page, "All that is needed"):
            if row[3] != "yes":
                leaves[row[1].split("\n")[0]] += amount(row[2])
        assert leaves == {number: Decimal(str(count)) for number, count in known["leaf_quantities"].items()}
    desk.look("explosion")
    for number, parents in expected["where_used_direct_parents"].items():
        page = desk.go(f"/items/{number}/where-used/")
        assert len({row[1].split("\n")[0] for row in table(page, "Where it is used")}) == parents
    desk.look("where-used")
    # A finished good goes into nothing, and its page says so.
    bicycle = next(iter(expected["bom_explosion"].values()))["ProductNumber"]
    expect(desk.go(f"/items/{bicycle}/where-used/").locator("main")).to_contain_text("No bill of materials uses it.")


def orders_agree(desk: Desk, expected: dict[str, Any]) -> None:
    """What the orders come to, open ones and ended ones."""
    known = expected["purchase_orders_by_Status"]
    for show, names in (("open", ("1 Pending", "2 Approved")), ("closed", ("3 Rejected", "4 Complete"))):
        page = desk.go(f"/purchasing/?show={show}")
        said = page.get_by_text("that came with their sums").inner_text()
        orders, net, total = (Decimal(one.replace(",", "")) for one in re.findall(r"\d[\d,]*(?:\.\d+)?", said))
        assert orders == sum(known[name]["orders"] for name in names)
        assert net == sum(Decimal(known[name]["SubTotal"]) for name in names)
        assert total == sum(Decimal(known[name]["TotalDue"]) for name in names)
        desk.look(f"orders-{show}")


def open_the_plant(desk: Desk) -> str:
    """An opening that all of it belongs to; gives its address."""
    page = desk.go("/imports/openings/")
    page.fill("#opens-on", "2014-08-08")
    page.fill("#note", "The bicycle maker moves in")
    press(page, "Begin")
    press(page, "Put in")
    expect(page.get_by_role("button", name="Put in", exact=True)).to_have_count(0)
    desk.look("opening")
    return page.url.removeprefix(desk.url)


def registered(desk: Desk, opening: str, expected: dict[str, Any]) -> None:
    """The totals of file and books beside each other, to the last digit, on one page."""
    page = desk.go(opening)
    for folded in page.locator("main details > summary").all():
        folded.click()
    rows = grouped(table(page, "Totals"))
    in_the_books = {(run.rsplit(" · ", 1)[-1], figure): there for run, figure, *_, there, _difference in rows}
    differing = [row for row in [*rows, *table(page, "Totals by location")] if row[-1] != "–" and amount(row[-1])]
    assert differing == []
    stock, orders = expected["stock_on_hand_total"], expected["purchase_orders"]
    wanted = {
        ("ProductInventory", "quantity"): stock["quantity"],
        ("PurchaseOrderHeader", "net sum"): orders["SubTotal"],
        ("PurchaseOrderHeader", "tax"): orders["TaxAmt"],
        ("PurchaseOrderHeader", "freight"): orders["Freight"],
        ("PurchaseOrderHeader", "total"): orders["TotalDue"],
        ("PurchaseOrderDetail", "sum of the line"): orders["LineTotal"],
        ("PurchaseOrderDetail", "quantity"): orders["OrderQty"],
        ("PurchaseOrderDetail", "received quantity"): orders["ReceivedQty"],
        ("PurchaseOrderDetail", "rejected quantity"): orders["RejectedQty"],
        ("PurchaseOrderDetail", "stocked quantity"): orders["StockedQty"],
    }
    assert {key: amount(in_the_books[key]) for key in wanted} == {
        key: Decimal(str(known)) for key, known in wanted.items()
    }
    register_page_agrees(desk, expected)


def register_page_agrees(desk: Desk, expected: dict[str, Any]) -> None:
    """The page of one run, which the opening leads to: file, own total, what came and the books, and no difference."""
    page = desk.page
    page.get_by_role("region", name="Orders: open ones live on, ended ones are history").get_by_role(
        "link", name="purchase_orders.xlsx"
    ).first.click()
    expect(page.get_by_role("heading", name="Totals", exact=True)).to_be_visible()
    figures = {row[0]: row[1:] for row in table(page, "Totals")}
    in_file, _own, came, there, difference = figures["net sum"]
    assert {amount(in_file), amount(came), amount(there)} == {Decimal(expected["purchase_orders"]["SubTotal"])}
    headers = sum(known["orders"] for known in expected["purchase_orders_by_Status"].values())
    assert (amount(figures["Rows"][0]), amount(difference)) == (headers, 0)
    desk.look("register")


def undo_everything(desk: Desk, opening: str) -> None:
    """One button; the last import goes first."""
    page = desk.go(opening)
    page.get_by_role("link", name="Undo all").click()
    expect(page.locator("main")).to_contain_text("0 stay because of later work")
    desk.look("undo-all")
    press(page, "Undo all")
    sheets = sum(len(book.sheets) for book in PLAN)
    undone = page.get_by_role("cell", name="undone", exact=True)
    for _turn in range(LONG_MS // 1000):
        if undone.count() >= sheets:
            break
        page.wait_for_timeout(1000)
        page.reload()
        page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    expect(undone).to_have_count(sheets)
    desk.look("undone")


def press(page: Page, name: str) -> None:
    """Press the button of this name."""
    page.get_by_role("button", name=name, exact=True).click()


def figure(page: Page, name: str) -> Any:
    """A count of the page's head, by what it counts."""
    return page.locator(".import-counts > div", has=page.get_by_text(name, exact=True)).locator("dd")


def table(page: Page, name: str) -> list[list[str]]:
    """The cells of a table by its name."""
    rows = page.get_by_role("region", name=name, exact=True).first.locator("tbody tr")
    return [
        [cell.strip() for cell in row]
        for row in rows.evaluate_all("all => all.map(r => [...r.cells].map(c => c.innerText))")
    ]


def grouped(rows: list[list[str]]) -> list[list[str]]:
    """Rows of a table that says in a line of its own what those below it are about."""
    found, about = [], ""
    for row in rows:
        if len(row) == 1:
            about = row[0]
        else:
            found.append([about, *row])
    return found


def first_amount(page: Page) -> Decimal:
    """The sum above the rows."""
    return amount(page.locator("#rows strong").first.inner_text())


def amount(text: str) -> Decimal:
    """A number as pages write it, its unit beside it."""
    return Decimal(re.sub(r"[^\d.\-]", "", text.replace("−", "-").split()[0]))


def cents(value: Any) -> Decimal:
    """As pages show money."""
    return Decimal(value).quantize(Decimal("0.01"))
