"""The pages of selling and dispatch in a real browser, and a pick by scanner at a tablet held upright."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from factory_core.access.identity import acting
from factory_core.clock import now
from inventory.dispatch.services import DispatchWish, create_dispatch, pack, pick, send
from inventory.sales.services import LineWish
from inventory.stock.models import Location
from tests.browser import checks
from tests.browser.desk import Desk, desk_of
from tests.inventory.stock.store_people import in_stock
from tests.world.inventory import a_location, a_lot, an_item
from tests.world.people import Cast, the_cast
from tests.world.plant import Plant, a_plant
from tests.world.selling import a_call_off, a_customer, a_price, a_sales_order

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office(live_server: Any) -> Iterator[Desk]:
    """Two orders, one dispatch being picked and one that left; dispatcher and seller have signed in."""
    plant = a_plant("sell")
    cast = the_cast(plant)
    with desk_of(live_server.url, _story(plant, cast), sales=cast.sales, dispatcher=cast.dispatcher) as office:
        yield office


def _story(plant: Plant, cast: Cast) -> dict[str, str]:
    site, at = plant.site, now()
    today = at.date()
    store = a_location(site, "STORE-1", "STORE")
    shelf, rack = a_location(site, "A-02", "BIN", store), a_location(site, "B-11", "BIN", store)
    dock, _quarantine = a_location(site, "DOCK", "STAGING"), a_location(site, "QUAR", "QUARANTINE")
    a_location(site, "PAL-1", "PALLET", dock)
    glue = an_item("GL-200", name="Two-component adhesive 200 ml", tracking="LOT", pick_rule="FEFO")
    flange = an_item("FL-12-008", name="Flange 12-008, turned")
    customer = a_customer("HANSE", name="Hanseatic Pumps GmbH")
    a_price(glue, "12.40", customer)
    a_price(flange, "31.9")
    soon, late = (
        a_lot(glue, number, expires_on=today + timedelta(days=days)) for number, days in (("S-1", 60), ("T-9", 400))
    )
    for lot, place in ((soon, rack), (late, shelf)):
        in_stock(cast.storekeeper, glue, "30", place, lot)
    in_stock(cast.storekeeper, flange, "80", shelf)
    order = a_sales_order(
        cast.sales, customer, site, _line(glue, "36", today - timedelta(days=2)), _line(flange, "60", today),
        customer_reference="PO 4711/B",
    )  # fmt: skip
    frame = a_sales_order(cast.sales, customer, site, _line(flange, "500", today), is_frame=True)
    a_call_off(cast.sales, frame, "40", today + timedelta(days=5))
    other = a_sales_order(cast.sales, a_customer("NORD", name="Nordlicht AG"), site, _line(flange, "10", today))
    draft = a_sales_order(cast.sales, customer, site, _line(glue, "5", today), confirmed=False)
    lines = list(order.lines.order_by("position"))
    with acting(cast.dispatcher, channel="test"):
        picking = create_dispatch(
            actor=cast.dispatcher, staging=dock, planned_on=today - timedelta(days=1), at=at,
            wishes=[DispatchWish(line.pk, line.quantity) for line in lines],
        )  # fmt: skip
        gone = _sent(cast, dock, shelf, other, at)
        pick(actor=cast.dispatcher, dispatch_id=picking.pk, location=shelf, item=flange, quantity=Decimal(20), at=at)
    return {
        "orders": "/sales/",
        "late": "/sales/late/",
        "new": "/sales/new/",
        "order": f"/sales/orders/{order.number}/",
        "line": f"/sales/orders/{order.number}/lines/10/",
        "frame": f"/sales/orders/{frame.number}/",
        "draft": f"/sales/orders/{draft.number}/",
        "due": "/dispatch/",
        "begin": f"/dispatch/new/?customer={customer.pk}",
        "tracking": "/dispatch/?show=all",
        "dispatch": f"/dispatch/{picking.number}/",
        "pick": f"/dispatch/{picking.number}/pick/",
        "ready": f"/dispatch/{picking.number}/pick/?place={shelf.pk}&item={flange.pk}",
        "gone": f"/dispatch/{gone}/",
        "note": f"/dispatch/{gone}/note/",
        "packing": f"/dispatch/{picking.number}/packing-list/",
        "picklist": f"/dispatch/{picking.number}/pick-list/",
    }


def _line(item: Any, quantity: str, day: date) -> LineWish:
    return LineWish(item, Decimal(quantity), wanted_on=day, promised_on=day, expected_on=day)


def _sent(cast: Cast, dock: Location, shelf: Location, order: Any, at: datetime) -> str:
    line = order.lines.get()
    made = create_dispatch(
        actor=cast.dispatcher, staging=dock, wishes=[DispatchWish(line.pk, line.quantity)], at=at, carrier="Rail"
    )
    pick(actor=cast.dispatcher, dispatch_id=made.pk, location=shelf, item=line.item, quantity=line.quantity, at=at)
    pack(actor=cast.dispatcher, dispatch_id=made.pk, at=at)
    send(actor=cast.dispatcher, dispatch_id=made.pk, at=at, tracking_number="R 7")
    return str(made.number)


SALES = ("orders", "late", "new", "order", "line", "frame", "draft")


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("size", "scheme"), [("tablet", "light"), ("portrait", "dark")])
def test_pages_fit_and_can_be_used_by_everybody(office: Desk, size: str, scheme: str) -> None:
    faults: dict[str, Any] = {}
    for who in ("sales", "dispatcher"):
        seen = office.window(size, scheme, who)
        for name, path in office.paths.items():
            if (name in SALES) != (who == "sales"):
                continue
            seen.page.goto(path)
            seen.page.wait_for_load_state("networkidle")
            checks.keep_picture(seen.page, f"{name}-{size}")
            found = [*checks.axe_faults(seen.page), *checks.wide(seen.page)]
            if name in ("pick", "ready"):
                found += checks.small_targets(seen.page, 48)
            if found:
                faults[name] = found
        seen.page.context.close()
    assert faults == {}


@pytest.mark.timeout(900)
def test_goods_are_picked_by_scanner(office: Desk) -> None:
    page = office.window("portrait", who="dispatcher").page
    page.goto(office.paths["pick"])
    _scanned(page, "NOBODY-KNOWS")
    expect(page.locator("[role=alert]").first).to_contain_text("NOBODY-KNOWS")
    _scanned(page, "A-02")
    expect(page.locator(".pick-hand")).to_contain_text("Next: the item or its lot")
    _scanned(page, "FL-12-008")
    expect(page.locator("#quantity")).to_have_value("40")
    page.get_by_role("button", name="Pick", exact=True).tap()
    expect(page.locator("section[aria-labelledby=picked]")).to_contain_text("40 pcs")


def _scanned(page: Page, code: str) -> None:
    """Type as a wedge scanner does; the page answers with another address."""
    before = page.url
    checks.type_as_a_scanner(page, code)
    page.wait_for_function("before => location.href !== before", arg=before)
