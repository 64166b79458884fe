"""The story on a whole plant: a machine stands, its station asks, one tap answers, all who may see it at once."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import checks
from tests.browser.by_hand import say_stopped
from tests.browser.conftest import RunningPlant
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.plant

# After this long without a simulated stop, one is brought about.
BY_ITSELF_S = 5
OPERATORS = {"anna": "yusuf", "yusuf": "anna"}


def opened(browser: Browser, plant: RunningPlant, state: Any, path: str) -> Page:
    page = checks.new_context(browser, "tablet", storage=state).new_page()
    page.goto(plant.url + path)
    return page


def a_station_that_asks(
    browser: Browser, plant: RunningPlant, signed_in: Callable[[str], Any]
) -> tuple[str, str, Page]:
    """The operator, the machine and the open station of the first machine that stands without a reason."""
    floors = {name: opened(browser, plant, signed_in(name), "/floor/") for name in OPERATORS}
    begun = time.monotonic()
    while time.monotonic() < begun + PATIENCE_S:
        if plant.data is not None and time.monotonic() > begun + BY_ITSELF_S:
            say_stopped(plant)
        for name, floor in floors.items():
            for tile in floor.query_selector_all(".tile[data-s=ask]"):
                code = tile.get_attribute("data-m") or ""
                station = opened(browser, plant, signed_in(name), f"/station/{code}/")
                if station.locator("[data-reasons] button").count():
                    for other in floors.values():
                        other.context.close()
                    return name, code, station
                station.context.close()
        next(iter(floors.values())).wait_for_timeout(1000)
    pytest.fail(f"no machine of the demo stood without a reason within {PATIENCE_S} s")


@pytest.mark.timeout(900)
def test_one_tap_at_the_station_is_seen_at_once_by_all_who_may(
    browser: Browser, running_plant: RunningPlant, signed_in: Callable[[str], Any]
) -> None:
    name, code, station = a_station_that_asks(browser, running_plant, signed_in)
    floor = opened(browser, running_plant, signed_in("sofia"), "/floor/")
    expect(floor.locator("#link")).to_have_attribute("data-link", "live")
    downtime = station.locator("#reasons").get_attribute("data-downtime")
    reason = station.locator("[data-reasons] button").first
    label = reason.inner_text().strip()
    with station.expect_response(lambda answer: answer.url.endswith(f"/downtimes/{downtime}/explain")) as sent:
        reason.tap()
    assert sent.value.status == 200
    expect(floor.locator(f"#tile-{code}")).not_to_have_attribute("data-s", "ask")

    drawer = floor.request.get(f"{running_plant.url}/shift/stop/{downtime}/").text()
    history = floor.request.get(f"{running_plant.url}/history/production.downtime/{downtime}/").text()
    stranger = opened(browser, running_plant, signed_in(OPERATORS[name]), "/floor/")
    hidden = {
        path: stranger.request.get(running_plant.url + path).status
        for path in (f"/station/{code}/", f"/shift/stop/{downtime}/", f"/api/v1/downtimes/{downtime}/")
    }
    seen = stranger.locator(f"#tile-{code}").count()
    for page in (station, floor, stranger):
        page.context.close()

    assert label in drawer
    assert name.capitalize() in history
    assert set(hidden.values()) <= {403, 404}
    assert seen == 0
