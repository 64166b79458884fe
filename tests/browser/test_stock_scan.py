"""The scan page of the store in a real browser: receive, move and issue by scanner at a tablet held upright."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from inventory.stock.states import LocationKind
from tests.browser import checks
from tests.browser.desk import Desk, desk_of
from tests.inventory.stock.store_people import in_stock
from tests.world.inventory import a_location, a_lot, an_item, an_item_unit
from tests.world.people import the_cast
from tests.world.plant import a_plant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LABEL = f"]d2010629104150021310LOT-7{checks.SEPARATOR}17270228"


@pytest.fixture
def desk(live_server: Any) -> Iterator[Desk]:
    """A store with two bins, something in them, and a browser in which the storekeeper has signed in."""
    plant = a_plant("scan")
    cast = the_cast(plant)
    store = a_location(plant.site, "STORE-1", LocationKind.STORE)
    bins = [a_location(plant.site, code, LocationKind.BIN, parent=store) for code in ("A-01", "B-02")]
    flange = an_item("M-100", tracking="LOT", name="Flange 12-008", gtin="06291041500213", pick_rule="FEFO")
    an_item_unit(flange, "box", "12")
    bolt = an_item("B-200", name="Bolt M8")
    for number, day in (("OLD-1", "2027-01-31"), ("NEW-2", "2027-06-30")):
        in_stock(cast.storekeeper, flange, "24", bins[1], a_lot(flange, number, expires_on=day))
    in_stock(cast.storekeeper, bolt, "500", bins[0])
    with desk_of(live_server.url, storekeeper=cast.storekeeper) as desk:
        yield desk


HEAR = """() => {
  if (window.heard) return;
  window.heard = [];
  document.addEventListener('mw:scan', event => window.heard.push(event.detail.code), { capture: true });
}"""


def scan(page: Page, code: str) -> None:
    """Type as a wedge scanner does, and wait until the page has done what it does with it."""
    page.evaluate(HEAR)
    page.evaluate("window.heard.length = 0")
    checks.type_as_a_scanner(page, code)
    page.wait_for_function("code => window.heard.includes(code)", arg=code)
    expect(page.locator("#scan-panel")).not_to_have_attribute("aria-busy", "true")


def keyed(page: Page, digits: str) -> None:
    """Tap a quantity on the page's own keypad."""
    for digit in digits:
        page.locator(f"[data-key='{digit}']").tap()


def read(page: Page) -> str:
    """What the page said to the last scan."""
    return " ".join(page.locator("#scan-answer").inner_text().split())


def booked(page: Page, sentence: str) -> None:
    """The act was done, and the page says so."""
    expect(page.locator("#scan-done [data-part=what]")).to_have_text(sentence)
    expect(page.locator("#scan-panel")).not_to_have_attribute("aria-busy", "true")


def lies(page: Page, desk: Desk) -> dict[tuple[str, str | None], Decimal]:
    """Place and lot → quantity, as the API tells."""
    rows = page.request.get(f"{desk.url}/api/v1/stock-balances").json()["results"]
    return {(row["location_code"], row["lot_number"]): Decimal(row["quantity"]) for row in rows}


