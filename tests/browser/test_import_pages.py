"""A person who has never seen the product brings a list of suppliers over, puts it right, and undoes the whole."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.desk import Desk, desk_of
from tests.world.people import a_user
from tests.world.plant import a_plant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

LINES = "".join(f"00{n};Firma Müller {n} & Söhne;{'ja' if n % 3 else 'vielleicht'};30 Tage\n" for n in range(10, 30))
FILE = f"Unsere Lieferanten;;;\nKontonummer;Firma;aktiv;Zahlungsziel\n{LINES}0010;Doppelt GmbH;nein;\n"


@pytest.fixture
def desk(live_server: Any, tmp_path: Path, settings: Any) -> Iterator[Desk]:
    """A migrator who has signed in."""
    settings.DATA_DIR = tmp_path
    plant = a_plant("imp")
    with desk_of(live_server.url, migrator=a_user("mia", "migrator", plant.site)) as desk:
        yield desk


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The list, as a factory has it."""
    file = tmp_path / "Lieferanten.csv"
    file.write_bytes(FILE.encode("cp1252"))
    return file


@pytest.mark.parametrize(("size", "scheme"), [("tablet", "light"), ("portrait", "dark"), ("wall", "light")])
def test_a_list_of_suppliers_comes_over_and_goes_again(desk: Desk, file: Path, size: str, scheme: str) -> None:
    seen = desk.window(size, scheme)
    page, faults = seen.page, {}

    def look(name: str) -> None:
        page.wait_for_load_state("networkidle")
        checks.keep_picture(page, f"import-{name}-{size}")
        if found := [*checks.axe_faults(page), *checks.wide(page), *checks.small_targets(page, 24)]:
            faults[name] = found

    page.goto(f"{desk.url}/imports/")
    look("list")
    page.get_by_role("link", name="New import").first.click()
    look("new")
    page.set_input_files("#file", file)
    _press(page, "Look into it")
    expect(page.locator("tr.header")).to_contain_text("Kontonummer")
    look("file")
    _press(page, "On to the columns")
    expect(page.get_by_label("“Kontonummer” becomes")).to_have_value("code")
    look("columns")
    _press(page, "Check the rows")
    expect(page.locator("h3")).to_have_count(2)
    look("check")

    # One rule for many cells, then one cell typed over in place: checked again at once, without leaving the page.
    page.get_by_label("Treat “vielleicht” as").select_option("no")
    _press(page, "Treat them so")
    expect(page.locator("h3")).to_have_count(1, timeout=20_000)
    cell = page.locator("input[name='c-23-1']")
    cell.fill("0099")
    cell.press("Tab")
    expect(page.locator("h3")).to_have_count(0, timeout=20_000)
    look("checked")
    _press(page, "Dry run")
    expect(page.locator(".import-counts")).to_contain_text("will be created")
    look("dry-run")
    _press(page, "Import")
    expect(page.locator(".import-counts")).to_contain_text("21", timeout=20_000)
    look("done")

    page.get_by_role("link", name="Undo the whole import").click()
    expect(page.locator("main h2").first).to_contain_text("21 records")
    look("undo")
    _press(page, "Undo it")
    expect(page.locator("main")).to_contain_text("21 records were taken back", timeout=20_000)
    look("undone")
    for name in ("templates", "rules"):
        page.goto(f"{desk.url}/imports/{name}/")
        look(name)
    assert faults == {}
    assert (seen.errors, seen.outside) == ([], [])


def test_the_way_needs_no_script(desk: Desk, file: Path) -> None:
    page = desk.window("tablet").page
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{desk.url}/imports/new/")
    page.set_input_files("#file", file)
    for button in ("Look into it", "On to the columns", "Check the rows"):
        _press(page, button)
    page.get_by_label("Treat “vielleicht” as").select_option("no")
    _press(page, "Treat them so")
    page.fill("input[name='c-23-1']", "0099")
    _press(page, "Keep and check again")
    _press(page, "Dry run")
    _press(page, "Import")
    expect(page.locator(".import-counts")).to_contain_text("21", timeout=20_000)


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
