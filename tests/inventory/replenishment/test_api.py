"""Suggestions and rules through the API."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from factory_core.people.models import User
from inventory.purchasing.models import PurchaseOrder
from inventory.replenishment.models import ReplenishmentRule
from tests.inventory.replenishment.conftest import Shop
from tests.world.inventory import an_item
from tests.world.people import Cast

pytestmark = pytest.mark.django_db
D = Decimal
OWN = "/api/v1/suggestions"
RULES = "/api/v1/replenishment-rules"


class Api:
    """JSON in, JSON out."""

    def __init__(self, user: User) -> None:
        self.client = Client(raise_request_exception=False)
        self.client.force_login(user, "django.contrib.auth.backends.ModelBackend")

    def get(self, address: str) -> Any:
        return self.client.get(address)

    def post(self, address: str, wish: object = None, **headers: str) -> Any:
        return self.client.post(address, wish or {}, "application/json", headers=headers)

    def patch(self, address: str, wish: object, **headers: str) -> Any:
        return self.client.patch(address, wish, "application/json", headers=headers)


def test_suggestions_carry_their_reason(shop: Shop, cast: Cast) -> None:
    shop.run()
    (row,) = Api(cast.planner).get(f"{OWN}?status=OPEN&item__number=SCREW").json()["results"]
    told = {name: row[name] for name in ("item_number", "quantity", "unit", "supplier_name", "wanted_on", "order_on")}
    assert told == {
        "item_number": "SCREW", "quantity": "50.000000", "unit": "pcs", "supplier_name": "Company NEAR",
        "wanted_on": "2026-11-25", "order_on": "2026-11-20",
    }  # fmt: skip
    assert (row["reason"]["position"], row["order_number"]) == ("0", None)
    assert Api(cast.stranger).get(OWN).status_code == 403


def test_taken_once_a_key_and_once_at_all(shop: Shop, cast: Cast) -> None:
    shop.run()
    (one,) = shop.open()
    api, wish = Api(cast.buyer), {"suggestions": [one.pk], "versions": {str(one.pk): 1}}
    first = api.post(f"{OWN}/take", wish, **{"Idempotency-Key": "k1"})
    again = api.post(f"{OWN}/take", wish, **{"Idempotency-Key": "k1"})
    order = PurchaseOrder.objects.get()
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert [row["number"] for row in first.json()] == [order.number]
    other = api.post(f"{OWN}/{one.pk}/take")
    assert (other.status_code, other.json()["code"], other.json()["order"]) == (409, "already_taken", order.number)
    assert api.get(f"{OWN}/{one.pk}").json()["order_number"] == order.number


def test_dismissed_with_a_reason(shop: Shop, cast: Cast) -> None:
    shop.run()
    own, api = f"{OWN}/{shop.open()[0].pk}", Api(cast.buyer)
    assert api.post(f"{own}/dismiss").status_code == 400
    assert api.post(f"{own}/dismiss", {"reason": "no"}, **{"If-Match": "7"}).status_code == 412
    assert api.post(f"{own}/dismiss", {"reason": "end of life"}).json()["status"] == "DISMISSED"


def test_the_rules_look_when_asked(shop: Shop, cast: Cast) -> None:
    site = {"site": shop.books.site.pk}
    assert Api(cast.planner).post(f"{OWN}/run", site).json() == {
        "looked_at": 1, "made": 1, "changed": 0, "gone": 0, "troubles": [],
    }  # fmt: skip
    for who in (cast.auditor, cast.stranger):
        assert Api(who).post(f"{OWN}/run", site).status_code in {403, 422}


def test_rules_are_made_and_changed(shop: Shop, cast: Cast) -> None:
    api, nut = Api(cast.buyer), an_item("NUT")
    wish = {"item": nut.pk, "site": shop.books.site.pk, "method": "MIN_MAX", "reorder_point": "5", "most": "20"}
    made = api.post(RULES, wish)
    assert (made.status_code, made.json()["most"], made.json()["unit"]) == (201, "20.000000", "pcs")
    assert api.post(RULES, wish).json()["code"] == "rule_exists"
    own = f"{RULES}/{made.json()['id']}"
    assert api.patch(own, {"most": "30"}, **{"If-Match": "1"}).json()["version"] == 2
    stale = api.patch(own, {"most": "40"}, **{"If-Match": "1"})
    assert (stale.status_code, stale.json()["current"]["most"]) == (412, "30")
    assert api.patch(own, {"most": "4"}).json()["code"] == "bad_rule"
    rule = ReplenishmentRule.objects.get(item=nut)
    assert (rule.version, rule.most) == (2, 30)


def test_costs_are_hidden_and_refused(shop: Shop, cast: Cast) -> None:
    shop.change_rule(order_cost=D(20), holding_cost=D(2))
    own = f"{RULES}/{shop.rule.pk}"
    assert Api(cast.buyer).get(own).json()["order_cost"] == "20.000000"
    seen = Api(cast.planner).get(own).json()
    assert {"order_cost", "holding_cost"} & seen.keys() == set()
    assert Api(cast.planner).patch(own, {"order_cost": "1"}).status_code == 400
    assert Api(cast.planner).patch(own, {"reorder_point": "1"}).status_code == 403
    shop.rule.refresh_from_db()
    assert (shop.rule.version, shop.rule.order_cost, shop.rule.reorder_point) == (1, 20, 30)


def test_only_buyers_act(shop: Shop, cast: Cast) -> None:
    shop.run()
    own = f"{OWN}/{shop.open()[0].pk}"
    for who in (cast.stranger, cast.planner, cast.auditor):
        assert Api(who).post(f"{own}/take").status_code in {403, 404}
        assert Api(who).post(f"{own}/dismiss", {"reason": "no"}).status_code in {403, 404}
        assert Api(who).post(RULES, {"item": shop.screw.pk, "site": shop.books.site.pk}).status_code in {403, 409, 422}
    assert len(shop.open()) == 1
    assert PurchaseOrder.objects.count() == 0