@pytest.mark.timeout(900)
def test_goods_are_received_moved_and_issued_by_scanner(desk: Desk) -> None:
    seen = desk.window("portrait")
    page = seen.page
    page.goto(f"{desk.url}/stock/scan/")

    # Receive: the command, the place, one label with item, lot and expiry; two boxes on the keypad.
    scan(page, "MW-RECEIVE")
    scan(page, "A-01")
    scan(page, LABEL)
    assert "10LOT-7|17270228" in read(page)
    assert "M-100 · Flange 12-008 · lot LOT-7" in read(page)
    assert checks.font_px(page, "#scan-answer .code-read") >= 32
    assert page.locator("#expires_on").input_value() == "2027-02-28"
    page.locator("[data-unit=box]").tap()
    keyed(page, "2")
    expect(page.locator("#scan-base")).to_have_text("= 24 pcs")
    # Two quick taps are one receipt.
    page.locator("#confirm").dblclick()
    booked(page, "Receive: 2 box M-100 → A-01")
    assert lies(page, desk)["A-01", "LOT-7"] == 24

    # An unknown code: what was read and what was expected; nothing known is lost.
    scan(page, "NONSENSE-1")
    assert "NONSENSE-1" in read(page)
    assert "Expected: an item, a lot, or a label with both" in read(page)
    expect(page.locator(".scan-slots .filled strong")).to_have_text("A-01")

    # Put away: from, label, quantity, to; half a piece typed with the decimal sign is refused by nobody here.
    scan(page, "MW-TRANSFER")
    scan(page, LABEL)
    keyed(page, "10,5")
    scan(page, "B-02")
    assert page.locator("#scan-typed").inner_text() == "10.5"
    page.reload()
    assert page.locator("#scan-typed").inner_text() == "10.5"
    scan(page, "MW-OK")
    booked(page, "Put away or move: 10.5 pcs M-100 · LOT-7, A-01 → B-02")
    assert lies(page, desk) == {
        ("A-01", None): 500, ("A-01", "LOT-7"): Decimal("13.5"), ("B-02", "LOT-7"): Decimal("10.5"),
        ("B-02", "OLD-1"): 24, ("B-02", "NEW-2"): 24,
    }  # fmt: skip

    # Taken back within eight seconds by a scan.
    scan(page, "MW-UNDO")
    expect(page.locator("#scan-done")).to_be_hidden()
    _until(page, lambda: lies(page, desk)["A-01", "LOT-7"] == 24)

    # Issue: what expires first is proposed; another lot asks why; too much is refused with what was typed kept.
    page.locator("[data-leave-act]").tap()
    scan(page, "MW-ISSUE")
    scan(page, "B-02")
    scan(page, "M-100")
    expect(page.locator(".offer.first")).to_contain_text("OLD-1")
    scan(page, "NEW-2")
    expect(page.locator("label[for=reason]")).to_be_attached()
    keyed(page, "30")
    page.locator("#confirm").tap()
    expect(page.locator("[data-part=refused]")).to_have_text("Say why first.")
    page.locator("[data-reason]").first.tap()
    page.locator("#confirm").tap()
    expect(page.locator("[data-part=refused]")).to_contain_text("24")
    assert page.locator("#scan-typed").inner_text() == "30"
    page.locator("[data-key=back]").tap()
    page.locator("[data-key=back]").tap()
    keyed(page, "4")
    page.locator("#confirm").tap()
    booked(page, "Issue: 4 pcs M-100 · NEW-2, from B-02")
    assert lies(page, desk)["B-02", "NEW-2"] == 20
    expect(page.locator("#needs-attention")).to_be_hidden()
    assert [error for error in seen.errors if "WebSocket" not in error and "409" not in error] == []


def _until(page: Page, holds: Callable[[], bool]) -> None:
    for _try in range(60):
        if holds():
            return
        page.wait_for_timeout(200)
    raise AssertionError("it did not come to hold")


PAGES = [
    "/stock/", "/stock/?item=M-100", "/stock/moves/", "/lots/", "/stock/scan/codes/", "/stock/scan/",
    "/stock/scan/?code=A-01", "/stock/scan/?act=RECEIVE&code=M-100", "/stock/scan/?act=ISSUE&code=NONSENSE",
]  # fmt: skip
LOOKS = [("tablet", "light"), ("portrait", "dark"), ("wall", "light"), ("phone", "light")]


@pytest.mark.timeout(900)
def test_the_pages_are_right_in_every_size_and_light(desk: Desk) -> None:
    faults = {}
    for size, scheme in LOOKS:
        seen = desk.window(size, scheme)
        for path in PAGES:
            answer = seen.page.goto(desk.url + path)
            seen.page.wait_for_timeout(200)
            found = {
                "status": [] if answer and answer.ok else [str(answer and answer.status)],
                "axe": checks.axe_faults(seen.page) if size != "wall" else [],
                "outside": seen.outside,
                "wide": checks.wide(seen.page),
                "small": checks.small_targets(seen.page, 44 if "/scan/" in path else 24),
                "wide when longer": checks.wide_when_longer(seen.page) if size == "portrait" else [],
            }
            faults |= {(size, path, what): said for what, said in found.items() if said}
        seen.page.context.close()
    assert faults == {}
