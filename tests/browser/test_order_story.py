"""The factory's whole story on a running plant: sold, planned, steel bought late, made with a stop, scrap and rework,
sent; its lateness and its cost are told to those who may know them, and to nobody else."""

import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from factory_core.processes.postgres import EmbeddedPostgres
from tests.browser import checks
from tests.browser.by_hand import FAULTY, say
from tests.browser.conftest import RunningPlant
from tests.world.running import manage

pytestmark = pytest.mark.plant

# A product nobody else in the demo wants: its steel takes five days, and one machine makes it, counted by people.
DRAWN = f"""
from datetime import timedelta
from decimal import Decimal
from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.partners.models import Partner
from factory_core.people.services import service_user
from factory_core.plant.models import Machine
from inventory.items.models import Unit
from inventory.items.services.items import create_item
from inventory.items.services.prices import set_cost, set_sales_price
from inventory.items.services.suppliers import add_supplier
from production.products.models import WorkCentre
from production.products.services import *
actor, at = service_user("plant"), now()
today = at.date()
with acting(actor, channel="test"):
    bar = create_item(actor=actor, at=at, number="ST-BAR", name="Story bar", unit=Unit.objects.get(code="kg"),
        kind="RAW", tracking="LOT", is_bought=True)
    add_supplier(actor=actor, item_id=bar.pk, supplier=Partner.objects.get(code="S-100"), at=at, lead_time_days=5,
        is_preferred=True)
    set_cost(actor=actor, item_id=bar.pk, cost=Decimal(3), valid_from=today - timedelta(days=30), at=at)
    flange = create_item(actor=actor, at=at, number="ST-100", name="Story flange", unit=Unit.objects.get(code="pcs"),
        kind="PRODUCT", tracking="LOT", is_made=True, is_sold=True)
    set_sales_price(actor=actor, item_id=flange.pk, unit=flange.unit, price=Decimal(40), at=at,
        valid_from=today - timedelta(days=30))
    bom = draft_bom(actor=actor, item=flange, at=at)
    add_line(actor=actor, bom_id=bom.pk, item=bar, quantity=Decimal(2), at=at, issue="PICKED")
    routing = draft_routing(actor=actor, item=flange, at=at)
    turning = add_operation(actor=actor, routing_id=routing.pk, name="Turning", run_s=Decimal(60), at=at,
        work_centre=WorkCentre.objects.get(code="TURN"), machine=Machine.objects.get(code="{FAULTY}"),
        count_by="PERSON")
    set_instruction(actor=actor, operation_id=turning.pk, at=at, text="Clamp it twice.", must_confirm=True)
    release_bom(actor=actor, bom_id=bom.pk, at=at, valid_from=today - timedelta(days=30))
    release_routing(actor=actor, routing_id=routing.pk, at=at, valid_from=today - timedelta(days=30))
"""
WITHIN_S = 90


@dataclass(frozen=True)
class Company:
    """The plant, and a desk or tablet for whoever is named."""

    plant: RunningPlant
    at: Callable[[str], Page]

    def ask(self, who: str, path: str) -> tuple[int, str]:
        """Status and body of an address, as somebody."""
        answer = self.at(who).request.get(self.plant.url + path)
        return answer.status, answer.text()

    def post(self, who: str, path: str, wish: dict[str, Any]) -> dict[str, Any]:
        """An act through the API, as somebody who signed in."""
        page = self.at(who)
        token = next(one["value"] for one in page.context.cookies() if one["name"].endswith("csrftoken"))
        headers = {"X-CSRFToken": token, "Idempotency-Key": uuid.uuid4().hex, "Referer": self.plant.url}
        answer = page.request.post(self.plant.url + path, data=wish, headers=headers)
        assert answer.ok, answer.text()
        found: dict[str, Any] = answer.json()
        return found

    def place(self, code: str) -> int:
        """The id of a place of stock."""
        rows = self.at("sami").request.get(f"{self.plant.url}/api/v1/locations/?code={code}").json()["results"]
        return int(rows[0]["id"])

    def key(self, order: str) -> int:
        """The id of a production order."""
        rows = self.at("paul").request.get(f"{self.plant.url}/api/v1/production-orders/?number={order}").json()
        return int(rows["results"][0]["id"])

    def go(self, who: str, path: str) -> Page:
        """Somebody's page at an address."""
        page = self.at(who)
        page.goto(self.plant.url + path)
        return page


