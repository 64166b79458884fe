"""The story on a whole plant: a machine stands, its station asks, one tap answers, all who may see it at once."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from factory_core.processes.postgres import EmbeddedPostgres
from tests.browser import checks
from tests.browser.conftest import RunningPlant
from tests.world.running import manage

pytestmark = pytest.mark.plant

PATIENCE_S = 100
# After this long without a simulated stop, one is brought about.
BY_ITSELF_S = 5
FAULTY = "CNC01"
SECOND_SENDER = f"""
from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from factory_core.plant.models import Machine
from telemetry.devices.services import add_tag, enrol_directly, register_gateway
actor, machine = service_user("plant"), Machine.objects.get(code="{FAULTY}")
with acting(actor, channel="test"):
    gateway = register_gateway(actor=actor, code="by-hand", site=machine.line.area.site, at=now())
    add_tag(actor=actor, gateway_id=gateway.pk, name="{FAULTY}.execution", decision="why it stands", kind="text",
        machine=machine, at=now())
    print(enrol_directly(actor=actor, gateway_id=gateway.pk, at=now()))
"""
SEEN_WITHIN_S = 1.0
OPERATORS = {"anna": "yusuf", "yusuf": "anna"}


def opened(browser: Browser, plant: RunningPlant, state: Any, path: str) -> Page:
    page = checks.new_context(browser, "tablet", storage=state).new_page()
    page.goto(plant.url + path)
    return page


def a_station_that_asks(
    browser: Browser, plant: RunningPlant, signed_in: Callable[[str], Any]
) -> tuple[str, str, Page]:
    """The operator, the machine and the open station of the first machine that stands without a reason."""
    floors = {name: opened(browser, plant, signed_in(name), "/floor/") for name in OPERATORS}
    begun, token = time.monotonic(), ""
    while time.monotonic() < begun + PATIENCE_S:
        if plant.data is not None and time.monotonic() > begun + BY_ITSELF_S:
            token = token or manage("shell", "-v0", "-c", SECOND_SENDER, environment=of_the_plant(plant.data)).strip()
            say_stopped(plant, token)
        for name, floor in floors.items():
            for tile in floor.query_selector_all(".tile[data-s=ask]"):
                code = tile.get_attribute("data-m") or ""
                station = opened(browser, plant, signed_in(name), f"/station/{code}/")
                if station.locator("[data-reasons] button").count():
                    for other in floors.values():
                        other.context.close()
                    return name, code, station
                station.context.close()
        next(iter(floors.values())).wait_for_timeout(1000)
    pytest.fail(f"no machine of the demo stood without a reason within {PATIENCE_S} s")


def of_the_plant(data: Path) -> dict[str, str]:
    """What a command needs to speak with the plant's own database, not with the tests'."""
    return {"DATA_DIR": str(data), "DATABASE_URL": EmbeddedPostgres(data).url()}


def say_stopped(plant: RunningPlant, token: str) -> None:
    """The first machine says that it stands."""
    at = datetime.now(UTC).isoformat()
    reading = {"tag": f"{FAULTY}.execution", "at": at, "value": "STOPPED"}
    answer = httpx.post(
        f"{plant.door}/ingest/v1/readings", json={"readings": [reading]}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.timeout(300)
def test_one_tap_at_the_station_is_seen_at_once_by_all_who_may(
    browser: Browser, running_plant: RunningPlant, signed_in: Callable[[str], Any]
) -> None:
    name, code, station = a_station_that_asks(browser, running_plant, signed_in)
    floor = opened(browser, running_plant, signed_in("sofia"), "/floor/")
    expect(floor.locator("#link")).to_have_attribute("data-link", "live", timeout=8000)
    downtime = station.locator("#reasons").get_attribute("data-downtime")
    reason = station.locator("[data-reasons] button").first
    label = reason.inner_text().strip()
    with station.expect_response(lambda answer: answer.url.endswith(f"/downtimes/{downtime}/explain")) as sent:
        reason.tap()
    assert sent.value.status == 200
    begun = time.monotonic()
    expect(floor.locator(f"#tile-{code}")).not_to_have_attribute("data-s", "ask", timeout=8000)
    took = time.monotonic() - begun

    drawer = floor.request.get(f"{running_plant.url}/shift/stop/{downtime}/").text()
    history = floor.request.get(f"{running_plant.url}/history/production.downtime/{downtime}/").text()
    stranger = opened(browser, running_plant, signed_in(OPERATORS[name]), "/floor/")
    hidden = {
        path: stranger.request.get(running_plant.url + path).status
        for path in (f"/station/{code}/", f"/shift/stop/{downtime}/", f"/api/v1/downtimes/{downtime}/")
    }
    seen = stranger.locator(f"#tile-{code}").count()
    for page in (station, floor, stranger):
        page.context.close()

    assert label in drawer
    assert name.capitalize() in history
    assert set(hidden.values()) <= {403, 404}
    assert seen == 0
    assert took <= SEEN_WITHIN_S
