"""The pages of material and working time in a real browser: they fit a tablet, and fingers hit what they want."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from production.labour.models import TimeEntry
from production.products.models import Bom, BomAlternate, BomLine
from tests.browser import checks
from tests.browser.desk import Desk, desk_of
from tests.world.inventory import a_lot, an_item
from tests.world.people import the_cast
from tests.world.plant import a_plant
from tests.world.production import minute
from tests.world.work import Works, a_need, a_pause_reason, counted, made

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tablet(live_server: Any) -> Iterator[Desk]:
    """An order with material taken, open and missing, and people at work on it."""
    plant = a_plant("work")
    cast = the_cast(plant)
    with desk_of(live_server.url, _story(Works(plant, cast)), supervisor=cast.supervisor) as tablet:
        yield tablet


def _story(works: Works) -> dict[str, str]:
    flange = an_item("FLANGE-12-008", name="Flange with a long name, DN 50", tracking="LOT")
    glue, screw = an_item("GLUE", name="Glue", tracking="LOT"), an_item("SCREW", name="Screw M6 × 20, zinc-plated")
    bom = made(Bom, item=flange, code="A", status="RELEASED")
    line = made(BomLine, bom=bom, position=10, item=glue, quantity=1, unit=glue.unit)
    made(BomAlternate, line=line, item=screw, factor=Decimal("1.5"))
    order, step = works.order(flange, bom=bom)
    row, lot = a_need(order, glue, "1", issue="PICKED"), a_lot(glue, "L-2026-000417")
    a_need(order, screw, "4", issue="STEP", loss_percent=Decimal(2))
    works.stocked(glue, "500", lot=lot)
    counted(step, works.people.operator, good="30", scrap="2")
    fields = {"order": order, "operation": step, "person": works.people.operator}
    first = made(
        TimeEntry, **fields, started_at=minute(0), ended_at=minute(20), ended_by="PAUSE",
        pause_reason=a_pause_reason(), kind="SETUP",
    )  # fmt: skip
    made(TimeEntry, **fields, started_at=minute(30))
    here = f"/orders/{order.number}"
    return {
        "material": f"{here}/material/",
        "hand": f"{here}/material/?material={row.pk}&lot={lot.pk}&place=%23{works.shelf.pk}",
        "time": f"{here}/time/",
        "entry": f"{here}/time/{first.pk}/",
        "new": f"{here}/time/new/",
        "labour": "/labour/",
    }


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("size", "scheme"), [("portrait", "light"), ("tablet", "dark")])
def test_pages_of_work_fit_and_can_be_read_and_touched_by_everybody(tablet: Desk, size: str, scheme: str) -> None:
    seen, faults = tablet.window(size, scheme), {}
    chosen = tablet.paths if size == "portrait" else dict.fromkeys(("hand", "time"))
    for name in chosen:
        answer = seen.page.goto(tablet.paths[name])
        seen.page.wait_for_load_state("networkidle")
        checks.keep_picture(seen.page, f"work_{name}_{size}")
        found = [*checks.axe_faults(seen.page), *checks.wide(seen.page)]
        if name in {"material", "hand"}:
            found += checks.small_for_fingers(seen.page)
        if answer is None or answer.status != 200 or found:
            faults[name] = found
    assert faults == {}
    assert seen.errors == []


def test_a_lot_is_scanned_and_taken_and_goods_put_out(tablet: Desk) -> None:
    page = tablet.window("portrait").page
    page.goto(tablet.paths["material"])
    page.get_by_label("Scan a lot, an item or a place").fill("L-2026-000417")
    page.get_by_role("button", name="Read").click()
    page.get_by_label("Quantity (pcs)").first.fill("25")
    page.get_by_role("button", name="Take", exact=True).click()
    expect(page.get_by_text("25 pcs of GLUE taken.")).to_be_visible()
    page.get_by_role("button", name="Put into stock", exact=True).click()
    expect(page.get_by_text("30 pcs put into stock.")).to_be_visible()
    expect(page.get_by_text("30 pcs good, 30 put into stock.")).to_be_visible()
