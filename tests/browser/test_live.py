"""The live socket on the screen: at once, in order, never stale without saying so (A10, A11, A12, A20)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import checks
from tests.browser.conftest import Server

# A second is the promise on a machine of today, measured by tests/bench; every wait here is five times as patient.
COUNT_NODES = """() => {
  const walk = document.createTreeWalker(document.querySelector('main'));
  let n = 0;
  while (walk.nextNode()) n++;
  return n;
}"""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A tablet."""
    opened = checks.new_context(browser, "tablet")
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of it."""
    return context.new_page()


def live(page: Page, stage: Server, path: str) -> None:
    """Open a page and wait until its socket is open."""
    page.goto(stage.url + path)
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    page.wait_for_timeout(3400)  # the first look after "hello" has come and gone


def test_a_change_is_on_the_floor_within_a_second(page: Page, stage: Server) -> None:
    live(page, stage, "/floor/")
    stage.get("/_poke/M01/stop/")
    tile = page.locator("#tile-M01")
    expect(tile).to_have_attribute("data-s", "stop")
    expect(tile.locator("[data-word]")).to_have_text("Stopped")
    expect(tile.locator("[data-since]")).to_have_text("0:00")
    assert tile.locator("use").get_attribute("href").endswith("#square")  # type: ignore[union-attr]
    expect(page.locator("[data-count=stop] b")).to_have_text("3")


def test_tiles_never_change_places(page: Page, stage: Server) -> None:
    live(page, stage, "/floor/")
    names = page.locator(".tile .name").all_inner_texts()
    for code in ("M20", "M01", "M13"):
        stage.get(f"/_poke/{code}/ask/")
    expect(page.locator("#tile-M13")).to_have_attribute("data-s", "ask")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('mw:resync'))")
    page.wait_for_timeout(600)
    assert page.locator(".tile .name").all_inner_texts() == names


def test_the_station_asks_when_its_machine_stops_and_calms_down_when_it_runs(page: Page, stage: Server) -> None:
    live(page, stage, "/station/M00/")
    stage.get("/_poke/M00/ask/")
    expect(page.locator("#band")).to_have_attribute("data-s", "ask")
    expect(page.locator("[data-reasons] button").first).to_be_visible()
    stage.get("/_poke/M00/run/")
    expect(page.locator("[data-reasons]")).to_have_count(0)


def test_a_lost_message_is_noticed_and_fetched(page: Page, stage: Server) -> None:
    live(page, stage, "/floor/")
    stage.get("/_lose/")
    stage.get("/_poke/M04/setup/")
    expect(page.locator("#tile-M04")).to_have_attribute("data-s", "setup")


def test_an_answer_under_way_does_not_bring_an_old_state_back(page: Page, stage: Server) -> None:
    live(page, stage, "/floor/")
    stale = stage.get("/floor/board/")
    page.route("**/floor/board/", lambda route: route.fulfill(body=stale, content_type="text/html"))
    stage.get("/_poke/M05/stop/")
    expect(page.locator("#tile-M05")).to_have_attribute("data-s", "stop")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('mw:resync'))")
    page.wait_for_timeout(600)
    expect(page.locator("#tile-M05")).to_have_attribute("data-s", "stop")


def test_words_typed_while_fragments_are_refreshed_stay(page: Page, stage: Server) -> None:
    live(page, stage, "/station/M07/")
    words = "bearing noise on the left side"
    page.locator("#note").click()
    for place, letter in enumerate(words):
        page.keyboard.type(letter)
        if place % 3 == 0:
            stage.get("/_poke/M07/stop/")
        page.wait_for_timeout(60)
    page.wait_for_timeout(600)
    assert page.locator("#note").input_value() == words
    assert page.evaluate("document.activeElement.id") == "note"


def test_swapping_adds_no_nodes(page: Page, stage: Server) -> None:
    live(page, stage, "/station/M00/")
    count = COUNT_NODES
    before = page.evaluate(count)
    for _turn in range(12):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('mw:resync'))")
        page.wait_for_timeout(120)
    page.wait_for_timeout(500)
    assert page.evaluate(count) == before


def test_silence_is_told_within_six_seconds(page: Page, context: BrowserContext, stage: Server) -> None:
    live(page, stage, "/floor/")
    stage.stop()
    expect(page.locator("#link")).to_have_attribute("data-link", "stale")
    expect(page.locator("#link")).to_contain_text("s old")


@pytest.mark.timeout(900)
def test_a_server_killed_and_started_again_is_noticed_without_a_reload(page: Page, stage: Server) -> None:
    live(page, stage, "/floor/")
    page.evaluate("window.samePage = true")
    stage.stop(9)
    expect(page.locator("#link")).to_have_attribute("data-link", "down")
    expect(page.locator("#link")).to_have_text("Offline")
    stage.start()
    stage.get("/_poke/M02/setup/")
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    expect(page.locator("#tile-M02")).to_have_attribute("data-s", "setup")
    assert page.evaluate("window.samePage") is True


def test_a_page_whose_session_is_over_goes_where_the_server_sends_it(page: Page, stage: Server) -> None:
    live(page, stage, "/station/M00/")
    page.route("**/station/M00/band/", lambda route: route.fulfill(status=302, headers={"Location": "/sign-in/"}))
    page.route("**/station/M00/", lambda route: route.fulfill(status=302, headers={"Location": "/sign-in/"}))
    page.evaluate("document.body.dispatchEvent(new CustomEvent('mw:resync'))")
    page.wait_for_url("**/sign-in/", timeout=25_000)
