"""Scanners that type: recognised wherever the focus is, and the field under it keeps its words (A15, R22 to R25)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import checks
from tests.browser.conftest import Server

HEARD = "window.heard = []; document.addEventListener('mw:scan', (e) => window.heard.push(e.detail.code))"


@pytest.fixture
def page(browser: Browser, stage: Server) -> Iterator[Page]:
    """The station of a machine that stands with a known reason, so that it has a field."""
    context = checks.new_context(browser, "tablet")
    opened = context.new_page()
    opened.goto(stage.url + "/station/M07/?nobody")
    expect(opened.locator("#link")).to_have_attribute("data-link", "live")
    opened.evaluate(HEARD)
    yield opened
    context.close()


def scan(page: Page, code: str, end: str = "Enter") -> None:
    checks.type_as_a_scanner(page, code, end)
    page.wait_for_timeout(150)


def heard(page: Page) -> list[str]:
    return list(page.evaluate("window.heard"))


def test_a_badge_signs_in_with_no_tap_at_all(page: Page) -> None:
    scan(page, "BADGE-0008")
    expect(page.locator("#who")).to_have_text("Marek W.")


def test_an_unknown_badge_shows_what_was_read_large(page: Page) -> None:
    scan(page, "4006381333931")
    expect(page.locator(".toast.scan").last).to_contain_text("4006381333931")
    assert checks.font_px(page, ".toast.scan") >= 32


def test_a_scan_into_a_field_leaves_the_field_as_it_was(page: Page) -> None:
    page.locator("#note").click()
    page.keyboard.type("left side", delay=90)
    scan(page, "BADGE-0008")
    assert heard(page) == ["BADGE-0008"]
    assert page.locator("#note").input_value() == "left side"


def test_a_scan_over_a_button_or_in_a_dialog_presses_nothing(page: Page, stage: Server) -> None:
    page.locator("[data-open=help]").tap()
    page.locator("[data-kind=material]").focus()
    scan(page, "MAT 4711 X")
    assert heard(page) == ["MAT 4711 X"]
    assert stage.get("/_acts/")["acts"] == []
    expect(page.locator("#queued")).to_be_hidden()


def test_forty_characters_and_tab_at_the_end(page: Page) -> None:
    code = "01040063813339312110ABCDEFGH1234567890XY"
    scan(page, code, end="Tab")
    assert heard(page) == [code]


def test_a_person_typing_is_no_scanner(page: Page) -> None:
    page.locator("#note").click()
    checks.type_as_a_scanner(page, "jam", pause_s=0.11)
    assert heard(page) == []
    assert page.locator("#note").input_value() == "jam"
