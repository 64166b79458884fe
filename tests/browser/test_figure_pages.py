"""Pages of figures, Today, reports and walls in a real browser: they fit, can be read and touched by everybody."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from factory_core.access.identity import acting
from factory_core.clock import now
from production.oee.models import ShiftAccount
from production.reports.services import WallWish, make_report, save_wall
from tests.browser import checks
from tests.browser.desk import Desk, desk_of
from tests.world.oee import kept, pieces
from tests.world.people import the_cast
from tests.world.plant import a_machine, a_plant
from tests.world.production import a_running_order, a_shift, follow, minute, states

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY = "from=2026-11-20&to=2026-11-20"
BOARDS = ("floor", "figures", "hours", "losses", "today", "calls")


@pytest.fixture
def office(live_server: Any) -> Iterator[Desk]:
    """A shift with stops, pieces and scrap, kept and closed; a report of it, a wall of six boards, thirty machines."""
    paths, people = _story()
    with desk_of(live_server.url, paths, supervisor=people.supervisor) as office:
        yield office


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
def test_pages_of_figures_fit_and_can_be_read_and_touched(office: Desk, size: str, scheme: str) -> None:
    seen, faults = office.window(size, scheme), {}
    for name, address in office.paths.items():
        if name.startswith("wall_"):
            continue
        answer = seen.page.goto(address)
        checks.keep_picture(seen.page, f"figures_{name}_{size}")
        found = checks.wide(seen.page)
        if size != "phone":
            found += [
                *checks.axe_faults(seen.page),
                *checks.small_targets(seen.page, 24),
                *checks.small_for_fingers(seen.page, inputs="input:not([type=hidden], [type=checkbox])"),
                *checks.wide_when_longer(seen.page),
            ]
        if answer is None or answer.status != 200 or found:
            faults[name] = found
    assert faults == {}
    assert seen.outside == []
    # The live line belongs to the running plant; this server has none.
    assert [one for one in seen.errors if "/ws/live/" not in one] == []


@pytest.mark.timeout(300)
def test_boards_of_a_wall_fit_and_can_be_read(office: Desk) -> None:
    seen, faults = office.window("wall", "dark"), {}
    for name, address in office.paths.items():
        if not name.startswith("wall_"):
            continue
        answer = seen.page.goto(address)
        checks.keep_picture(seen.page, f"figures_{name}")
        found = [*checks.axe_faults(seen.page), *checks.wide(seen.page)]
        if answer is None or answer.status != 200 or found:
            faults[name] = found
    assert faults == {}
    assert seen.outside == []
    # The live line belongs to the running plant; this server has none.
    assert [one for one in seen.errors if "/ws/live/" not in one] == []


def test_a_figure_opens_where_it_stands_by_key_and_by_finger(office: Desk) -> None:
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
