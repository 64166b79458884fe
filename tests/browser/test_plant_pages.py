"""The pages of a whole running demo plant, each as the role that lands there (A1 to A8)."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import checks
from tests.browser.by_hand import say
from tests.browser.conftest import RunningPlant

pytestmark = pytest.mark.plant

PAGES = [
    ("anna", "/"),
    ("anna", "/station/CNC01/"),
    ("anna", "/station/CNC01/here/"),
    ("sofia", "/floor/"),
    ("sofia", "/shift/"),
    ("sofia", "/machines/CNC01/"),
    ("ines", "/health/"),
    ("ines", "/people/rights/"),
    ("ines", "/trail/"),
]
CHARTS = {"/shift/": {"wire_kb": 200.0}, "/machines/CNC01/": {"wire_kb": 200.0}}


@pytest.mark.parametrize("size", ["tablet", "portrait"])
@pytest.mark.parametrize(("name", "path"), PAGES)
def test_a_page_of_the_plant_is_accessible_whole_and_alone(
    browser: Browser,
    running_plant: RunningPlant,
    signed_in: Callable[[str], Any],
    name: str,
    path: str,
    size: str,
) -> None:
    scheme = "dark" if size == "portrait" else "light"
    context = checks.new_context(browser, size, scheme=scheme, storage=signed_in(name))
    seen = checks.watched(context, running_plant.url)
    answer = seen.page.goto(running_plant.url + path)
    seen.page.wait_for_timeout(1200)
    faults = {
        "status": [] if answer and answer.ok else [str(answer and answer.status)],
        "axe": checks.axe_faults(seen.page),
        "outside": seen.outside,
        "console": seen.errors,
        "wide": checks.wide(seen.page),
        "small": checks.small_targets(seen.page, 24),
        "wide when longer": checks.wide_when_longer(seen.page),
    }
    context.close()
    assert {what: found for what, found in faults.items() if found} == {}


@pytest.mark.parametrize(("name", "path"), PAGES)
def test_a_page_of_the_plant_keeps_its_budget(
    browser: Browser, running_plant: RunningPlant, signed_in: Callable[[str], Any], name: str, path: str
) -> None:
    over = ["never loaded"]
    # This machine is shared: of five loads the least disturbed one tells what the page costs.
    for _load in range(5):
        context = checks.new_context(browser, "tablet", storage=signed_in(name))
        seen = checks.watched(context, running_plant.url, slow=4)
        seen.page.goto(running_plant.url + path)
        seen.page.wait_for_timeout(1200)
        over = checks.over_budget(seen, CHARTS.get(path))
        context.close()
        if not over:
            break
    assert over == []


def test_everything_on_the_floor_is_live(
    browser: Browser, running_plant: RunningPlant, signed_in: Callable[[str], Any]
) -> None:
    context = checks.new_context(browser, "wall", storage=signed_in("sofia"))
    page = context.new_page()
    page.goto(running_plant.url + "/floor/?wall=1")
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    page.evaluate("window.told = 0; document.body.addEventListener('mw:any', () => window.told++)")
    for second in range(60):
        if page.evaluate("window.told") > 0:
            break
        if running_plant.data is not None:
            say(running_plant, "STOPPED" if second % 2 else "ACTIVE")
        page.wait_for_timeout(1000)
    assert page.evaluate("window.told") > 0
    context.close()