@pytest.fixture
def company(browser: Browser, running_plant: RunningPlant, signed_in: Callable[[str], Any]) -> Company:
    if running_plant.data is None:
        pytest.skip("only a plant started by the test may get a product of the test")
    where = {"DATA_DIR": str(running_plant.data), "DATABASE_URL": EmbeddedPostgres(running_plant.data).url()}
    manage("shell", "-v0", "-c", DRAWN, environment=where)
    pages: dict[str, Page] = {}

    def at(who: str) -> Page:
        if who not in pages:
            pages[who] = checks.new_context(browser, "tablet", storage=signed_in(who)).new_page()
        return pages[who]

    return Company(running_plant, at)


@pytest.mark.timeout(900)
def test_an_order_goes_through_the_whole_factory(company: Company) -> None:
    sale = sell(company)
    plan_and_firm(company, sale)
    order = order_of(company)
    steel = buy(company)
    late(company, sale, order)
    receive(company, steel)
    release(company, order)
    make(company, order)
    put_into_stock(company, order)
    send(company, sale)
    costs(company, order)


def sell(company: Company) -> str:
    """A customer wants ten flanges in two days."""
    page = company.go("swantje", "/sales/new/")
    page.get_by_label("Customer", exact=False).first.fill("C-500")
    press(page, "Enter the order")
    page.locator("#id_line-item").fill("ST-100")
    page.locator("#id_line-quantity").fill("10")
    page.locator("#id_line-promised_on").fill(days_ahead(2))
    press(page, "Add")
    press(page, "Confirm")
    expect(page.get_by_role("button", name="Confirm", exact=True)).to_have_count(0)
    return page.url.rstrip("/").rsplit("/", 1)[-1].split("?")[0]


def plan_and_firm(company: Company, sale: str) -> None:
    """The plan proposes to make the flanges for this sale and to buy their steel; the planner firms both."""
    page = company.go("paul", "/plan/")
    press(page, "Plan anew now")
    until(lambda: firm_row(company, page, "ST-100"), "a proposal to make it")
    until(lambda: firm_row(company, page, "ST-BAR"), "a proposal to buy its steel")
    status, told = company.ask("anna", "/plan/")
    assert status == 403, told[:200]


def firm_row(company: Company, page: Page, number: str) -> bool:
    page.goto(f"{company.plant.url}/plan/?q={number}")
    row = page.locator("li.plan-row", has_text=number)
    if not row.count():
        return False
    row.first.get_by_role("checkbox").check()
    press(page, "Firm the chosen ones")
    page.goto(f"{company.plant.url}/plan/?q={number}")
    return not page.locator("li.plan-row", has_text=number).count()


def order_of(company: Company) -> str:
    """The production order that came of the proposal."""
    rows = company.at("paul").request.get(f"{company.plant.url}/api/v1/production-orders/?item__number=ST-100")
    found = rows.json()["results"]
    assert [(row["quantity"], row["status"]) for row in found] == [("10.000000", "PLANNED")]
    return str(found[0]["number"])


def late(company: Company, sale: str, order: str) -> None:
    """Sales see that it will be late and that its material makes it so; an operator is told nothing of sales."""

    def told() -> bool:
        status, text = company.ask("swantje", f"/sales/orders/{sale}/promise/")
        return status == 200 and "Late by" in text and "Material comes with" in text

    until(told, "the lateness of the sale with its material as the reason")
    until(lambda: "Material comes with" in company.ask("paul", f"/orders/{order}/promise/")[1], "why the order is late")
    assert order in company.go("dana", "/promises/").locator("main").inner_text()
    status, text = company.ask("anna", f"/sales/orders/{sale}/promise/")
    assert status == 403, text
    assert "Material" not in text


