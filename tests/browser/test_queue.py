"""Taps survive everything: no network, a reload, another person, a refusal (A12, A13, A14, R17 to R20)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import checks
from tests.browser.conftest import Server


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A tablet."""
    opened = checks.new_context(browser, "tablet")
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, stage: Server) -> Page:
    """Machine M02 has stopped and asks; Anna is here."""
    opened = context.new_page()
    opened.goto(stage.url + "/station/M02/")
    expect(opened.locator("#link")).to_have_attribute("data-link", "live")
    return opened


def acts(stage: Server) -> list[dict[str, object]]:
    found: list[dict[str, object]] = stage.get("/_acts/")["acts"]
    return found


def booked(page: Page, stage: Server, number: int) -> list[dict[str, object]]:
    """Wait until so many acts are booked, then a little longer for one too many."""
    stage.acts(number)
    page.wait_for_timeout(700)
    return acts(stage)


def tap(page: Page, selector: str) -> None:
    page.locator(selector).first.tap()
    page.wait_for_timeout(250)


def test_one_tap_gives_the_reason(page: Page, stage: Server) -> None:
    tap(page, "#reason-R2")
    expect(page.locator("#band")).to_have_attribute("data-s", "stop")
    (act,) = booked(page, stage, 1)
    assert (act["path"], act["author"]) == ("/api/v1/downtimes/5/explain", "PASS-ANNA")
    assert act["body"] == {"reason": "R2", "at": act["tapped_at"]}


def test_undo_follows_the_act_it_takes_back(page: Page, stage: Server) -> None:
    tap(page, "#reason-R1")
    tap(page, ".toast button")
    assert [act["path"] for act in booked(page, stage, 2)] == [
        "/api/v1/downtimes/5/explain",
        "/api/v1/downtimes/5/undo",
    ]


def test_scrap_taps_in_a_row_are_one_entry_with_a_reason(page: Page, stage: Server) -> None:
    for _tap in range(3):
        tap(page, "[data-scrap]")
    expect(page.locator("#scrap")).to_have_text("17")
    tap(page, "[data-scrap-less]")
    expect(page.locator("#scrap")).to_have_text("16")
    tap(page, "[data-scrap-reason=dim]")
    (act,) = booked(page, stage, 1)
    body = act["body"]
    assert isinstance(body, dict)
    assert (body["kind"], body["quantity"], body["reason"]) == ("scrap", 2, "dim")
    assert len(body["entry"]) == 32
    expect(page.locator("#scrap")).to_have_text("16")


def test_a_tap_of_another_kind_closes_the_group_and_keeps_the_order(page: Page, stage: Server) -> None:
    tap(page, "[data-scrap]")
    tap(page, "#reason-R0")
    paths = [str(act["path"]).rsplit("/", 1)[1] for act in booked(page, stage, 2)]
    assert paths == ["count", "explain"]
    expect(page.locator("#scrap-strip")).to_be_hidden()


def test_taps_made_offline_wait_survive_a_reload_and_go_out_once_in_order(
    page: Page, context: BrowserContext, stage: Server
) -> None:
    stage_down(page)
    tap(page, "#reason-R3")
    tap(page, "[data-open=help]")
    tap(page, "[data-kind=material]")
    tap(page, "[data-scrap]")
    expect(page.locator("#queued")).to_have_text("3 waiting to send")
    assert acts(stage) == []
    page.reload()
    expect(page.locator("#queued")).to_have_text("3 waiting to send")
    stage_up(page)
    done = booked(page, stage, 3)
    assert [str(act["path"]).rsplit("/", 1)[1] for act in done] == ["explain", "call-help", "count"]
    expect(page.locator("#queued")).to_be_hidden()


def test_the_queue_of_one_person_goes_out_under_that_person(page: Page, stage: Server) -> None:
    stage_down(page)
    tap(page, "#reason-R3")
    expect(page.locator("#queued")).to_have_text("1 waiting to send")
    page.evaluate(
        """sessionStorage.setItem('mw.person', JSON.stringify({pass: 'PASS-MAREK', name: 'Marek W.', user: '8'}))"""
    )
    page.reload()
    tap(page, "[data-open=help]")
    tap(page, "[data-kind=material]")
    stage_up(page)
    assert [act["author"] for act in booked(page, stage, 2)] == ["PASS-ANNA", "PASS-MAREK"]


