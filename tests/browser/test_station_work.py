"""An operator's hour at the station: load by scan, count, scrap with a reason, check, finish."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import checks
from tests.browser.conftest import Server


@pytest.fixture(params=["tablet", "portrait"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = checks.new_context(browser, request.param)
    yield context.new_page()
    context.close()


def paths(stage: Server) -> list[str]:
    return [act["path"] for act in stage.get("/_acts/")["acts"]]


def press(page: Page, keys: str) -> None:
    for key in keys:
        page.locator(f"#pad [data-press='{key}']").tap()


@pytest.mark.timeout(900)
def test_an_order_is_loaded_counted_checked_and_finished(page: Page, stage: Server) -> None:
    page.goto(stage.url + "/station/M00/?busy")
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    checks.type_as_a_scanner(page, "PO-000101/10")
    [start] = stage.acts(1)
    assert (start["path"], start["body"]["operation"]) == ("/api/v1/machines/3/start-operation", 1)  # type: ignore[index]  # JSON

    page.goto(stage.url + "/station/M00/")
    page.locator(".acts [data-open=count]").tap()
    page.locator("#count [data-pad=good]").tap()
    press(page, "120")
    assert checks.axe_faults(page) == []
    assert checks.wide(page) == []
    assert checks.below_the_fold(page, ["#pad .primary", "#pad [data-press='0']"]) == []
    page.locator("#pad .primary").tap()
    count = stage.acts(2)[1]["body"]
    assert {name: count[name] for name in ("kind", "operation", "quantity")} == {  # type: ignore[index]  # JSON
        "kind": "good", "operation": 9, "quantity": "120",
    }  # fmt: skip

    page.locator("button[data-scrap]").tap()
    page.locator("[data-scrap-reason=surface]").tap()
    page.locator(".acts [data-open=work]").tap()

    page.locator("#check-10 [data-pad=check]").tap()
    expect(page.locator("#pad [data-part=hint]")).to_have_text("11.9 to 12.1 mm")
    press(page, "12,5")
    page.locator("#pad .primary").tap()
    expect(page.locator("#not-ok")).to_be_visible()
    acts = stage.acts(4)
    scrap = next(act["body"] for act in acts if act["body"].get("kind") == "scrap")  # type: ignore[attr-defined]  # JSON
    assert (scrap["quantity"], scrap["reason"]) == (1, "surface")
    check = next(act["body"] for act in acts if str(act["path"]).endswith("check-results"))
    assert (check["position"], check["number"]) == (10, "12,5")  # type: ignore[index]  # JSON
    assert checks.axe_faults(page) == []
    page.locator("#not-ok [data-act=call]").tap()
    stage.acts(5)

    page.locator("#work [data-close]").tap()
    page.locator(".acts [data-open=finish]").tap()
    expect(page.locator("[data-finish-missing] strong")).to_have_text("Fix 12 flanges, tighten to 25 Nm; Diameter")
    assert checks.wide(page) == []
    page.locator("[data-move=finish-operation]").tap()
    stage.acts(6)
    assert paths(stage)[-1] == "/api/v1/machines/3/finish-operation"


@pytest.mark.timeout(900)
def test_a_code_nobody_knows_shows_what_was_read_and_what_was_expected(page: Page, stage: Server) -> None:
    page.goto(stage.url + "/station/M00/")
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    told = page.locator("#toasts")
    checks.type_as_a_scanner(page, "PO-777777")
    expect(told).to_contain_text("Read: PO-777777. Expected an order")
    assert paths(stage) == []


@pytest.mark.timeout(900)
def test_the_sheets_of_the_station_are_accessible_and_fit(page: Page, stage: Server) -> None:
    page.goto(stage.url + "/station/M00/")
    for sheet in ("work", "queue"):
        page.evaluate(f"document.getElementById('{sheet}').showModal()")
        assert checks.axe_faults(page) == []
        assert checks.wide(page) == []
        page.evaluate(f"document.getElementById('{sheet}').close()")