def buy(company: Company) -> str:
    """The buyer orders what the planner asked for; the supplier can only deliver in a week. The line's address."""
    page = company.go("bruno", "/purchasing/requests/?q=ST-BAR")
    page.get_by_role("checkbox").first.check()
    page.locator("#supplier").fill("S-100")
    press(page, "Make an order")
    press(page, "Release")
    bought = page.url.rstrip("/").rsplit("/", 1)[-1].split("?")[0]
    order = page.request.get(f"{company.plant.url}/api/v1/purchase-orders/?number={bought}").json()["results"][0]
    line = next(one for one in order["lines"] if one["item_number"] == "ST-BAR")
    address = f"/api/v1/purchase-orders/{order['id']}/lines/{line['id']}"
    company.post("bruno", f"{address}/change", {"promised_on": days_ahead(7)})
    return address


def receive(company: Company, line: str) -> None:
    """The steel comes after all, with its lot and the supplier's."""
    company.post("sami", f"{line}/receive", {
        "quantity": "20", "to_location": company.place("A-01"), "lot_number": "ST-LOT-7", "supplier_lot": "NS-90210",
    })  # fmt: skip


def release(company: Company, order: str) -> None:
    """The planner lets the floor begin."""
    page = company.go("paul", f"/orders/{order}/")
    press(page, "Release")
    expect(page.get_by_role("button", name="Release", exact=True)).to_have_count(0)


def make(company: Company, order: str) -> None:
    """The operator loads it by scan, takes its steel, does what is told, explains a stop, counts, and finishes it."""
    page = company.go("anna", f"/station/{FAULTY}/")
    pause(page)
    scanned(page, order)
    # Where the machine stands and asks why, the next step waits behind its button.
    press(page, "Work")
    with page.expect_response(lambda answer: answer.url.endswith("/step-confirmations")) as confirmed:
        page.get_by_role("dialog", name="Work").get_by_role("button", name="Done", exact=True).first.tap()
    assert confirmed.value.ok, confirmed.value.text()
    taken(company, order)
    page.goto(f"{company.plant.url}/station/{FAULTY}/")
    explained(company, page)
    count(page, "Good", "10")
    count(page, "Scrap", "1", "Dimension")
    count(page, "Rework", "1", "Surface")
    expect(page.locator("#order")).to_contain_text("Rework")
    press(page, "Finish or pause")
    page.get_by_role("dialog", name=re.compile("Finish or pause")).get_by_role("button", name="Finish order").tap()
    until(lambda: status_of(company, order) == "FINISHED", "the order's end")


def put_into_stock(company: Company, order: str) -> None:
    """What is good goes into stock as a lot of its own."""
    page = company.go("anna", f"/orders/{order}/material/")
    page.locator("#lot-number").fill("ST-MADE-1")
    page.locator("#out-place").fill("FG-01")
    press(page, "Put into stock")
    expect(page.locator("main")).to_contain_text("10 pcs good, 10 put into stock.")


def send(company: Company, sale: str) -> None:
    """The dispatcher picks and sends it; its paper names the lot."""
    page = company.go("dana", f"/sales/orders/{sale}/")
    press(page, "Send what is due")
    press(page, "Begin the dispatch")
    number = page.url.rstrip("/").rsplit("/", 1)[-1].split("?")[0]
    page.goto(f"{company.plant.url}/dispatch/{number}/pick/")
    page.get_by_role("link", name=re.compile("ST-MADE-1")).first.tap()
    page.get_by_role("button", name="Pick", exact=True).tap()
    press(page, "It is packed")
    page.goto(f"{company.plant.url}/dispatch/{number}/")
    page.locator("#carrier").fill("Our own van")
    press(page, "It left")
    assert "ST-MADE-1" in company.ask("dana", f"/dispatch/{number}/note/")[1]
    made_of = company.go("quynh", "/find/?q=ST-MADE-1")
    made_of.goto(made_of.url.rstrip("/") + "/trace/")
    expect(made_of.locator("main")).to_contain_text("ST-LOT-7")


