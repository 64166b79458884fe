"""Pages of figures, Today, reports and walls in a real browser: they fit, can be read and touched by everybody."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from factory_core.access.identity import acting
from factory_core.clock import now
from production.oee.models import ShiftAccount
from production.reports.services import WallWish, make_report, save_wall
from tests.browser import checks
from tests.browser.conftest import FLAGS
from tests.world.oee import kept, pieces
from tests.world.people import the_cast
from tests.world.plant import a_machine, a_plant
from tests.world.production import a_running_order, a_shift, follow, minute, states

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOTS = os.environ.get("MILLWRIGHT_SHOTS", "")
DAY = "from=2026-11-20&to=2026-11-20"
BOARDS = ("floor", "figures", "hours", "losses", "today", "calls")
TOUCH_PX = 48
TARGETS = (
    "main :is(a.button, a.cell-link, button, input:not([type=hidden], [type=checkbox]), select, textarea, summary)"
)
SMALL = """(all, least) => all.map(n => [n, n.getBoundingClientRect()])
  .filter(([n, r]) => r.width && Math.min(r.width, r.height) < least - .5)
  .map(([n, r]) => `${n.tagName} ${n.name || n.innerText} ${Math.round(r.width)}x${Math.round(r.height)}`)"""


@dataclass
class Office:
    """Addresses by name, and a window for the supervisor of the line."""

    paths: dict[str, str]
    window: Callable[..., checks.Watched]


@pytest.fixture
def office(live_server: Any) -> Iterator[Office]:
    """A shift with stops, pieces and scrap, kept and closed; a report of it, a wall of six boards, thirty machines."""
    paths, people = _story()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.skip("no Chromium on this machine")
    visitor = Client()
    visitor.force_login(people.supervisor, "django.contrib.auth.backends.ModelBackend")
    session = visitor.cookies[settings.SESSION_COOKIE_NAME].value
    # Nothing below asks the database: a running driver holds this thread's event loop.
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)

        def window(size: str, scheme: str = "light") -> checks.Watched:
            context = checks.new_context(browser, size, scheme=scheme)
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
            return checks.watched(context, live_server.url)

        yield Office({name: f"{live_server.url}{path}" for name, path in paths.items()}, window)
        browser.close()


def _story() -> tuple[dict[str, str], Any]:
    plant = a_plant("figures")
    cast = the_cast(plant)
    for number in range(30):
        a_machine(plant.line_a, f"figures-m{number}", f"Machine with a long name {number}", 10 + number)
    a_shift(plant.site, "07:00", "15:00")
    order = a_running_order(cast.supervisor, plant.press, cycle_s="30")
    states(plant.press, ("PRODUCING", 0, 100), ("FAULT", 100, 140), ("PRODUCING", 140, None))
    follow(plant.press, at=490)
    pieces(plant.press, (30, 110), (90, 60), (470, 530))
    pieces(plant.press, (90, 14), counts="scrap")
    kept(plant.press, 490)
    with acting(cast.supervisor, channel="test"):
        given = {"line": plant.line_a.code, "on": "2026-11-20", "shift": "0"}
        run = make_report(actor=cast.supervisor, code="shift", given=given, at=minute(490))
        wish = WallWish(plant.site, "hall", "Hall 1", [(board, "", 20) for board in BOARDS])
        save_wall(actor=cast.supervisor, wish=wish, at=now())
    account = ShiftAccount.objects.get(machine=plant.press, is_shift=True)
    machine = f"machine={plant.press.code}"
    return {
        "figures": f"/oee/?{DAY}",
        "machine": f"/oee/?{machine}&{DAY}",
        "losses": f"/oee/losses/?{DAY}",
        "hours": f"/oee/hours/?{machine}&to=2026-11-20",
        "account": f"/oee/accounts/{account.pk}/",
        "order": f"/oee/orders/{order.number}/",
        "today": "/today/",
        "reports": "/reports/",
        "new": "/reports/new/shift/",
        "report": f"/reports/{run.pk}/",
        "walls": "/walls/",
        "set_up": "/walls/hall/",
        **{f"wall_{board}": f"/wall/hall/?n={number}" for number, board in enumerate(BOARDS)},
    }, cast


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("size", "scheme"), [("portrait", "light"), ("tablet", "dark"), ("phone", "light")])
def test_pages_of_figures_fit_and_can_be_read_and_touched(office: Office, size: str, scheme: str) -> None:
    seen, faults = office.window(size, scheme), {}
    for name, address in office.paths.items():
        if name.startswith("wall_"):
            continue
        answer = seen.page.goto(address)
        if SHOTS:
            seen.page.screenshot(path=f"{SHOTS}/figures_{name}_{size}.png", full_page=True)
        found = checks.wide(seen.page)
        if size != "phone":
            found += [
                *checks.axe_faults(seen.page),
                *checks.small_targets(seen.page, 24),
                *seen.page.locator(TARGETS).evaluate_all(SMALL, TOUCH_PX),
                *checks.wide_when_longer(seen.page),
            ]
        if answer is None or answer.status != 200 or found:
            faults[name] = found
    assert faults == {}
    assert seen.outside == []
    # The live line belongs to the running plant; this server has none.
    assert [one for one in seen.errors if "/ws/live/" not in one] == []


@pytest.mark.timeout(300)
def test_boards_of_a_wall_fit_and_can_be_read(office: Office) -> None:
    seen, faults = office.window("wall", "dark"), {}
    for name, address in office.paths.items():
        if not name.startswith("wall_"):
            continue
        answer = seen.page.goto(address)
        if SHOTS:
            seen.page.screenshot(path=f"{SHOTS}/figures_{name}.png")
        found = [*checks.axe_faults(seen.page), *checks.wide(seen.page)]
        if answer is None or answer.status != 200 or found:
            faults[name] = found
    assert faults == {}
    assert seen.outside == []
    # The live line belongs to the running plant; this server has none.
    assert [one for one in seen.errors if "/ws/live/" not in one] == []


def test_a_figure_opens_where_it_stands_by_key_and_by_finger(office: Office) -> None:
    page = office.window("portrait").page
    page.goto(office.paths["machine"])
    figure = page.locator("details.figure", has_text="Allocation efficiency")
    figure.scroll_into_view_if_needed()
    before, address = page.evaluate("scrollY"), page.url
    summary = figure.locator("summary")
    summary.tap()
    expect(figure.get_by_text("AUBT ÷ PBT")).to_be_visible()
    expect(figure.get_by_text("planned busy time")).to_be_visible()
    assert (page.evaluate("scrollY"), page.url) == (before, address)
    summary.focus()
    page.keyboard.press("Enter")
    expect(figure.get_by_text("AUBT ÷ PBT")).to_be_hidden()
    page.keyboard.press("Space")
    expect(figure.get_by_text("AUBT ÷ PBT")).to_be_visible()
    assert (page.evaluate("scrollY"), page.url) == (before, address)
