"""The register and an opening in a real browser at three sizes, light and dark: read, put together, signed, listed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from factory_core.access.identity import acting
from factory_core.importing.services.opening import begin_opening
from tests.browser import checks
from tests.browser.desk import Desk, desk_of
from tests.factory_core.importing.test_register import FILE, SECRET, imported
from tests.world.people import a_user
from tests.world.plant import a_plant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
SIZES = (("tablet", "light"), ("portrait", "dark"), ("wall", "light"))


@pytest.fixture
def desk(live_server: Any, tmp_path: Path, settings: Any) -> Iterator[Desk]:
    """Who brought an import, and who may accept it."""
    settings.DATA_DIR = tmp_path
    plant = a_plant("reg")
    mia, olga = a_user("mia", "migrator", plant.site), a_user("olga", "owner", plant.site)
    with acting(olga, channel="test"):
        olga.set_password(SECRET)
        olga.save(update_fields=["password"])
    imported(plant, mia, FILE, out=(3,))
    with acting(mia, channel="test"):
        begin_opening(actor=mia, site=plant.site, opens_on=date(2026, 12, 1), at=datetime(2026, 11, 23, tzinfo=UTC))
    with desk_of(live_server.url, mia=mia, olga=olga) as desk:
        yield desk


def test_the_register_is_read_and_an_opening_is_signed(desk: Desk) -> None:
    url, faults = desk.url, dict[str, Any]()
    mia = desk.window(who="mia")
    mia.page.goto(f"{url}/imports/openings/")
    mia.page.locator("tbody a.cell-link").first.click()
    mia.page.get_by_role("button", name="Put in", exact=True).click()
    mia.page.locator("summary", has_text="Master data").click()
    expect(mia.page.get_by_role("region", name="Master data").first).to_contain_text("suppliers.csv")
    opening = mia.page.url
    entry = url + str(mia.page.get_by_role("link", name="suppliers.csv").first.get_attribute("href"))

    boss = desk.window(who="olga")
    boss.page.goto(opening)
    boss.page.get_by_label("Your password or PIN").fill(SECRET)
    boss.page.get_by_role("button", name="Sign and accept").click()
    expect(boss.page.get_by_role("heading", name="Take the acceptance back")).to_be_visible()
    expect(boss.page.get_by_role("region", name="Acceptance").first).to_contain_text("Olga")

    seen = []
    for size, scheme in SIZES:
        watched = desk.window(size, scheme, "olga")
        seen.append(watched)
        page = watched.page
        for address in (f"{url}/imports/register/", entry, entry + "paper/", f"{url}/imports/openings/", opening):
            page.goto(address)
            page.wait_for_load_state("networkidle")
            name = f"{address.removeprefix(url).strip('/').replace('/', '-')}-{size}"
            checks.keep_picture(page, name)
            if found := [*checks.axe_faults(page), *checks.wide(page), *checks.small_targets(page, 24)]:
                faults[name] = found
    assert faults == {}
    assert [(one.errors, one.outside) for one in (mia, boss, *seen)] == [([], [])] * 5
