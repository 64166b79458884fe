"""A machine stops; the station asks; one tap answers; floor, timeline and history tell it; others see none of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.browser.conftest import browser  # noqa: F401 - the fixture
from tests.factory_core.processes.box import Box, started_before
from tests.factory_core.processes.conftest import _clear_away
from tests.ports import free_port
from tests.world.telemetry import a_packet, new_epoch, now_ms, sealed

pytestmark = [pytest.mark.browser, pytest.mark.plant, pytest.mark.timeout(900)]
STATION = "/station/story-press/"
# The promise is a second on a machine of today, and tests/bench measures it; a slow and busy one gets five.


@dataclass
class Story:
    """A running plant, the press that speaks through its gateway, and browsers of the cast."""

    box: Box
    browser: Browser
    token: str
    machine: int
    password: str
    names: dict[str, str]
    epoch: str = field(default_factory=new_epoch)
    seq: int = 0

    def press_says(self, word: str, ms_ago: int = 0) -> None:
        """One reading of the press travels through the door."""
        packet = a_packet(
            [[0, 0, word]], tags=["press.execution"], epoch=self.epoch, first_seq=self.seq + 1, t0=now_ms() - ms_ago
        )
        answer = httpx.post(
            f"http://127.0.0.1:{self.box.port + 1}/ingest/v1/packets", content=sealed(packet),
            headers={"authorization": f"Bearer {self.token}", "content-encoding": "gzip"},
        )  # fmt: skip
        assert answer.json()["new"] == 1, answer.text
        self.seq += 1

    def sign_in(self, who: str) -> BrowserContext:
        context = self.browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
        page = context.new_page()
        page.goto(self.box.url + "/sign-in/")
        page.fill("[name=username]", self.names[who])
        page.fill("[name=password]", self.password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        page.close()
        return context

    def open(self, context: BrowserContext, path: str) -> Page:
        page = context.new_page()
        page.goto(self.box.url + path)
        return page


@pytest.fixture(scope="module")
def story(browser: Browser) -> Iterator[Story]:  # noqa: F811
    box = Box(started_before(), free_port()).start()
    box.wait_ready()
    done = box.manage("shell", "-v0", "-c", "from tests.stories.people import set_up; set_up()")
    assert done.returncode == 0, done.stderr
    yield Story(box, browser, **json.loads(done.stdout))
    _clear_away(box)


def test_the_story(story: Story) -> None:
    operator, supervisor = story.sign_in("operator"), story.sign_in("supervisor")
    story.press_says("ACTIVE", ms_ago=90_000)
    station, floor, shift = (
        story.open(operator, STATION), story.open(supervisor, "/floor/"), story.open(supervisor, "/shift/"),
    )  # fmt: skip
    for page in (station, floor, shift):
        expect(page.locator("[data-link=live]").first).to_be_visible()
    tile = floor.locator("[data-m=story-press]")
    expect(station.locator("#band")).to_have_attribute("data-s", "run")

    # The machine stops, and the station asks why.
    story.press_says("FEED_HOLD")
    expect(station.locator("#band")).to_have_attribute("data-s", "ask")
    expect(tile).to_have_attribute("data-s", "ask")
    jam = station.locator("[data-reasons] [data-reason=JAM]")
    expect(jam).to_be_visible()

    # One tap gives the reason; floor and timeline show it.
    jam.tap()
    expect(tile).to_have_attribute("data-s", "stop")
    expect(station.locator("#reasons")).to_contain_text("Jam")
    # A stop that is explained is not asked for any more.
    expect(shift.locator("#to-explain li[id]")).to_have_count(0)

    # It runs again.
    story.press_says("ACTIVE")
    expect(station.locator("#band")).to_have_attribute("data-s", "run")
    expect(tile).to_have_attribute("data-s", "run")

    # The history names who and when.
    stop = api(story, supervisor, "/api/v1/downtimes/")["results"][0]
    assert (stop["reason"], stop["explained_by"]) == ("JAM", "Anna")
    history = story.open(supervisor, f"/history/production.downtime/{stop['id']}/")
    expect(history.locator("body")).to_contain_text("Anna")
    expect(history.locator("body")).to_contain_text("Jam")

    for who in ("neighbour", "stranger"):
        sees_nothing(story, who, stop["id"])
    for context in (operator, supervisor):
        context.close()


def sees_nothing(story: Story, who: str, downtime: int) -> None:
    """Neither page, API, socket, search nor admin tells this person anything of the stop."""
    context = story.sign_in(who)
    for path in (
        STATION,
        f"/shift/stop/{downtime}/",
        f"/history/production.downtime/{downtime}/",
        "/machines/story-press/",
    ):
        page = story.open(context, path)
        assert page.request.get(story.box.url + path).status in (403, 404), (who, path)
        assert "Press 1" not in page.content()
        page.close()
    for path in ("/floor/", "/shift/", "/"):
        page = story.open(context, path)
        assert "Press 1" not in page.content(), (who, path)
        page.close()
    machine = f"/api/v1/machines/{story.machine}/"
    for path in (f"/api/v1/downtimes/{downtime}/", machine, f"{machine}intervals/"):  # fmt: skip
        assert answer(story, context, path).status_code in (403, 404), (who, path)
    for path in ("/api/v1/downtimes/", "/api/v1/machines/?code=story-press", "/api/v1/events/", "/api/v1/tags/"):
        found = answer(story, context, path)
        assert found.status_code == 403 or "press" not in found.text.lower(), (who, path, found.text)
    explain = context.request.post(
        f"{story.box.url}/api/v1/downtimes/{downtime}/explain/",
        data={"reason": "TOOL"}, headers={"X-CSRFToken": cookie(context, "csrftoken"), "Referer": story.box.url},
    )  # fmt: skip
    assert explain.status in (403, 404)
    assert context.request.get(story.box.url + "/admin/", max_redirects=0).status in (302, 403, 404)
    with pytest.raises(InvalidStatus) as refused:
        connect(
            f"ws{story.box.url[4:]}/ws/live/?topics=machine:story-press", origin=story.box.url,
            additional_headers={"Cookie": f"sessionid={cookie(context, 'sessionid')}"},
        )  # fmt: skip
    assert refused.value.response.status_code == 403
    context.close()


def answer(story: Story, context: BrowserContext, path: str) -> httpx.Response:
    return httpx.get(story.box.url + path, cookies={"sessionid": cookie(context, "sessionid")}, follow_redirects=True)


def api(story: Story, context: BrowserContext, path: str) -> Any:
    return answer(story, context, path).json()


def cookie(context: BrowserContext, name: str) -> str:
    return next((each["value"] for each in context.cookies() if each["name"] == name), "")
