"""Everything at a desk by keyboard: seen focus, nothing covered, shortcuts that leave fields alone (A24, R26)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import checks
from tests.browser.conftest import Server

FOCUS = """() => {
  const n = document.activeElement, r = n.getBoundingClientRect(), s = getComputedStyle(n);
  const top = document.elementFromPoint(r.left + r.width / 2, r.top + Math.min(r.height / 2, 20));
  return {
    what: n.id || n.innerText?.trim().slice(0, 20) || n.tagName,
    outline: parseFloat(s.outlineWidth) * (s.outlineStyle !== 'none'),
    inView: r.bottom > 0 && r.top < innerHeight,
    free: !top || n.contains(top) || top.contains(n),
  };
}"""


@pytest.fixture
def page(browser: Browser, stage: Server) -> Iterator[Page]:
    """The shift page on a desk."""
    context = checks.new_context(browser, "panel")
    opened = context.new_page()
    opened.goto(stage.url + "/shift/")
    expect(opened.locator("#link")).to_have_attribute("data-link", "live")
    yield opened
    context.close()


def test_the_first_stop_of_the_tab_key_skips_to_the_content(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_focus_is_always_seen_and_never_covered(page: Page) -> None:
    lost = []
    page.keyboard.press("Tab")
    for _step in range(30):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["outline"] < 3 or not focus["inView"] or not focus["free"]:
            lost.append(focus)
    assert lost == []


def test_a_stop_is_explained_without_a_mouse(page: Page, stage: Server) -> None:
    page.keyboard.press("n")
    expect(page.locator("#drawer")).to_be_visible()
    assert page.evaluate("document.activeElement.dataset.act") == "explain"
    page.keyboard.press("Enter")
    assert [act["path"] for act in stage.acts(1)] == ["/api/v1/downtimes/5/explain"]


def test_the_list_of_shortcuts_opens_and_closes(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()


def test_letters_typed_into_a_field_are_only_letters(page: Page) -> None:
    page.keyboard.press("n")
    expect(page.locator("#drawer")).to_be_visible()
    title = page.locator("#drawer-title").inner_text()
    page.locator("#drawer-note").focus()
    page.keyboard.type("n?", delay=120)
    page.wait_for_timeout(200)
    assert page.locator("#drawer-note").input_value() == "n?"
    assert page.locator("#drawer-title").inner_text() == title
    expect(page.locator("#shortcuts")).to_be_hidden()
