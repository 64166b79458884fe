"""The pages of selling: lists, one order, both values of a clash, and prices told to nobody without the right."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.people.models import User
from inventory.sales.models import SalesLine, SalesOrder
from inventory.sales.services import LineWish
from tests.world.clock import Clock
from tests.world.inventory import an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.selling import TODAY, a_call_off, a_customer, a_price, a_sales_order


@pytest.fixture(autouse=True)
def _now(clock: Clock) -> None:
    clock.move(hours=2)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:600]
    return answer.content.decode()


def asked(client: Client, address: str) -> int:
    text_of(client, address)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        text_of(client, address)
    return len([one for one in seen.captured_queries if "SAVEPOINT" not in one["sql"]])


def test_an_order_is_entered_filled_and_confirmed(plant: Plant, cast: Cast) -> None:
    client, customer, item = browser(cast.sales), a_customer("ACME", name="Acme Ltd"), an_item("FL-1")
    a_price(item, "12.5", customer)
    answer = client.post(
        "/sales/new/",
        {"customer": "acme", "site": plant.site.pk, "ordered_on": "2026-11-20", "customer_reference": "PO 77"},
    )
    order = SalesOrder.objects.get()
    assert (answer.status_code, answer["Location"], order.customer) == (302, f"/sales/orders/{order.number}/", customer)
    added = client.post(
        f"/sales/orders/{order.number}/lines/",
        {"line-item": "fl-1", "line-quantity": "2,5", "line-wanted_on": "2026-11-30"},
    )
    assert added.status_code == 302
    line = order.lines.get()
    assert (line.quantity, line.price, line.wanted_on) == (Decimal("2.5"), Decimal("12.5"), date(2026, 11, 30))
    assert client.post(f"/sales/orders/{order.number}/confirm/", {"version": "1"}).status_code == 302
    page = text_of(client, f"/sales/orders/{order.number}/")
    for shown in ("Acme Ltd", "PO 77", "FL-1", "12.50 EUR", "31.25 EUR", "confirmed", "was confirmed to Acme Ltd"):
        assert shown in page
    assert "Send what is due" not in page  # sales do not pick


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"line-item": "nothing", "line-quantity": "1"}, "There is no item nothing"),
        ({"line-item": "FL-1", "line-quantity": "0"}, "0 is not a quantity"),
        ({"line-item": "FL-1", "line-quantity": "many"}, "Enter a number"),
        ({"line-item": "FL-1", "line-quantity": "1", "line-unit": "barrel"}, "There is no unit barrel"),
    ],
)
def test_a_mistake_is_told_at_its_field(plant: Plant, cast: Cast, wish: dict[str, str], sentence: str) -> None:
    an_item("FL-1")
    order = a_sales_order(cast.sales, a_customer(), plant.site, confirmed=False)
    answer = browser(cast.sales).post(f"/sales/orders/{order.number}/lines/", wish)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not SalesLine.objects.exists()


def test_the_second_of_two_editors_sees_both_values(plant: Plant, cast: Cast) -> None:
    order = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "5"))
    address = f"/sales/orders/{order.number}/lines/10/"
    first = browser(cast.planner).post(address, {"quantity": "7", "wanted_on": "2026-11-20", "version": "1"})
    assert first.status_code == 302
    second = browser(cast.sales).post(
        address, {"quantity": "9", "price": "", "wanted_on": "2026-11-20", "version": "1"}
    )
    page = second.content.decode()
    assert second.status_code == 412
    assert "Somebody changed this meanwhile" in page
    assert "Changed by Paula" in page
    assert "<td>7</td><td>9</td>" in page
    assert order.lines.get().quantity == Decimal(7)
    # Saved again, knowing both, it counts.
    again = browser(cast.sales).post(address, {"quantity": "9", "price": "", "wanted_on": "2026-11-20", "version": "2"})
    assert again.status_code == 302
    assert order.lines.get().quantity == Decimal(9)
    head = f"/sales/orders/{order.number}/edit/"
    wish = {"ordered_on": "2026-11-20", "version": str(order.version)}
    assert browser(cast.planner).post(head, {**wish, "note": "by rail"}).status_code == 302
    clash = browser(cast.sales).post(head, {**wish, "note": "by road"})
    assert clash.status_code == 412
    assert "<td>by rail</td><td>by road</td>" in clash.content.decode()


def test_a_refused_act_leads_back_and_says_why(plant: Plant, cast: Cast) -> None:
    order = a_sales_order(cast.sales, a_customer(), plant.site, confirmed=False)
    answer = browser(cast.sales).post(f"/sales/orders/{order.number}/confirm/", {"version": "1"})
    assert answer.status_code == 409
    assert "has no positions" in answer.content.decode()


def test_lists_show_and_find(plant: Plant, cast: Cast) -> None:
    client, acme = browser(cast.sales), a_customer(name="Acme Ltd")
    late = a_sales_order(
        cast.sales, acme, plant.site, LineWish(an_item("FL-1"), Decimal(5), promised_on=TODAY - timedelta(days=3))
    )
    fine = a_sales_order(cast.sales, a_customer(name="Bolt Inc"), plant.site, (an_item("NUT"), "5"))
    draft = a_sales_order(cast.sales, acme, plant.site, (an_item(), "5"), confirmed=False)

    def shown(query: str) -> list[str]:
        page = text_of(client, f"/sales/{query}")
        return [one.number for one in (late, fine, draft) if one.number in page]

    assert shown("") == [late.number, fine.number]
    assert shown("?show=late") == [late.number]
    assert shown("?show=drafts") == [draft.number]
    assert shown("?show=all&q=acme") == [late.number, draft.number]
    assert shown("?show=all&q=nu") == [fine.number]
    assert "3 days late" in text_of(client, "/sales/late/")
    assert "Late positions" in text_of(client, "/sales/late/?q=nothing")


def test_a_frame_order_takes_call_offs_on_its_page(plant: Plant, cast: Cast) -> None:
    client = browser(cast.sales)
    order = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "100"), is_frame=True)
    address = f"/sales/orders/{order.number}/lines/10/call-offs/"
    assert client.post(address, {"call10-quantity": "60", "call10-wanted_on": "2026-12-01"}).status_code == 302
    refused = client.post(address, {"call10-quantity": "41", "call10-wanted_on": "2026-12-02"})
    assert refused.status_code == 422
    assert "40 pcs left to call off" in refused.content.decode()
    assert "call-off 1" in text_of(client, f"/sales/orders/{order.number}/")
    assert client.post(f"{address}1/", {"quantity": "50", "wanted_on": "2026-12-01", "version": "1"}).status_code == 302
    stale = client.post(f"{address}1/", {"quantity": "40", "wanted_on": "2026-12-01", "version": "1"})
    assert (stale.status_code, "<td>50</td><td>40</td>" in stale.content.decode()) == (412, True)
    assert client.post(f"{address}1/", {"close": "yes", "reason": "moved", "version": "2"}).status_code == 302


def test_prices_are_told_to_nobody_without_the_right(plant: Plant, cast: Cast) -> None:
    item = an_item()
    order = a_sales_order(cast.sales, a_customer(), plant.site, LineWish(item, Decimal(3), price=Decimal("77.77")))
    pages = [f"/sales/orders/{order.number}/", f"/sales/orders/{order.number}/lines/10/", "/sales/"]
    assert "77.77" in text_of(browser(cast.sales), pages[0])
    client = browser(cast.dispatcher)
    for page in pages:
        found = text_of(client, page)
        assert "77.77" not in found
        assert "233.31" not in found
        assert 'name="line-price"' not in found
        assert 'name="price"' not in found
    # A field that the form does not have is not read.
    assert client.post(f"{pages[1]}", {"quantity": "4", "price": "1", "version": "1"}).status_code == 302
    assert (order.lines.get().price, order.lines.get().quantity) == (Decimal("77.77"), Decimal(4))
    row = client.get(f"/api/v1/sales-orders/{order.pk}").json()["lines"][0]
    assert "price" not in row
    assert browser(cast.sales).get(f"/api/v1/sales-orders/{order.pk}").json()["lines"][0]["price"] == "77.770000"
    for query in ("?ordering=lines__price", "?lines__price=77.77", "?price=77.77"):
        assert client.get(f"/api/v1/sales-orders{query}").status_code == 400


@pytest.mark.parametrize("who", ["stranger", "operator", "quality", "storekeeper"])
def test_the_doors_are_closed_to_others(plant: Plant, cast: Cast, who: str) -> None:
    order = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "5"), is_frame=True)
    a_call_off(cast.sales, order, "1")
    client, one = browser(getattr(cast, who)), f"/sales/orders/{order.number}/"
    for address in (
        "/sales/",
        "/sales/late/",
        "/sales/new/",
        "/sales/choices/items/",
        one,
        f"{one}edit/",
        f"{one}lines/10/",
    ):
        assert client.get(address).status_code == 403, address
    for address in ("confirm", "cancel", "close", "reopen", "copy", "edit", "lines", "lines/10", "lines/10/close",
                    "lines/10/remove", "lines/10/call-offs", "lines/10/call-offs/1"):  # fmt: skip
        assert client.post(f"{one}{address}/", {"reason": "x"}).status_code == 403, address
    assert client.get("/api/v1/sales-orders").status_code == 403
    assert client.get(f"/api/v1/sales-orders/{order.pk}").status_code == 403


def test_who_only_looks_finds_no_act(plant: Plant, cast: Cast) -> None:
    order = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "5"))
    page = text_of(browser(cast.buyer), f"/sales/orders/{order.number}/")
    for act in ("/edit/", "/cancel/", "/copy/", "/lines/"):
        assert f"{order.number}{act}" not in page
    assert browser(cast.buyer).post(f"/sales/orders/{order.number}/cancel/", {"reason": "x"}).status_code == 403


def test_lists_ask_the_same_however_long_they_are(plant: Plant, cast: Cast) -> None:
    client, customer, item = browser(cast.sales), a_customer(), an_item()
    wish = LineWish(item, Decimal(5), promised_on=TODAY - timedelta(days=3))
    make: Callable[..., Any] = lambda: a_sales_order(cast.sales, customer, plant.site, wish, wish)  # noqa: E731 - said twice below
    orders = [make(), make()]
    addresses = ("/sales/", "/sales/?show=late&q=so", "/sales/late/")
    few = [asked(client, address) for address in addresses]
    orders += [make() for _ in range(20)]
    assert [asked(client, address) for address in addresses] == few
    assert max(few) <= 12
    one = asked(client, f"/sales/orders/{orders[0].number}/")
    assert one <= 24
    with CaptureQueriesContext(connection) as seen:
        assert client.get("/api/v1/sales-orders").status_code == 200
    assert len(seen.captured_queries) <= 12