def test_an_answer_lost_on_its_way_books_once(page: Page, stage: Server) -> None:
    page.route("**/api/**", lambda route: (route.fetch(), route.abort()), times=1)
    tap(page, "#reason-R4")
    assert len(booked(page, stage, 1)) == 1
    expect(page.locator("#queued")).to_be_hidden()
    assert len(acts(stage)) == 1


def test_a_refused_tap_is_kept_for_people_and_does_not_block_the_next(page: Page, stage: Server) -> None:
    stage.get("/_refuse/409/")
    tap(page, "#reason-R5")
    expect(page.locator("#needs-attention")).to_have_text("Needs attention: 1")
    stage.get("/_refuse/0/")
    tap(page, "[data-open=help]")
    tap(page, "[data-kind=material]")
    assert [str(act["path"]).rsplit("/", 1)[1] for act in booked(page, stage, 1)] == ["call-help"]
    page.reload()
    expect(page.locator("#needs-attention")).to_have_text("Needs attention: 1")
    page.locator("#needs-attention").tap()
    expect(page.locator("[data-attention] [data-part=why]")).to_have_text("The order is closed already.")
    page.locator("[data-attention] [data-part=again]").tap()
    assert len(booked(page, stage, 2)) == 2
    expect(page.locator("#needs-attention")).to_be_hidden()


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_server_in_trouble_is_asked_again_not_given_up(page: Page, stage: Server, status: int) -> None:
    stage.get(f"/_refuse/{status}/")
    tap(page, "#reason-R6")
    page.wait_for_timeout(800)
    expect(page.locator("#queued")).to_have_text("1 waiting to send")
    expect(page.locator("#needs-attention")).to_be_hidden()
    stage.get("/_refuse/0/")
    assert len(booked(page, stage, 1)) == 1


def test_an_act_that_breaks_the_server_each_time_lets_the_others_pass(page: Page, stage: Server) -> None:
    stage.get("/_refuse/500/")
    tap(page, "#reason-R6")
    for _turn in range(8):
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_timeout(250)
    expect(page.locator("#needs-attention")).to_have_text("Needs attention: 1")
    stage.get("/_refuse/0/")
    tap(page, "[data-open=help]")
    tap(page, "[data-kind=material]")
    assert [str(act["path"]).rsplit("/", 1)[1] for act in booked(page, stage, 1)] == ["call-help"]


def test_signing_out_with_taps_unsent_warns(page: Page, stage: Server) -> None:
    stage_down(page)
    tap(page, "#reason-R3")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    tap(page, "[data-open=settings]")
    tap(page, "[data-sign-out] button")
    assert asked == ["Entries still waiting to be sent: 1. They stay under your name and go out later. Sign out now?"]
    assert page.url.endswith("/station/M02/")


def test_a_tap_where_nobody_is_here_asks_who_and_then_goes_on(page: Page, stage: Server) -> None:
    page.goto(stage.url + "/station/M02/?nobody")
    tap(page, "#reason-R2")
    expect(page.locator("#here")).to_be_visible()
    assert acts(stage) == []
    tap(page, "[data-person='8']")
    for digit in "1234":
        page.locator(f"[data-key='{digit}']").tap()
    (act,) = booked(page, stage, 1)
    assert (act["author"], act["path"]) == ("PASS-MAREK", "/api/v1/downtimes/5/explain")
    expect(page.locator("#who")).to_have_text("Marek W.")


def test_a_wrong_pin_is_told_and_books_nothing(page: Page, stage: Server) -> None:
    page.goto(stage.url + "/station/M02/?nobody")
    tap(page, "#reason-R2")
    tap(page, "[data-person='8']")
    for _digit in range(4):
        page.locator("[data-key='9']").tap()
    expect(page.locator(".here [data-part=error]")).to_have_text("This PIN does not fit. Try again or scan your badge.")
    page.locator("#here [data-close]").tap()
    page.wait_for_timeout(500)
    assert acts(stage) == []
    expect(page.locator("#queued")).to_be_hidden()


def stage_down(page: Page) -> None:
    """The way to the API is cut; pages still load, as from a cache."""
    page.context.route("**/api/**", lambda route: route.abort())


def stage_up(page: Page) -> None:
    """The way is open again."""
    page.context.unroute("**/api/**")
