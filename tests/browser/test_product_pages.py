"""The pages of products in a real browser: they fit, they can be read by everybody, and the tree unfolds."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from factory_core.access.identity import acting
from production.products.models import BomAlternate, Instruction, OperationCheck, WorkCentreMachine
from tests.browser import checks
from tests.browser.desk import Desk, desk_of
from tests.world.inventory import an_item
from tests.world.people import the_cast
from tests.world.plant import a_plant
from tests.world.products import a_bom, a_bom_line, a_routing, a_work_centre

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(live_server: Any) -> Iterator[Desk]:
    """A pump with a drive inside, a draft beside it, and a routing."""
    plant = a_plant("made")
    planner = the_cast(plant).planner
    with desk_of(live_server.url, _story(plant, planner), planner=planner) as desk:
        yield desk


def _story(plant: Any, planner: Any) -> dict[str, str]:
    pump, drive, screw = (
        an_item(number, name=name)
        for number, name in (("P-100", "Pump"), ("D-20", "Drive, complete"), ("S-6", "Screw M6 × 20, zinc-plated"))
    )
    seal, grease, chips = an_item("SEAL", name="Seal"), an_item("GR", name="Grease"), an_item("CHIPS", name="Chips")
    a_bom(drive, {screw: "6"})
    bom = a_bom(pump, {drive: "1"})
    line = a_bom_line(bom, screw, "8", loss_percent=Decimal("2.5"), designators="S1-S6")
    a_bom_line(bom, grease, "1", is_fixed=True)
    a_bom_line(bom, chips, "0.2", kind="BY_PRODUCT")
    draft = a_bom(pump, {drive: "1", seal: "2"}, code="2", status="DRAFT", valid_from=date(2027, 1, 1))
    a_bom_line(draft, screw, "10", designators="S1-S8", note="two more for the cover")
    centre = a_work_centre(plant.line_a, "MILL", name="Milling machines")
    routing = a_routing(pump, centre, ("42", "12"), status="DRAFT")
    operation = routing.operations.order_by("number").first()
    with acting(planner, channel="test"):
        BomAlternate.objects.create(line=line, item=seal, factor=Decimal("1.5"))
        WorkCentreMachine.objects.create(work_centre=centre, machine=plant.line_a.machines.first())
        Instruction.objects.create(operation=operation, position=10, text="Clamp at the flange.", must_confirm=True)
        OperationCheck.objects.create(operation=operation, position=10, name="Bore", unit="mm", lower=9, upper=10)
    return {
        "tree": "/items/P-100/bom/?quantity=10",
        "needs": "/items/P-100/explosion/",
        "uses": "/items/S-6/where-used/?all=yes",
        "routings": "/items/P-100/routing/",
        "released": f"/boms/{bom.pk}/",
        "draft": f"/boms/{draft.pk}/",
        "line": f"/boms/{draft.pk}/lines/new/",
        "release": f"/boms/{draft.pk}/release/",
        "compared": f"/boms/{draft.pk}/compare/{bom.pk}/",
        "routing": f"/routings/{routing.pk}/",
        "operation": f"/routings/{routing.pk}/operations/new/",
        "check": f"/routings/{routing.pk}/operations/{operation.pk}/check/new/",
        "centres": "/work-centres/",
        "centre": "/work-centres/MILL/",
    }


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("size", "scheme"), [("tablet", "light"), ("portrait", "dark")])
def test_pages_of_products_fit_and_can_be_read_by_everybody(desk: Desk, size: str, scheme: str) -> None:
    seen, faults = desk.window(size, scheme), {}
    # Lying on the desk the broadest ones are enough.
    chosen = desk.paths if size == "portrait" else dict.fromkeys(("tree", "draft", "routing"))
    for name in chosen:
        answer = seen.page.goto(desk.paths[name])
        seen.page.wait_for_load_state("networkidle")
        checks.keep_picture(seen.page, f"{name}_{size}")
        found = [*checks.axe_faults(seen.page), *checks.wide(seen.page)]
        if answer is None or answer.status != 200 or found:
            faults[name] = found
    assert faults == {}
    assert seen.errors == []


def test_the_tree_unfolds_level_by_level(desk: Desk) -> None:
    page = desk.window("tablet").page
    page.goto(desk.paths["tree"])
    expect(page.get_by_text("Screw M6 × 20, zinc-plated")).to_have_count(1)
    page.get_by_text("Drive, complete").click()
    # Sixty for ten drives, beside the eighty-two with loss for the pumps themselves.
    expect(page.get_by_text("60 pcs")).to_be_visible()
    expect(page.get_by_text("82 pcs")).to_be_visible()
    expect(page.get_by_text("Screw M6 × 20, zinc-plated")).to_have_count(2)
