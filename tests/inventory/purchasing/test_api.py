"""Buying through the API: acts once a key, prices hidden, strangers outside."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.access.roles import ROLES
from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.purchasing import services
from inventory.purchasing.models import Enquiry, PurchaseLine, PurchaseOrder, PurchaseRequest, Receipt
from inventory.stock.models import Location, StockBalance
from tests.inventory.purchasing.conftest import AT, Ordered
from tests.world.clock import Clock
from tests.world.inventory import a_partner
from tests.world.people import Cast, a_user
from tests.world.plant import Plant


@pytest.fixture(autouse=True)
def _now(clock: Clock) -> None:
    clock.set(AT)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, address: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    return client.post(f"/api/v1/{address}", body or {}, content_type="application/json", headers=headers)


def test_an_order_goes_its_way_through_the_api(
    plant: Plant, cast: Cast, steel: Partner, bolt: Item, bay: Location
) -> None:
    client = browser(cast.buyer)
    wish = {
        "supplier": steel.pk, "site": plant.site.pk,
        "lines": [{"item": bolt.pk, "quantity": "20", "wanted_on": "2026-12-01"}],
    }  # fmt: skip
    first = post(client, "purchase-orders", wish, **{"Idempotency-Key": "o1"})
    again = post(client, "purchase-orders", wish, **{"Idempotency-Key": "o1"})
    assert (first.status_code, first.json()["id"], PurchaseOrder.objects.count()) == (201, again.json()["id"], 1)
    order, line = first.json(), first.json()["lines"][0]
    assert (line["quantity"], line["unit"], line["price"], line["factor"]) == (
        "20.000000", "box", "8.400000", "12.000000000000",
    )  # fmt: skip
    base = f"purchase-orders/{order['id']}"
    stale = post(client, f"{base}/release", **{"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["current"]["status"]) == (412, "DRAFT")
    assert post(client, f"{base}/lines/{line['id']}/change", {"quantity": "5"}).json()["quantity"] == "5.000000"
    assert post(client, f"{base}/release").json()["status"] == "RELEASED"
    assert post(client, f"{base}/promise", {"promised_on": "2026-11-19"}).status_code == 200
    late = client.get("/api/v1/purchase-orders?late=true&supplier__code=STEEL").json()["results"]
    assert [one["number"] for one in late] == [order["number"]]
    store = browser(cast.storekeeper)
    taken = {"quantity": "4", "to_location": bay.pk, "delivery_note": "L1"}
    over = post(store, f"{base}/lines/{line['id']}/receive", {**taken, "quantity": "6"})
    assert (over.status_code, over.json()["code"], over.json()["over"]) == (409, "over_delivery", "1")
    for _tap in (1, 2):
        got = post(store, f"{base}/lines/{line['id']}/receive", taken, **{"Idempotency-Key": "r1"})
    assert (got.status_code, got.json()[0]["quantity"], got.json()[0]["location"]) == (201, "4.000000", "BAY-1")
    assert (Receipt.objects.count(), StockBalance.objects.get().quantity) == (1, 48)
    back = {"quantity": "1", "from_location": bay.pk, "reason": "bent"}
    assert post(store, f"{base}/lines/{line['id']}/return", back).status_code == 403
    assert post(client, f"{base}/lines/{line['id']}/return", back).json()["kind"] == "RETURNED"
    assert [one["kind"] for one in client.get(f"/api/v1/{base}/receipts").json()] == ["RETURNED", "RECEIVED"]
    assert post(client, f"{base}/cancel", {"reason": "x"}).json()["code"] == "already_received"
    assert post(client, f"{base}/close", {"reason": "enough"}).json()["status"] == "CLOSED"
    assert post(client, f"{base}/reopen", {"reason": "no"}).json()["status"] == "RELEASED"
    assert len(client.get(f"/api/v1/{base}/story").json()) == 9


def test_requests_and_enquiries_become_orders(plant: Plant, cast: Cast, steel: Partner, bolt: Item) -> None:
    fitter, client = a_user("mika", "maintenance", plant.site), browser(cast.buyer)
    wish = {"site": plant.site.pk, "item": bolt.pk, "quantity": "30", "reason": "press 1"}
    made = post(browser(fitter), "purchase-requests", wish)
    assert (made.status_code, made.json()["requested_by"]) == (201, "Mika")
    assert browser(fitter).get("/api/v1/purchase-requests").status_code == 403
    made = post(browser(cast.planner), "purchase-requests", wish)
    assert (made.status_code, made.json()["status"], made.json()["requested_by"]) == (201, "OPEN", "Paula")
    ordered = post(client, "purchase-requests/order", {"requests": [made.json()["id"]], "supplier": steel.pk})
    assert (ordered.status_code, ordered.json()["lines"][0]["quantity"]) == (201, "5.000000")
    again = post(client, "purchase-requests/order", {"requests": [made.json()["id"]], "supplier": steel.pk})
    assert (again.status_code, again.json()["code"]) == (409, "already_ordered")
    asked = {
        "site": plant.site.pk,
        "item": bolt.pk,
        "quantity": "100",
        "suppliers": [steel.pk, a_partner(supplier=True).pk],
    }
    enquiry = post(client, "enquiries", asked).json()
    noted = post(
        client, f"enquiries/{enquiry['id']}/offers", {"supplier": steel.pk, "price": "0.5", "lead_time_days": 3}
    )
    assert (noted.status_code, noted.json()["price"]) == (201, "0.500000")
    rows = client.get(f"/api/v1/enquiries/{enquiry['id']}/offers").json()
    assert [(one["price"], one.get("is_best"), one["base_price"]) for one in rows] == [
        ("0.500000", True, "0.500000"), (None, False, None),
    ]  # fmt: skip
    assert browser(cast.storekeeper).get(f"/api/v1/enquiries/{enquiry['id']}/offers").status_code == 403
    chosen = post(client, f"enquiries/{enquiry['id']}/choose", {"offer": rows[0]["id"]})
    assert (chosen.status_code, chosen.json()["lines"][0]["price"]) == (201, "0.500000")
    assert Enquiry.objects.get().status == "DECIDED"


def test_prices_are_neither_read_nor_written_filtered_or_sorted_by(
    plant: Plant, cast: Cast, steel: Partner, bolt: Item, ordered: Ordered, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ordered(bolt, "5", price=Decimal("7.77"))
    monkeypatch.setitem(ROLES, "storekeeper", ROLES["storekeeper"] | {"inventory.purchasing.manage"})
    client = browser(cast.storekeeper)
    answer = client.get("/api/v1/purchase-orders")
    assert (answer.status_code, b"7.77" in answer.content, b"price" in answer.content) == (200, False, False)
    for unknown in ("lines__price=7.77", "price=7.77", "ordering=lines__price", "lines__price__gt=9"):
        assert client.get(f"/api/v1/purchase-orders?{unknown}").status_code == 400, unknown
    base = f"purchase-orders/{line.order_id}"
    assert post(client, f"{base}/lines/{line.pk}/change", {"price": "1"}).status_code == 403
    assert post(client, f"{base}/lines", {"item": bolt.pk, "quantity": "1", "price": "1"}).status_code == 403
    stale = post(client, f"{base}/lines/{line.pk}/change", {"quantity": "6"}, **{"If-Match": "9"})
    assert (stale.status_code, "price" in stale.json()["current"]) == (412, False)
    wish = {"supplier": steel.pk, "site": plant.site.pk, "lines": [{"item": bolt.pk, "quantity": "5"}]}
    made = post(client, "purchase-orders", wish)
    assert (made.status_code, "price" in made.json()["lines"][0]) == (201, False)
    assert PurchaseLine.objects.latest("id").price == 9
    line.refresh_from_db()
    assert (line.price, line.order.lines.count()) == (Decimal("7.77"), 1)


def test_the_stranger_and_another_site_reach_nothing(
    plant: Plant, cast: Cast, steel: Partner, bolt: Item, bay: Location, ordered: Ordered
) -> None:
    from tests.world.plant import a_plant

    line = ordered(bolt, "5")
    with acting(cast.buyer):
        asked = services.request_purchase(actor=cast.buyer, site=plant.site, item=bolt, quantity=Decimal(1), at=AT)
        enquiry = services.enquire(
            actor=cast.buyer, site=plant.site, item=bolt, quantity=Decimal(1), suppliers=[steel], at=AT
        )
    base = f"purchase-orders/{line.order_id}"
    acts = [
        (f"{base}/release", {}), (f"{base}/cancel", {"reason": "x"}), (f"{base}/close", {"reason": "x"}),
        (f"{base}/reopen", {"reason": "x"}), (f"{base}/change", {"note": "x"}),
        (f"{base}/promise", {"promised_on": "2026-12-01"}), (f"{base}/lines/{line.pk}/change", {"quantity": "9"}),
        (f"{base}/lines/{line.pk}/close", {"reason": "x"}), (f"{base}/lines/{line.pk}/remove", {}),
        (f"{base}/lines/{line.pk}/receive", {"quantity": "1"}),
        (f"purchase-requests/{asked.pk}/reject", {"reason": "x"}), (f"enquiries/{enquiry.pk}/cancel", {}),
        (f"enquiries/{enquiry.pk}/choose", {"offer": 1}),
    ]  # fmt: skip
    reads = [base, f"{base}/receipts", f"{base}/story", f"purchase-requests/{asked.pk}", f"enquiries/{enquiry.pk}"]
    elsewhere = a_user("far.buyer", "buyer", a_plant("far").site)
    for user, closed in ((cast.stranger, 403), (elsewhere, 404)):
        client = browser(user)
        for address, body in acts:
            assert post(client, address, body).status_code == closed, address
        for address in reads:
            assert client.get(f"/api/v1/{address}").status_code == closed, address
    assert client.get("/api/v1/purchase-orders").json()["results"] == []
    wish = {"supplier": steel.pk, "site": plant.site.pk}
    assert post(client, "purchase-orders", wish).status_code == 422 or PurchaseOrder.objects.count() == 1
    assert {Client().get(f"/api/v1/{one}").status_code for one in ("purchase-orders", "enquiries")} == {401}
    line.refresh_from_db()
    assert (line.quantity, line.is_closed, line.order.status, PurchaseRequest.objects.get().status) == (
        5, False, "RELEASED", "OPEN",
    )  # fmt: skip
    assert (Receipt.objects.count(), Enquiry.objects.get().status) == (0, "OPEN")