def costs(company: Company, order: str) -> None:
    """Controlling sees what it cost and why it differs; operators, planners and the other line see nothing of it."""
    page = company.go("carla", f"/orders/{order}/")
    slot = page.locator("main")
    expect(slot).to_contain_text("ST-BAR")
    status, sheet = company.ask("carla", f"/orders/{order}/cost/")
    assert status == 200
    assert "ST-BAR" in sheet
    for who in ("anna", "paul", "yusuf"):
        status, told = company.ask(who, f"/orders/{order}/cost/")
        assert status in {204, 403, 404}, (who, status)
        assert "ST-BAR" not in told
        assert company.ask(who, f"/api/v1/production-orders/{company.key(order)}/cost/")[0] in {403, 404}
    assert company.ask("yusuf", f"/orders/{order}/")[0] == 404


def pause(page: Page) -> None:
    expect(page.locator("#order")).to_have_attribute("data-order", re.compile(r"\d+"))
    press(page, "Finish or pause")
    page.get_by_role("dialog", name=re.compile("Finish or pause")).get_by_role("button", name="Other job").tap()
    expect(page.locator("#order")).to_have_attribute("data-order", "")


def scanned(page: Page, order: str) -> None:
    """Typed as a scanner does, again where a busy machine was too slow for a burst."""
    for _attempt in range(8):
        page.keyboard.type(order, delay=2)
        page.keyboard.press("Enter")
        try:
            expect(page.locator("#order")).to_have_attribute("data-order-name", re.compile(order))
        except AssertionError:
            continue
        return
    expect(page.locator("#order")).to_have_attribute("data-order-name", re.compile(order))


def taken(company: Company, order: str) -> None:
    page = company.go("anna", f"/orders/{order}/material/")
    page.get_by_role("link", name="ST-BAR").first.tap()
    page.get_by_role("link", name=re.compile("ST-LOT-7")).first.tap()
    page.locator("#quantity").fill("20")
    page.get_by_role("button", name="Take", exact=True).tap()
    expect(page.get_by_role("region", name="Material").first).to_contain_text("ST-LOT-7")


def explained(company: Company, page: Page) -> None:
    """The simulated machine may run again at any moment: the answer is given at once where the question stands."""
    answered: list[int] = []
    page.on("response", lambda answer: answered.append(answer.status) if answer.url.endswith("/explain") else None)

    def told() -> bool:
        say(company.plant, "STOPPED")
        page.wait_for_timeout(1_500)
        page.evaluate("document.querySelector('[data-reasons] button')?.click()")
        page.wait_for_timeout(700)
        return 200 in answered

    until(told, "a stop with its reason")


def count(page: Page, what: str, number: str, reason: str = "") -> None:
    press(page, "Count")
    page.get_by_role("dialog", name="Count").get_by_role("button", name=what, exact=True).tap()
    pad = page.locator("#pad")
    for digit in number:
        pad.get_by_role("button", name=digit, exact=True).tap()
    if reason:
        pad.get_by_text(reason, exact=True).locator("visible=true").tap()
    with page.expect_response(lambda answer: answer.url.endswith("/count")) as sent:
        pad.get_by_role("button", name="Keep").tap()
    assert sent.value.status in {200, 201}, sent.value.text()


def status_of(company: Company, order: str) -> str:
    rows = company.at("paul").request.get(f"{company.plant.url}/api/v1/production-orders/?number={order}").json()
    return str(rows["results"][0]["status"])


def days_ahead(days: int) -> str:
    """A day from today, as people and programs write it."""
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Press the button or link of this name."""
    exact = isinstance(name, str)
    page.get_by_role("button", name=name, exact=exact).or_(
        page.get_by_role("link", name=name, exact=exact)
    ).first.click()


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for what the worker does behind the scenes."""
    end = time.monotonic() + WITHIN_S
    while not true():
        if time.monotonic() > end:
            pytest.fail(f"not within {WITHIN_S} s: {what}")
        time.sleep(0.5)
