"""Goods on a tablet held upright: ordered, received by scan, put away, counted, sold, picked, sent, recalled."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from inventory.stock.states import LocationKind
from tests.browser import checks
from tests.browser.desk import Desk, desk_of
from tests.browser.test_stock_scan import booked, keyed
from tests.browser.test_stock_scan import scan as scan_at_the_store
from tests.world.inventory import a_location, a_partner, an_item
from tests.world.people import a_user, the_cast
from tests.world.plant import a_plant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SEPARATOR = "\u001d"
LABEL = f"]d2010629104150021310LOT-7{SEPARATOR}17280228"
ANSWERS_MS = 20_000


@pytest.fixture
def company(live_server: Any) -> Iterator[Desk]:
    """A store with a dock and a shelf, one item, a supplier, a customer, and the people who deal with them."""
    plant = a_plant("goods")
    cast = the_cast(plant)
    store = a_location(plant.site, "STORE-1", LocationKind.STORE)
    a_location(plant.site, "DOCK-1", LocationKind.STAGING)
    a_location(plant.site, "IN-1", LocationKind.LOCATION, parent=store)
    a_location(plant.site, "A-01", LocationKind.BIN, parent=store)
    an_item("M-100", tracking="LOT", name="Flange 12-008", gtin="06291041500213", pick_rule="FEFO")
    a_partner("S-1", supplier=True, name="Nordstahl")
    a_partner("C-1", customer=True, name="Getriebebau")
    with desk_of(
        live_server.url, buyer=cast.buyer, storekeeper=cast.storekeeper, sales=cast.sales, dispatcher=cast.dispatcher,
        quality=cast.quality, supervisor=a_user("sofia.goods", "supervisor", plant.site),
    ) as company:  # fmt: skip
        yield company


def tablet(company: Desk, who: str) -> Page:
    """Somebody's tablet, held upright."""
    page = company.window("portrait", who=who).page
    page.set_default_timeout(ANSWERS_MS)
    return page


def scan(page: Page, code: str, then: Locator) -> None:
    """Type as a scanner does, until the page shows it."""
    checks.type_as_a_scanner(page, code)
    expect(then).to_be_visible()


def press(page: Page, name: str) -> None:
    """Press the button or link of this name."""
    page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True)).first.click()


@pytest.mark.timeout(900)
def test_goods_come_and_go_on_a_tablet(company: Desk) -> None:
    number = order_goods(company)
    receive_goods(company, number)
    put_away(company)
    count_the_shelf(company)
    order = sell(company)
    dispatch = send(company, order)
    lot = the_lot(company)
    recall(company, lot, dispatch)


def order_goods(company: Desk) -> str:
    page = tablet(company, "buyer")
    page.goto(f"{company.url}/purchasing/orders/new/")
    page.get_by_label("Supplier", exact=False).first.fill("S-1")
    press(page, "Save")
    form = page.get_by_role("form", name="New line")
    form.get_by_label("Item", exact=False).first.fill("M-100")
    form.get_by_label("Quantity", exact=False).first.fill("48")
    press(page, "Put it on the order")
    press(page, "Release")
    expect(page.get_by_text("48 pcs").first).to_be_visible()
    return page.url.rstrip("/").rsplit("/", 1)[-1].split("?")[0]


def receive_goods(company: Desk, number: str) -> None:
    page = tablet(company, "storekeeper")
    page.goto(f"{company.url}/purchasing/receive/")
    scan(page, number, page.get_by_text("Nordstahl").first)
    scan(page, LABEL, page.get_by_role("button", name="Take it in"))
    expect(page.locator("[name=lot_number]")).to_have_value("LOT-7")
    page.locator("[name=supplier_lot]").fill("NS-4711")
    page.locator("[name=quantity]").fill("48")
    press(page, "Take it in")
    expect(page.get_by_role("status").first).to_contain_text("48")


def put_away(company: Desk) -> None:
    page = tablet(company, "storekeeper")
    page.goto(f"{company.url}/stock/scan/")
    here = page.request.get(f"{company.url}/api/v1/stock-balances").json()["results"][0]["location_code"]
    scan_at_the_store(page, "MW-TRANSFER")
    scan_at_the_store(page, here)
    scan_at_the_store(page, LABEL)
    keyed(page, "48")
    scan_at_the_store(page, "A-01")
    scan_at_the_store(page, "MW-OK")
    booked(page, f"Put away or move: 48 pcs M-100 · LOT-7, {here} → A-01")


def count_the_shelf(company: Desk) -> None:
    page = tablet(company, "storekeeper")
    page.goto(f"{company.url}/counts/start/")
    page.locator("#place").fill("A-01")
    press(page, "Begin")
    scan(page, "A-01", page.get_by_text("scan or tap what you count"))
    scan(page, LABEL, page.locator("#quantity"))
    page.locator("#quantity").fill("47")
    press(page, "Counted")
    press(page, "Other place")
    press(page, "All is counted")
    count = page.url.rstrip("/").split("/counts/")[1].split("/")[0]
    second = tablet(company, "supervisor")
    second.goto(f"{company.url}/counts/{count}/accept/")
    press(second, "Accept and put the books right")
    rows = second.request.get(f"{company.url}/api/v1/stock-balances").json()["results"]
    assert [(row["location_code"], row["quantity"]) for row in rows if float(row["quantity"])] == [
        ("A-01", "47.000000")
    ]


def sell(company: Desk) -> str:
    page = tablet(company, "sales")
    page.goto(f"{company.url}/sales/new/")
    page.get_by_label("Customer", exact=False).first.fill("C-1")
    press(page, "Enter the order")
    page.locator("#id_line-item").fill("M-100")
    page.locator("#id_line-quantity").fill("10")
    press(page, "Add")
    press(page, "Confirm")
    expect(page.get_by_role("button", name="Confirm", exact=True)).to_have_count(0)
    return page.url.rstrip("/").rsplit("/", 1)[-1].split("?")[0]


def send(company: Desk, order: str) -> str:
    page = tablet(company, "dispatcher")
    page.goto(f"{company.url}/sales/orders/{order}/")
    press(page, "Send what is due")
    press(page, "Begin the dispatch")
    number = page.url.rstrip("/").rsplit("/", 1)[-1].split("?")[0]
    press(page, "Pick")
    scan(page, "A-01", page.get_by_role("region", name="In hand").get_by_role("status").get_by_text("A-01").first)
    scan(page, LABEL, page.get_by_role("button", name="Pick", exact=True))
    page.get_by_role("button", name="Pick", exact=True).click()
    press(page, "It is packed")
    page.goto(f"{company.url}/dispatch/{number}/")
    page.locator("#carrier").fill("Our own van")
    press(page, "It left")
    page.goto(f"{company.url}/dispatch/{number}/note/")
    paper = page.locator("main").inner_text()
    assert "LOT-7" in paper
    assert "M-100" in paper
    return number


def the_lot(company: Desk) -> str:
    page = tablet(company, "quality")
    page.goto(f"{company.url}/find/?q=LOT-7")
    expect(page.get_by_role("heading", level=1)).to_contain_text("LOT-7")
    assert "NS-4711" in page.locator("main").inner_text()
    return page.url.rstrip("/").rsplit("/", 1)[-1]


def recall(company: Desk, lot: str, dispatch: str) -> None:
    page = tablet(company, "quality")
    page.goto(f"{company.url}/lots/{lot}/recall/")
    told = page.locator("main").inner_text()
    for word in ("Getriebebau", dispatch, "A-01", "37"):
        assert word in told, word
    assert checks.wide(page) == []
