"""The pages of products: what they show, what they do, to whom, and in how many questions."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from production.products.models import Bom, BomAlternate, BomLine, Routing, WorkCentre
from production.products.rules.designators import counted
from tests.world.clock import Clock
from tests.world.inventory import an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.products import a_bom, a_bom_line, a_routing, a_structure, a_work_centre


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_the_tree_shows_quantities_and_unfolds_level_by_level(cast: Cast, clock: Clock) -> None:
    items = a_structure({"A": {"B": "2", "C": "3"}, "B": {"D": "0.5"}})
    client = as_(cast.planner)
    page = client.get("/items/A/bom/?quantity=10").content.decode()
    assert "20 pcs" in page
    assert "30 pcs" in page
    assert f"/boms/branch/{items['B'].pk}/?quantity=20" in page
    assert f"/boms/branch/{items['C'].pk}/" not in page
    branch = client.get(f"/boms/branch/{items['B'].pk}/?quantity=20&level=2").content.decode()
    assert "10 pcs" in branch
    assert "D Item D" in branch or "Item D" in branch
    assert client.get("/items/NOPE/bom/").status_code == 404


def test_the_pages_of_an_item_link_to_what_it_is_made_of(cast: Cast, clock: Clock) -> None:
    an_item("12/7")
    page = as_(cast.planner).get("/items/12/7/").content.decode()
    for address in ("bom", "routing", "where-used"):
        assert f"/items/12/7/{address}/" in page
        assert as_(cast.planner).get(f"/items/12/7/{address}/").status_code == 200
    assert "/bom/" not in as_(cast.sales).get("/items/12/7/").content.decode()


def test_a_bill_of_materials_is_made_by_hand(cast: Cast, clock: Clock) -> None:
    item, part, other = an_item("BOX"), an_item("SCREW"), an_item("BOLT")
    client = as_(cast.planner)
    assert client.post("/items/BOX/bom/new/", {"quantity": "10", "code": ""}).status_code == 302
    bom = Bom.objects.get(item=item)
    facts = {"item": "screw", "kind": "COMPONENT", "quantity": "4,5", "loss_percent": "0", "issue": "END",
             "cost_share": "0", "unit": "", "designators": "S1-S4"}  # fmt: skip
    assert client.post(f"/boms/{bom.pk}/lines/new/", facts).status_code == 302
    line = BomLine.objects.get()
    assert (line.item, line.quantity, line.unit) == (part, Decimal("4.5"), item.unit)
    page = client.get(f"/boms/{bom.pk}/").content.decode()
    assert "names 4 places" in page
    ring = client.post(f"/boms/{bom.pk}/lines/new/", {**facts, "item": "BOX"})
    assert (ring.status_code, "BOX › BOX" in ring.content.decode()) == (422, True)
    answer = client.post(f"/boms/{bom.pk}/lines/{line.pk}/", {**facts, "quantity": "5", "version": line.version})
    assert answer.status_code == 302
    stale = client.post(f"/boms/{bom.pk}/lines/{line.pk}/", {**facts, "quantity": "6", "version": 1})
    assert (stale.status_code, "Somebody changed this meanwhile" in stale.content.decode()) == (412, True)
    assert client.post(f"/boms/{bom.pk}/lines/{line.pk}/alternate/", {"item": "BOLT", "factor": "2", "priority": "1"})
    assert list(BomAlternate.objects.values_list("item", "factor")) == [(other.pk, 2)]
    assert client.post(f"/boms/{bom.pk}/release/", {"valid_from": "", "ends_former": "on"}).status_code == 302
    bom.refresh_from_db()
    assert (bom.status, bom.valid_from) == ("RELEASED", None)
    answer = client.post(f"/boms/{bom.pk}/do/copy/")
    copy = Bom.objects.exclude(pk=bom.pk).get()
    assert (answer.status_code, answer["Location"]) == (302, f"/boms/{copy.pk}/")
    assert client.post(f"/boms/{copy.pk}/do/remove-line/{copy.lines.get().pk}/").status_code == 302
    page = client.get(f"/boms/{copy.pk}/compare/{bom.pk}/").content.decode()
    assert "5 pcs SCREW" in page
    assert client.post(f"/boms/{copy.pk}/do/remove/").status_code == 302
    refused = client.post(f"/boms/{bom.pk}/do/retire/", {"reason": ""})
    assert refused.status_code == 422
    assert client.post(f"/boms/{bom.pk}/do/retire/", {"reason": "old"}).status_code == 302
    assert list(Bom.objects.values_list("status", flat=True)) == ["OBSOLETE"]


def test_a_routing_is_made_by_hand(plant: Plant, cast: Cast, clock: Clock) -> None:
    an_item("BOX")
    client = as_(cast.planner)
    press = plant.line_a.machines.first()
    facts = {"code": "PRESS", "name": "Presses", "line": plant.line_a.pk, "places": "1", "machines": [press.pk]}
    assert client.post("/work-centres/new/", facts).status_code == 302
    centre = WorkCentre.objects.get()
    assert press.name in client.get("/work-centres/").content.decode()
    answer = client.post("/work-centres/PRESS/", {**facts, "name": "Big presses", "is_active": "on", "version": 1})
    assert answer.status_code == 302
    assert client.post("/items/BOX/routing/new/", {"lead_time_days": "2"}).status_code == 302
    routing = Routing.objects.get()
    facts = {
        "name": "Press", "work_centre": centre.pk, "setup_s": "600", "run_s": "12,5", "setup_crew": "1",
        "run_crew": "0.5", "wait_s": "0", "loss_percent": "0", "count_by": "MACHINE", "time_rule": "EACH",
    }  # fmt: skip
    assert client.post(f"/routings/{routing.pk}/operations/new/", facts).status_code == 302
    operation = routing.operations.get()
    at = f"/routings/{routing.pk}/operations/{operation.pk}/"
    assert client.post(f"{at}instruction/new/", {"text": "Close the door.", "must_confirm": "on"}).status_code == 302
    check = {"name": "Colour", "kind": "CHOICE", "choices": "red\nblue", "when": "FIRST"}
    assert client.post(f"{at}check/new/", check).status_code == 302
    again = client.post(f"{at}check/{operation.checks.get().pk}/", {**check, "choices": "red", "version": 1})
    assert (again.status_code, operation.checks.get().choices) == (422, ["red", "blue"])
    page = client.get(f"/routings/{routing.pk}/").content.decode()
    for told in ("Close the door.", "Colour", "red / blue", "12.5 s", "Big presses", "600 s"):
        assert told in page
    assert client.post(f"/routings/{routing.pk}/release/", {"ends_former": "on"}).status_code == 302
    assert client.post(f"/routings/{routing.pk}/do/copy/").status_code == 302
    copy = Routing.objects.get(status="DRAFT")
    assert client.post(f"/routings/{copy.pk}/do/remove-operation/{copy.operations.get().pk}/").status_code == 302
    page = client.get(f"/routings/{copy.pk}/compare/{routing.pk}/").content.decode()
    assert "10 · Press" in page


def test_explosion_and_uses_have_their_pages(cast: Cast, clock: Clock) -> None:
    a_structure({"A": {"B": "2"}, "B": {"C": "3"}})
    client = as_(cast.operator)
    assert "600 pcs" in client.get("/items/A/explosion/?quantity=100").content.decode()
    page = client.get("/items/C/where-used/?all=yes").content.decode()
    assert "through others" in page
    assert client.get("/boms/proposals/?item=B").content.decode().count("<option") == 1


ADDRESSES = ("/items/A/bom/", "/items/A/explosion/", "/items/B/where-used/", "/items/A/routing/", "/work-centres/")


@pytest.mark.parametrize("who", ["stranger", "storekeeper", "sales"])
def test_doors_stay_closed(plant: Plant, cast: Cast, clock: Clock, who: str) -> None:
    items = a_structure({"A": {"B": "2"}})
    bom, routing = Bom.objects.get(), a_routing(items["A"], a_work_centre(plant.line_a), status="DRAFT")
    client = as_(getattr(cast, who))
    for address in (*ADDRESSES, f"/boms/{bom.pk}/", f"/routings/{routing.pk}/", f"/boms/branch/{items['A'].pk}/"):
        assert client.get(address).status_code == 403, address
    assert client.post(f"/boms/{bom.pk}/do/retire/", {"reason": "x"}).status_code == 403
    assert client.post(f"/routings/{routing.pk}/release/", {}).status_code == 403
    assert (Bom.objects.get().status, Routing.objects.get().status) == ("RELEASED", "DRAFT")


def test_whoever_may_look_only_is_offered_no_acts(cast: Cast, clock: Clock) -> None:
    bom = a_bom(an_item("A"), {an_item("B"): "1"}, status="DRAFT")
    client = as_(cast.operator)
    page = client.get(f"/boms/{bom.pk}/").content.decode()
    assert "/release/" not in page
    assert "/do/" not in page
    assert client.post(f"/boms/{bom.pk}/do/remove/").status_code == 403
    assert Bom.objects.filter(pk=bom.pk).exists()


@pytest.mark.parametrize("address", ["/items/A/bom/", "/items/PART/where-used/", "/items/A/explosion/", "/boms/{bom}/"])
def test_pages_ask_the_same_few_questions_however_long_they_are(cast: Cast, clock: Clock, address: str) -> None:
    part = an_item("PART")
    bom = a_bom(an_item("A"), {an_item(): "1", part: "1"})
    client = as_(cast.operator)

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address.format(bom=bom.pk)).status_code == 200
        return len(queries)

    asked()
    few = asked()
    for _one in range(48):
        a_bom_line(bom, an_item(), "1")
        a_bom(an_item(), {part: "1"})
    assert asked() == few
    assert few <= 12


def test_work_centres_are_listed_in_few_questions(plant: Plant, cast: Cast, clock: Clock) -> None:
    client = as_(cast.operator)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/work-centres/").status_code == 200
        return len(queries)

    for _one in range(2):
        a_work_centre(plant.line_a)
    asked()
    few = asked()
    for _one in range(48):
        a_work_centre(plant.line_a)
    assert asked() == few
    assert few <= 12


@pytest.mark.parametrize(("text", "count"), [("", 0), ("R1", 1), ("R1, R2 C7", 3), ("R1-R4; C2", 5), ("R1 – 3", 3)])
def test_reference_designators_are_counted(text: str, count: int) -> None:
    assert counted(text) == count
