"""What IT people, the auditor and the supervisor look at, on a whole running plant (A1 to A4).

Our own pages hold every bar. Of the administration, which is unfold's, and of the API's description, which is Swagger
UI's, we ask: nothing from outside, no error of a script; and of its forms and lists also no serious fault.
"""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import checks
from tests.browser.conftest import RunningPlant

pytestmark = pytest.mark.plant

OWN_PAGES = [
    ("ines", "/health/"),
    ("ines", "/people/rights/"),
    ("ines", "/people/rights/?name=anna&machines=1"),
    ("ines", "/trail/"),
    ("aaron", "/trail/"),
    ("sofia", "/health/"),
    ("sofia", "/machines/CNC01/"),
    ("sofia", "/nothing/here/"),
    ("sofia", "/people/rights/"),
]
# The status of an error page is no fault of the page.
OWN_STATUS = re.compile(r"Failed to load resource: the server responded with a status of (403|404)")
KINDS = re.compile(r'href="(/admin/[a-z_]+/[a-z_]+/)"')


def opened(browser: Browser, plant: RunningPlant, state: Any, path: str, size: str, scheme: str) -> checks.Watched:
    seen = checks.watched(checks.new_context(browser, size, scheme=scheme, storage=state), plant.url)
    seen.page.goto(plant.url + path)
    seen.page.wait_for_timeout(300)
    return seen


@pytest.mark.parametrize(("who", "path"), OWN_PAGES)
def test_own_pages_are_right_in_every_size_and_light(
    browser: Browser, running_plant: RunningPlant, signed_in: Callable[[str], Any], who: str, path: str
) -> None:
    for size, scheme in (("tablet", "light"), ("portrait", "dark"), ("wall", "light"), ("phone", "dark")):
        seen = opened(browser, running_plant, signed_in(who), path, size, scheme)
        where = (size, scheme)
        # Contrast and names are judged once in each light; the other sizes are about room.
        if size in ("tablet", "phone"):
            assert (where, checks.axe_faults(seen.page)) == (where, [])
        assert (where, [said for said in seen.errors if not OWN_STATUS.match(said)]) == (where, [])
        assert (where, seen.outside) == (where, [])
        assert (where, checks.wide(seen.page)) == (where, [])
        assert (where, checks.small_targets(seen.page, 24)) == (where, [])
        seen.page.context.close()


def test_the_administration_asks_nobody_outside_and_its_scripts_run(
    browser: Browser, running_plant: RunningPlant, signed_in: Callable[[str], Any]
) -> None:
    seen = opened(browser, running_plant, signed_in("ines"), "/admin/", "tablet", "light")
    page = seen.page
    kinds = sorted(set(KINDS.findall(page.content())))
    assert len(kinds) > 15, kinds
    faults = {}
    for kind in kinds:
        addresses = [kind]
        page.goto(running_plant.url + kind)
        if page.locator(f'a[href^="{kind}add/"]').count():
            addresses.append(f"{kind}add/")
        first = page.locator(f'#result_list a[href^="{kind}"][href*="/change/"]')
        if first.count():
            addresses.append(str(first.first.get_attribute("href")).split("?")[0])
        for address in addresses:
            answer = page.goto(running_plant.url + address)
            assert answer is not None
            assert (address, answer.status) == (address, 200)
            faults[address] = checks.axe_faults(page) + checks.wide(page)
    assert {address: found for address, found in faults.items() if found} == {}
    assert seen.outside == []
    assert seen.errors == []
    page.context.close()


def test_a_person_is_added_and_gets_a_role_in_the_browser(
    browser: Browser, running_plant: RunningPlant, signed_in: Callable[[str], Any]
) -> None:
    seen = opened(browser, running_plant, signed_in("ines"), "/people/rights/", "tablet", "light")
    page = seen.page
    page.get_by_role("link", name="Add a person").click()
    # A plant that runs already may have met this test before.
    page.fill("[name=username]", f"nora{time.time_ns()}")
    page.fill("[name=display_name]", "Nora N.")
    page.fill("[name=new_pin]", "1111")
    page.click("[name=_save]")
    expect(page.get_by_text("A PIN is 4 digits, not all the same.")).to_be_visible()
    expect(page.locator("[name=display_name]")).to_have_value("Nora N.")
    page.fill("[name=new_pin]", "4711")
    page.click("[name=_continue]")
    page.get_by_role("link", name="Give or take away roles").click()
    page.select_option("#role", "operator")
    page.select_option("#give-place", index=0)
    page.get_by_role("button", name="Give", exact=True).click()
    expect(page.get_by_role("button", name=re.compile("Take away: operator"))).to_be_visible()
    expect(page.locator(".history li").first).to_be_visible()
    assert seen.errors == []
    page.context.close()


def test_the_described_api_loads_nothing_from_outside(
    browser: Browser, running_plant: RunningPlant, signed_in: Callable[[str], Any]
) -> None:
    seen = opened(browser, running_plant, signed_in("ines"), "/api/v1/docs/", "tablet", "light")
    expect(seen.page.locator(".opblock").first).to_be_visible()
    assert (seen.outside, seen.errors) == ([], [])
    seen.page.context.close()


def test_health_looks_again_by_itself(
    browser: Browser, running_plant: RunningPlant, signed_in: Callable[[str], Any]
) -> None:
    seen = opened(browser, running_plant, signed_in("sofia"), "/health/", "tablet", "light")
    with seen.page.expect_response(lambda answer: answer.url.endswith("/health/lines/"), timeout=20_000):
        pass
    expect(seen.page.locator("#link")).to_contain_text("Live")
    for line in seen.page.locator(".health-line").all():
        assert line.locator(".swatch svg[aria-label]").count() == 1
        assert line.locator(".health-words span").inner_text().strip().endswith(".")
    seen.page.context.close()
