"""Planning through the API: make a plan, read proposals, firm one or several, once."""

from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from factory_core.people.models import User
from production.orders.models import ProductionOrder
from production.planning.models import PlanningRun
from tests.production.planning.conftest import Joinery

pytestmark = pytest.mark.django_db


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_a_plan_is_made_and_its_proposals_are_read(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    client = client_of(joinery.cast.planner)
    answer = client.post("/api/v1/planning-runs/", {"site": joinery.plant.site.pk, "weeks": 12}, format="json")
    assert (answer.status_code, answer.json()["status"], answer.json()["proposals"]) == (201, "DONE", 4)
    rows = client.get("/api/v1/planned-orders/?kind=MAKE").json()["results"]
    assert [(row["item_number"], row["quantity"], row["release_on"]) for row in rows] == [
        ("TOP", "10.000000", "2026-12-07"), ("TABLE", "10.000000", "2026-12-10"),
    ]  # fmt: skip
    assert rows[0]["demand"][0][2] == "SO-000001 · 10"


def test_firming_has_one_effect_a_key(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.plan()
    client, planned = client_of(joinery.cast.planner), joinery.proposal("TABLE")
    address = f"/api/v1/planned-orders/{planned.pk}/firm/"
    first = client.post(address, {"quantity": "11"}, format="json", headers={"Idempotency-Key": "one"})
    again = client.post(address, {"quantity": "11"}, format="json", headers={"Idempotency-Key": "one"})
    assert first.json() == again.json()
    assert first.json()["firmed_label"] == ProductionOrder.objects.get(quantity=Decimal(11)).number
    other = client.post(address, {}, format="json")
    assert (other.status_code, other.json()["code"]) == (409, "already_firmed")


def test_several_are_told_one_by_one(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    run = joinery.plan()
    client = client_of(joinery.cast.planner)
    ids = sorted(one.pk for one in joinery.planned(kind="MAKE"))
    client.post(f"/api/v1/planned-orders/{ids[0]}/firm/", {}, format="json")
    answer = client.post("/api/v1/planned-orders/firm/", {"planned_orders": ids, "run": run.pk}, format="json")
    told = {row["id"]: (bool(row["order"]), row["code"]) for row in answer.json()}
    assert (answer.status_code, told) == (200, {ids[0]: (False, "already_firmed"), ids[1]: (True, "")})


@pytest.mark.parametrize("who", ["stranger", "operator", "owner", "buyer"])
def test_only_planners_plan(joinery: Joinery, who: str) -> None:
    answer = client_of(getattr(joinery.cast, who)).post(
        "/api/v1/planning-runs/", {"site": joinery.plant.site.pk}, format="json"
    )
    assert answer.status_code in {403, 422}
    assert not PlanningRun.objects.exists()
