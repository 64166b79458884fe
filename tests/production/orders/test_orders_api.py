"""Orders of items and their operations through the API."""

import pytest
from django.test import Client

from factory_core.people.models import User
from production.orders.models import CountEntry, OrderOperation, ProductionOrder
from tests.world.clock import Clock
from tests.world.orders import a_made_item, an_item_order, steps
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import minute


@pytest.fixture(autouse=True)
def _at_seven(clock: Clock) -> None:
    clock.at = minute(60)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def post(client: Client, address: str, body: dict | None = None, status: int = 200, **headers: str) -> dict:
    answer = client.post(f"/api/v1/{address}", body or {}, content_type="application/json", headers=headers)
    assert answer.status_code == status, answer.content
    return answer.json()


def test_an_order_of_an_item_goes_its_way(plant: Plant, cast: Cast) -> None:
    made, planner, operator = a_made_item(plant), browser(cast.planner), browser(cast.operator)
    wish = {"item_number": made.item.number, "line": plant.line_a.pk, "quantity": "100", "priority": 3}
    order = post(planner, "production-orders", wish, 201)
    assert (order["item"], order["quantity"], order["status"], order["machine_code"]) == (
        made.item.pk, "100.000000", "PLANNED", None
    )  # fmt: skip
    base = f"production-orders/{order['id']}"
    released = post(planner, f"{base}/release")
    assert released["status"] == "RELEASED"
    read = {"If-Match": f'"{released["version"]}"'}
    changed = post(planner, f"{base}/change", {"quantity": "80"}, **read)
    assert changed["quantity"] == "80.000000"
    stale = post(planner, f"{base}/change", {"quantity": "70"}, 412, **read)
    assert stale["current"]["quantity"] == "80"
    part = post(planner, f"{base}/split", {"quantity": "30"}, 201)
    assert (part["quantity"], part["split_from"]) == ("30.000000", order["id"])
    assert post(planner, f"{base}/merge", {"orders": [part["id"]]})["quantity"] == "80.000000"
    press, bench = operator.get(f"/api/v1/operations?order={order['id']}").json()["results"][::-1]
    assert [(one["number"], one["status"], one["unit"]) for one in (press, bench)] == [
        (10, "PENDING", "pcs"), (20, "PENDING", "pcs")
    ]  # fmt: skip
    assert post(operator, f"operations/{bench['id']}/start", status=409)["code"] == "nothing_to_work_on"
    assert post(operator, f"operations/{bench['id']}/start", {"anyway": True})["status"] == "RUNNING"
    started = post(operator, f"operations/{press['id']}/start", {"machine": plant.press.pk})
    assert (started["status"], started["machine_code"]) == ("RUNNING", plant.press.code)
    post(operator, f"machines/{plant.press.pk}/count", {"kind": "scrap", "quantity": "2"}, 201)
    made_so_far = operator.get(f"/api/v1/{base}/made").json()
    assert made_so_far == {"good": "0.000000", "scrap": "2.000000", "rework": "0.000000", "unit": "pcs"}
    at = {"at": minute(60).isoformat()}
    assert post(operator, f"operations/{bench['id']}/finish", at)["status"] == "FINISHED"
    assert post(planner, f"{base}/cancel", {"reason": "no"}, 409)["code"] == "wrong_status"


def test_an_order_ends_and_is_opened_again(plant: Plant, cast: Cast, clock: Clock) -> None:
    order = an_item_order(cast.planner, a_made_item(plant), plant)
    press, bench = steps(order)
    operator, base = browser(cast.operator), f"production-orders/{order.pk}"
    post(operator, f"operations/{press.pk}/skip", status=422)
    assert post(operator, f"operations/{press.pk}/skip", {"reason": "bought"})["status_reason"] == "bought"
    post(operator, f"operations/{press.pk}/unskip")
    post(operator, f"{base}/start")
    clock.at = minute(70)
    assert post(operator, f"operations/{press.pk}/pause", {"reason": "tool"})["status"] == "PAUSED"
    assert post(operator, f"{base}/finish")["status"] == "FINISHED"
    planner = browser(cast.planner)
    post(planner, f"{base}/reopen", {}, 422)
    assert post(planner, f"{base}/reopen", {"reason": "ten more"})["status"] == "PAUSED"
    post(operator, f"{base}/finish")
    assert post(browser(cast.controller), f"{base}/close")["status"] == "CLOSED"
    bench.refresh_from_db()
    assert bench.status == "FINISHED"


@pytest.mark.parametrize(
    "wrong", [{"line": 0}, {"quantity": "0"}, {"item_number": "NO"}, {"priority": 10}, {"quantity": "NaN"}]
)
def test_wishes_that_cannot_be_change_nothing(plant: Plant, cast: Cast, wrong: dict) -> None:
    made = a_made_item(plant)
    wish = {"item_number": made.item.number, "line": plant.line_a.pk, "quantity": "1", **wrong}
    answer = browser(cast.planner).post("/api/v1/production-orders", wish, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert not ProductionOrder.objects.exists()


def test_other_lines_and_the_stranger_do_nothing(plant: Plant, cast: Cast) -> None:
    order = an_item_order(cast.planner, a_made_item(plant), plant)
    step = steps(order)[0]
    acts = {
        "release": {}, "withdraw": {"reason": "x"}, "renew": {}, "change": {"priority": 1}, "split": {"quantity": "1"},
        "merge": {"orders": [order.pk]}, "cancel": {"reason": "x"}, "reopen": {"reason": "x"}, "close": {},
    }  # fmt: skip
    taps = {"start": {}, "pause": {}, "finish": {}, "skip": {"reason": "x"}, "unskip": {}, "place": {}}
    before = list(ProductionOrder.objects.values()), list(OrderOperation.objects.values())
    for user, closed in ((cast.neighbour, 404), (cast.stranger, 403)):
        client = browser(user)
        for act, body in acts.items():
            post(client, f"production-orders/{order.pk}/{act}", body, closed)
        for act, body in taps.items():
            post(client, f"operations/{step.pk}/{act}", body, closed)
        assert client.get(f"/api/v1/operations/{step.pk}").status_code == closed
    operator = browser(cast.operator)
    for act, body in acts.items():
        post(operator, f"production-orders/{order.pk}/{act}", body, 403)
    assert (list(ProductionOrder.objects.values()), list(OrderOperation.objects.values())) == before
    assert not CountEntry.objects.exists()
