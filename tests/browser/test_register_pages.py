"""The register and an opening in a real browser at three sizes, light and dark: read, put together, signed, listed."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright

from factory_core.access.identity import acting
from factory_core.importing.services.opening import begin_opening
from tests.browser import checks
from tests.browser.conftest import FLAGS
from tests.browser.test_import_pages import _session
from tests.factory_core.importing.test_register import FILE, SECRET, imported
from tests.world.people import a_user
from tests.world.plant import a_plant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
SHOTS = os.environ.get("MILLWRIGHT_SHOTS", "")
SIZES = (("tablet", "light"), ("portrait", "dark"), ("wall", "light"))


@pytest.fixture
def people(live_server: Any, tmp_path: Path, settings: Any) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """The address, a browser, and the sessions of who brought an import and of who may accept it."""
    settings.DATA_DIR = tmp_path
    plant = a_plant("reg")
    mia, olga = a_user("mia", "migrator", plant.site), a_user("olga", "owner", plant.site)
    with acting(olga, channel="test"):
        olga.set_password(SECRET)
        olga.save(update_fields=["password"])
    imported(plant, mia, FILE, out=(3,))
    with acting(mia, channel="test"):
        begin_opening(actor=mia, site=plant.site, opens_on=date(2026, 12, 1), at=datetime(2026, 11, 23, tzinfo=UTC))
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.skip("no Chromium on this machine")
    sessions = {"mia": _session(mia), "olga": _session(olga)}
    # Nothing below asks the database: a running driver holds this thread's event loop.
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield live_server.url, browser, sessions
        browser.close()


def test_the_register_is_read_and_an_opening_is_signed(people: tuple[str, Any, dict[str, Any]]) -> None:
    url, browser, sessions = people
    faults: dict[str, Any] = {}

    def window(who: str, size: str = "tablet", scheme: str = "light") -> checks.Watched:
        context = checks.new_context(browser, size, scheme=scheme)
        context.add_cookies([{"name": sessions[who][0], "value": sessions[who][1], "url": url}])
        return checks.watched(context, url)

    mia = window("mia")
    mia.page.goto(f"{url}/imports/openings/")
    mia.page.locator("tbody a.cell-link").first.click()
    mia.page.get_by_role("button", name="Put in", exact=True).click()
    expect(mia.page.get_by_role("region", name="Master data").first).to_contain_text("suppliers.csv")
    opening = mia.page.url
    entry = url + str(mia.page.get_by_role("link", name="suppliers.csv").first.get_attribute("href"))

    boss = window("olga")
    boss.page.goto(opening)
    boss.page.get_by_label("Your password or PIN").fill(SECRET)
    boss.page.get_by_role("button", name="Sign and accept").click()
    expect(boss.page.get_by_role("heading", name="Take the acceptance back")).to_be_visible()
    expect(boss.page.get_by_role("region", name="Acceptance").first).to_contain_text("Olga")

    seen = []
    for size, scheme in SIZES:
        watched = window("olga", size, scheme)
        seen.append(watched)
        page = watched.page
        for address in (f"{url}/imports/register/", entry, entry + "paper/", f"{url}/imports/openings/", opening):
            page.goto(address)
            page.wait_for_load_state("networkidle")
            name = f"{address.removeprefix(url).strip('/').replace('/', '-')}-{size}"
            if SHOTS:
                page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
            if found := [*checks.axe_faults(page), *checks.wide(page), *checks.small_targets(page, 24)]:
                faults[name] = found
    assert faults == {}
    assert [(one.errors, one.outside) for one in (mia, boss, *seen)] == [([], [])] * 5
