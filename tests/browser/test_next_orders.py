"""The station starts the next order with one tap and pauses the running one with two."""

from playwright.sync_api import Browser, expect

from tests.browser import checks
from tests.browser.conftest import Server


def test_one_tap_starts_the_next_order_and_two_pause_it(browser: Browser, stage: Server) -> None:
    page = checks.new_context(browser, "tablet").new_page()
    page.goto(stage.url + "/station/M00/?busy")
    leave = page.get_by_role("button", name="Finish or pause")
    expect(leave).to_be_disabled()
    page.get_by_role("button", name="Start PO-000101").tap()
    expect(leave).to_be_enabled()
    leave.tap()
    page.get_by_role("button", name="Pause order").tap()
    expect(page.locator("#finish")).to_be_hidden()
    assert [act["path"] for act in stage.acts(2)] == [
        "/api/v1/machines/3/start-operation",
        "/api/v1/machines/3/pause-operation",
    ]
    page.context.close()
