"""A call made at the station stands on the floor at once, until somebody says they come."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import checks
from tests.browser.conftest import Server


def opened(browser: Browser, stage: Server, path: str) -> Page:
    page = checks.new_context(browser, "tablet").new_page()
    page.goto(stage.url + path)
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    return page


@pytest.mark.timeout(900)
def test_a_call_at_the_station_appears_on_the_floor_and_is_answered_there(browser: Browser, stage: Server) -> None:
    floor, station = opened(browser, stage, "/floor/"), opened(browser, stage, "/station/M02/")
    expect(floor.locator("#calls-chip")).to_have_text("0 calls")
    expect(station.locator("#station-calls")).to_be_hidden()

    station.locator("[data-open=help]").tap()
    station.locator("#help [data-act=call]").first.tap()
    expect(floor.locator("#calls-chip")).to_have_text("1 call")
    mark = floor.locator("#tile-M02 .tile-call")
    expect(mark).to_be_visible()
    expect(mark).to_have_text("calls for help: Maintenance")
    expect(station.locator("#station-calls")).to_have_text("Called maintenance, 1 min ago")
    assert checks.wide(station) == []

    floor.locator("#calls-chip").tap()
    coming = floor.locator("#calls").get_by_role("button", name="I am coming")
    assert (coming.bounding_box() or {"height": 0})["height"] >= 48
    assert (floor.locator("#calls-chip").bounding_box() or {"height": 0})["height"] >= 48
    coming.tap()
    expect(floor.locator("#calls")).to_be_hidden()
    expect(floor.locator("#calls-chip")).to_have_text("0 calls")
    expect(mark).to_have_count(0)
    expect(station.locator("#station-calls")).to_be_hidden()
    assert [act["path"] for act in stage.acts(2)] == [
        "/api/v1/machines/3/call-help",
        "/api/v1/help-calls/0/answer",
    ]
    for page in (floor, station):
        page.context.close()
