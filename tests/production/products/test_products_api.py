"""Bills of materials, routings, work centres and the structure of items through the API."""

from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from production.products.models import Bom, Routing, WorkCentre
from tests.world.clock import Clock
from tests.world.inventory import a_unit, an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.products import a_bom, a_routing, a_structure, a_work_centre


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_a_bill_of_materials_from_draft_to_release(cast: Cast, clock: Clock) -> None:
    box, screw, other = an_item("BOX"), an_item("SCREW"), an_item("BOLT")
    a_unit("dz", factor=Decimal(12))
    client = client_of(cast.planner)
    made = client.post("/api/v1/boms", {"item": box.pk, "quantity": "10"}, format="json")
    assert (made.status_code, made.data["code"], made.data["status"]) == (201, "1", "DRAFT"), made.data
    at = f"/api/v1/boms/{made.data['id']}"
    answer = client.post(
        f"{at}/lines", {"item": screw.pk, "quantity": "4", "unit": "dz", "loss_percent": "2.5"}, format="json"
    )
    (line,) = answer.data["lines"]
    assert (line["item_number"], line["quantity"], line["unit"], line["factor"]) == (
        "SCREW", "4.000000", "dz", "12.000000000000"
    )  # fmt: skip
    answer = client.post(
        f"{at}/change-line", {"line": line["id"], "quantity": "5", "version": line["version"]}, format="json"
    )
    assert (answer.status_code, answer.data["lines"][0]["quantity"]) == (200, "5.000000")
    stale = client.post(f"{at}/change-line", {"line": line["id"], "quantity": "6", "version": 1}, format="json")
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    answer = client.post(f"{at}/alternates", {"line": line["id"], "item": other.pk}, format="json")
    assert [one["item_number"] for one in answer.data["lines"][0]["alternates"]] == ["BOLT"]
    ring = client.post(f"{at}/lines", {"item": box.pk, "quantity": "1"}, format="json")
    assert (ring.status_code, ring.json()["code"], ring.json()["path"]) == (409, "product_ring", ["BOX", "BOX"])
    answer = client.post(f"{at}/release", {"valid_from": "2026-12-01"}, format="json")
    assert (answer.status_code, answer.data["status"], answer.data["valid_from"]) == (200, "RELEASED", "2026-12-01")
    copy = client.post(f"{at}/copy", {}, format="json")
    assert (copy.status_code, copy.data["code"], len(copy.data["lines"])) == (201, "2", 1)
    gone = client.post(f"/api/v1/boms/{copy.data['id']}/remove", {}, format="json")
    assert gone.status_code == 204
    assert [row["code"] for row in client.get("/api/v1/boms?item__number=BOX").data["results"]] == ["1"]


def test_a_line_of_another_bill_of_materials_is_none_of_this_one(cast: Cast, clock: Clock) -> None:
    mine, other = a_bom(an_item("A"), status="DRAFT"), a_bom(an_item("B"), {an_item("C"): "1"}, status="DRAFT")
    answer = client_of(cast.planner).post(
        f"/api/v1/boms/{mine.pk}/remove-line", {"line": other.lines.get().pk}, format="json"
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_design")
    assert other.lines.count() == 1


def test_an_item_is_exploded_and_its_uses_are_found(cast: Cast, clock: Clock) -> None:
    items = a_structure({"A": {"B": "2"}, "B": {"C": "0.5"}})
    client = client_of(cast.planner)
    told = client.get(f"/api/v1/items/{items['A'].pk}/explosion?quantity=10&on=2026-11-20").json()
    names = ("level", "item_number", "quantity", "unit", "is_made")
    assert [tuple(row[name] for name in names) for row in told["rows"]] == [
        (1, "B", "20.000000", "pcs", True),
        (2, "C", "10.000000", "pcs", False),
    ]
    used = client.get(f"/api/v1/items/{items['C'].pk}/where-used?all=true").json()
    assert [(row["level"], row["item_number"], row["quantity"]) for row in used] == [
        (1, "B", "0.500000"),
        (2, "A", None),
    ]
    assert client.get(f"/api/v1/items/{items['A'].pk}/explosion?quantity=0").status_code == 422
    assert client.get(f"/api/v1/items/{items['A'].pk}").data["number"] == "A"


def test_a_routing_and_its_work_centre(plant: Plant, cast: Cast, clock: Clock) -> None:
    item, client = an_item("A"), client_of(cast.planner)
    press = plant.line_a.machines.first()
    centre = client.post(
        "/api/v1/work-centres",
        {"code": "PRESS", "name": "Presses", "line": plant.line_a.pk, "machines": [press.code]}, format="json",
    )  # fmt: skip
    assert (centre.status_code, centre.data["machines"]) == (201, [press.code]), centre.data
    changed = client.post(f"/api/v1/work-centres/{centre.data['id']}/change", {"places": 3}, format="json")
    assert (changed.data["places"], changed.data["machines"]) == (3, [press.code])
    routing = client.post("/api/v1/routings", {"item": item.pk, "lead_time_days": 2}, format="json")
    at = f"/api/v1/routings/{routing.data['id']}"
    answer = client.post(
        f"{at}/operations", {"name": "Press", "work_centre": centre.data["id"], "run_s": "12.5"}, format="json"
    )
    (operation,) = answer.data["operations"]
    assert (operation["number"], operation["run_s"], operation["work_centre_code"]) == (10, "12.500", "PRESS")
    answer = client.post(f"{at}/instructions", {"operation": operation["id"], "text": "Close the door."}, format="json")
    assert answer.data["operations"][0]["instructions"][0]["text"] == "Close the door."
    answer = client.post(
        f"{at}/checks", {"operation": operation["id"], "name": "Burr", "kind": "YES_NO"}, format="json"
    )
    assert answer.data["operations"][0]["checks"][0]["name"] == "Burr"
    answer = client.post(
        f"{at}/change-operation", {"operation": operation["id"], "setup_s": "600", "version": 1}, format="json"
    )
    assert answer.data["operations"][0]["setup_s"] == "600.000"
    assert client.post(f"{at}/release", {}, format="json").data["status"] == "RELEASED"
    refused = client.post(f"{at}/remove-operation", {"operation": operation["id"]}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "design_stands")


@pytest.mark.parametrize("who", ["stranger", "storekeeper", "sales"])
def test_those_without_the_right_see_and_change_nothing(plant: Plant, cast: Cast, clock: Clock, who: str) -> None:
    items = a_structure({"A": {"B": "2"}})
    bom, centre = Bom.objects.get(), a_work_centre(plant.line_a)
    routing = a_routing(items["A"], centre, status="DRAFT")
    client = client_of(getattr(cast, who))
    for address in ("boms", "routings", "work-centres"):
        assert client.get(f"/api/v1/{address}").json()["code"] == "permission_denied", address
        assert client.post(f"/api/v1/{address}", {"item": items["A"].pk}, format="json").status_code in (403, 422)
    for address in (f"boms/{bom.pk}/retire", f"routings/{routing.pk}/release"):
        assert client.post(f"/api/v1/{address}", {"reason": "x"}, format="json").status_code in (403, 404)
    for address in ("explosion", "where-used"):
        assert client.get(f"/api/v1/items/{items['A'].pk}/{address}").status_code in (403, 404)
    assert (Bom.objects.get().status, Routing.objects.get().status, WorkCentre.objects.count()) == (
        "RELEASED", "DRAFT", 1
    )  # fmt: skip
