"""The shift timeline: cheap to draw, a state alone, a band's drawer, the walk through what is unexplained (A19)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import checks
from tests.browser.conftest import Server
from tests.browser.shift_rows import fifty_machines


@pytest.fixture
def page(browser: Browser, stage: Server) -> Iterator[Page]:
    """The shift page on a tablet."""
    context = checks.new_context(browser, "tablet")
    opened = context.new_page()
    opened.goto(stage.url + "/shift/")
    expect(opened.locator("#link")).to_have_attribute("data-link", "live")
    yield opened
    context.close()


def test_fifty_machines_of_300_bands_cost_few_nodes(browser: Browser, tmp_path: Path) -> None:
    # What layout costs is a matter of how much there is to lay out; the time it takes is for `bench_timeline`.
    context = checks.new_context(browser, "wall")
    page = context.new_page()
    page.goto(fifty_machines(tmp_path / "rows.html").as_uri())
    nodes = page.evaluate("document.querySelectorAll('*').length")
    lanes = page.locator(".lane").count()
    context.close()
    assert (lanes, nodes <= 1500) == (50, True), nodes


def test_the_legend_shows_one_state_alone_and_all_again(page: Page) -> None:
    page.locator("#only-ask").tap()
    expect(page.locator("#only-ask")).to_have_attribute("aria-pressed", "true")
    faint = "s => getComputedStyle(document.querySelector(s)).opacity"
    assert [page.evaluate(faint, s) for s in (".b-ask", ".b-run")] == ["1", "0.12"]
    page.evaluate("document.body.dispatchEvent(new CustomEvent('mw:resync'))")
    page.wait_for_timeout(500)
    assert page.evaluate(faint, ".b-run") == "0.12"
    page.locator("#only-ask").tap()
    assert page.evaluate(faint, ".b-run") == "1"


def test_a_band_opens_its_drawer_and_one_tap_explains_it(page: Page, stage: Server) -> None:
    page.locator("[data-lane=M03]").tap(position={"x": 60, "y": 20})
    expect(page.locator("#drawer")).to_be_visible()
    page.locator("#drawer-note").fill("hose burst")
    page.locator("#drawer [data-act=explain]").first.tap()
    expect(page.locator("#drawer")).to_be_hidden()
    (act,) = stage.acts(1)
    assert (act["path"], act["body"]["reason"], act["body"]["note"]) == (
        "/api/v1/downtimes/5/explain",
        "R0",
        "hose burst",
    )


def test_explain_next_walks_through_the_stops(page: Page, stage: Server) -> None:
    page.locator("[data-explain-next]").tap()
    expect(page.locator("#drawer-title")).to_have_text("M00")
    page.locator("#drawer [data-act=explain]").first.tap()
    expect(page.locator("#drawer-title")).to_have_text("M01")
    page.locator("#drawer [data-close]").tap()
    expect(page.locator("#drawer")).to_be_hidden()


def test_a_split_names_a_moment_inside_the_stop(page: Page, stage: Server) -> None:
    page.locator("[data-explain-next]").tap()
    page.locator("#split-at").fill("23:59:59")
    page.locator("form[data-act=split] button").tap()
    (act,) = stage.acts(1)
    assert act["path"] == "/api/v1/downtimes/5/split"
    assert act["body"]["split_at"].endswith(":59:59.000Z")


def test_a_correction_is_listed_and_accepted_with_two_taps(page: Page, stage: Server) -> None:
    page.locator("#corrections [data-drawer]").tap()
    expect(page.locator("#drawer .correction p")).to_have_text("Late data says: 08:41–08:52 instead of 08:41–08:58.")
    accept = page.locator("#drawer .correction button").first
    assert (accept.bounding_box() or {"height": 0})["height"] >= 48
    accept.tap()
    expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("#corrections")).to_have_count(0)
    (act,) = stage.acts(1)
    assert (act["path"], act["body"]["version"]) == ("/api/v1/downtime-corrections/3/accept", 2)


def test_split_and_merge_are_undone_with_a_tap(page: Page, stage: Server) -> None:
    for name in ("Undo split", "Undo merge"):
        page.locator("[data-lane=M03]").tap(position={"x": 60, "y": 20})
        page.locator("#drawer").get_by_role("button", name=name).tap()
        expect(page.locator("#drawer")).to_be_hidden()
    assert [act["path"] for act in stage.acts(2)] == [
        "/api/v1/downtimes/6/undo-split",
        "/api/v1/downtimes/5/undo-merge",
    ]
