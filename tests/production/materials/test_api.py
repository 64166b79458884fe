"""Material and goods of orders through the API."""

import pytest
from rest_framework.test import APIClient

from inventory.stock.models import StockMove
from production.materials.queries import put_out_of
from tests.world.inventory import a_lot, an_item
from tests.world.work import Works, a_need

pytestmark = pytest.mark.django_db


@pytest.fixture
def works(plant, cast, clock) -> Works:
    return Works(plant, cast)


@pytest.fixture
def order(works):
    glue = an_item("GLUE", tracking="LOT")
    order, works.step = works.order(an_item("FLANGE", tracking="LOT"))
    works.row = a_need(order, glue, "1", issue="PICKED")
    works.stocked(glue, "500", lot=a_lot(glue, "L-1"))
    return order


def of(user) -> APIClient:
    client = APIClient()
    client.default_format = "json"
    client.force_authenticate(user)
    return client


def test_taken_put_out_finished_and_taken_back(works, order):
    client, whole = of(works.people.operator), f"/api/v1/production-orders/{order.pk}"
    material = f"/api/v1/order-materials/{works.row.pk}"
    wish = {"quantity": "60", "location": works.shelf.code, "lot": "L-1"}
    for _again in range(2):
        taken = client.post(f"{material}/issue", wish, headers={"Idempotency-Key": "i1"})
    assert (taken.status_code, taken.json()["kind"], taken.json()["quantity"]) == (200, "ISSUE", "60.000000")
    back = client.post(f"{material}/give-back", {**wish, "quantity": "10"})
    assert back.json()["to_location"] == works.shelf.code
    [stands] = client.get(f"{whole}/materials").json()
    assert (stands["used"], stands["returned"], stands["open"]) == ("50.000000", "10.000000", "50.000000")
    assert stands["lots"][0]["lot_number"] == "L-1"
    out = client.post(f"{whole}/outputs", {"quantity": "40"}, headers={"Idempotency-Key": "o1"})
    assert (out.status_code, [row["lot"] for row in out.json()]) == (201, [order.number])
    done = client.post(f"{whole}/outputs", {"quantity": "60", "lot_number": "B", "finish": True})
    order.refresh_from_db()
    assert (done.status_code, order.status, put_out_of(order)) == (201, "FINISHED", 100)
    assert [row["lot"] for row in client.get(f"{whole}/outputs").json()] == ["B", order.number]
    undone = client.post(f"{whole}/undo-booking", {"move": done.json()[0]["id"], "reason": "wrong lot"})
    assert (undone.status_code, put_out_of(order)) == (200, 40)


def test_refusals_are_problems(works, order):
    client, material = of(works.people.operator), f"/api/v1/order-materials/{works.row.pk}"
    wish = {"quantity": "101", "location": works.shelf.code, "lot": "L-1"}
    refused = client.post(f"{material}/issue", wish)
    assert (refused.status_code, refused.json()["code"]) == (409, "over_issue")
    assert client.post(f"{material}/issue", {**wish, "location": "nowhere"}).json()["code"] == "no_such_location"
    assert client.post(f"{material}/issue", {**wish, "lot": "nothing"}).json()["code"] == "no_such_lot"
    swap = client.post(f"{material}/use-alternate", {"item": an_item().number})
    assert (swap.status_code, swap.json()["code"]) == (409, "not_an_alternate")
    assert not StockMove.objects.filter(kind="ISSUE").exists()


def test_a_by_product_is_put_into_stock_once_a_key(works, order):
    client, dust = of(works.people.operator), an_item("DUST", tracking="LOT")
    row = a_need(order, dust, "0.1", kind="BY_PRODUCT", issue="PICKED")
    address, key = f"/api/v1/order-materials/{row.pk}/put-out", {"Idempotency-Key": "dust-1"}
    for _tap in range(2):
        answer = client.post(address, {"quantity": "2", "lot_number": "D-1"}, headers=key)
        assert (answer.status_code, answer.json()["lot"], answer.json()["to_location"]) == (201, "D-1", works.dock.code)
    assert works.lies(dust, works.dock) == 2
    refused = client.post(f"/api/v1/order-materials/{works.row.pk}/put-out", {"quantity": "2"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_component")


@pytest.mark.parametrize("who", ["stranger", "neighbour", "dispatcher", "planner"])
def test_others_book_nothing(works, order, who):
    client = of(getattr(works.people, who))
    wish = {"quantity": "1", "location": works.shelf.code, "lot": "L-1"}
    for address in (
        f"order-materials/{works.row.pk}/issue",
        f"order-materials/{works.row.pk}/put-out",
        f"production-orders/{order.pk}/outputs",
    ):
        assert client.post(f"/api/v1/{address}", wish).status_code in {403, 404}
    assert not StockMove.objects.exclude(kind="RECEIVE").exists()
