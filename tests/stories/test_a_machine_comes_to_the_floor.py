"""An engineer brings an OPC UA machine onto the floor in the browser, while a supervisor watches; nothing restarts."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import checks
from tests.browser.conftest import browser  # noqa: F401 - the fixture
from tests.factory_core.processes.box import Box, started_before
from tests.factory_core.processes.conftest import _clear_away
from tests.patience import PATIENCE_S
from tests.ports import free_port
from tests.telemetry.edge.helpers import log_of, start_agent, write_config
from tests.telemetry.edge.opcua.peers import Peer, needs_node, press

pytestmark = [pytest.mark.browser, pytest.mark.plant, pytest.mark.timeout(900), needs_node]
# The gateway hears of it within a second, connects, reports; the page asks every two seconds.
# Where the pages are drawn, for whoever wants to look at them.
PICTURES = os.environ.get("STORY_PICTURES", "")


@dataclass
class Story:
    """A running plant, a gateway beside it, a machine in its network, and who looks on."""

    box: Box
    browser: Browser
    press: Peer
    agent: subprocess.Popen[bytes]
    config: Path
    password: str
    names: dict[str, str]

    def sign_in(self, who: str) -> BrowserContext:
        context = checks.new_context(self.browser, "tablet")
        page = context.new_page()
        page.goto(self.box.url + "/sign-in/")
        page.fill("[name=username]", self.names[who])
        page.fill("[name=password]", self.password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        page.close()
        return context


@pytest.fixture(scope="module")
def story(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:  # noqa: F811
    box = Box(started_before(), free_port()).start()
    machine = press(tmp_path_factory.mktemp("press"))
    box.wait_ready()
    done = box.manage("shell", "-v0", "-c", "from tests.stories.people import set_up_engineering as go; go()")
    assert done.returncode == 0, done.stderr
    known = json.loads(done.stdout)
    folder = tmp_path_factory.mktemp("gateway")
    config = write_config(folder, f"http://127.0.0.1:{box.port + 1}", token=f'token = "{known["token"]}"')
    agent = start_agent(config)
    yield Story(box, browser, machine, agent, config, known["password"], known["names"])
    agent.send_signal(signal.SIGTERM)
    agent.wait(PATIENCE_S)
    machine.stop()
    _clear_away(box)


def look_at(page: Page, name: str) -> None:
    """The page holds the bars of every page of ours; with STORY_PICTURES it is drawn too."""
    assert (name, checks.axe_faults(page)) == (name, [])
    assert (name, checks.wide(page)) == (name, [])
    assert (name, checks.small_targets(page, 24)) == (name, [])
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def test_a_machine_comes_to_the_floor(story: Story) -> None:
    floor = story.sign_in("supervisor").new_page()
    floor.goto(story.box.url + "/floor/")
    tile = floor.locator("#tile-story-press")
    expect(tile).to_have_attribute("data-s", "off")
    seen = checks.watched(story.sign_in("it_admin"), story.box.url)
    page = seen.page
    refused: list[tuple[int, str]] = []
    page.on("response", lambda answer: refused.append((answer.status, answer.url)) if answer.status >= 400 else None)

    page.goto(story.box.url + "/gateways/")
    expect(page.locator("#gateways")).to_contain_text("talks")
    look_at(page, "1-gateways")
    page.get_by_role("link", name="Hall 1").click()
    page.get_by_role("link", name="Add a device").click()
    page.get_by_role("link", name="OPC UA").click()
    page.get_by_label("Code").fill("PRESS-UA")
    page.get_by_label("Address of the server").fill(story.press.url)
    page.get_by_label("Security", exact=False).select_option("none")
    look_at(page, "2-add")
    page.get_by_role("button", name="Add the device").click()
    page.wait_for_url("**/devices/PRESS-UA/")
    expect(page.locator("#device-state")).to_have_text("connected")

    page.get_by_role("button", name="Look into the device").click()
    page.locator("summary", has_text=re.compile(r"^\s*Press\b")).click()
    for name in ("State", "PartCount"):
        page.locator(".leaf", has=page.get_by_text(name, exact=True)).get_by_role("checkbox").check()
    current = page.locator(".leaf", has=page.get_by_text("Current", exact=True)).locator("output")
    expect(current).to_have_text("5.25")
    story.press.tell(set=["Current", 7.5])
    page.get_by_role("button", name="Read these values again").click()
    expect(current).to_have_text("7.5")
    # Nothing was chosen but by hand, and what was chosen stays chosen.
    assert page.locator("input[name=pick]:checked").count() == 2
    look_at(page, "3-browse")
    page.get_by_label("The chosen values belong to").select_option(label="Line A › Press 1")
    page.get_by_role("button", name="Name the chosen values").click()

    # Without the decisions nothing is saved.
    page.get_by_role("button", name="Collect these values").click()
    expect(page.get_by_text("Say which decision this value serves", exact=False)).to_have_count(2)
    look_at(page, "4-choose")
    page.locator("#id_t0-decision").fill("Is the machine running?")
    page.locator("#id_t1-decision").fill("How many pieces?")
    page.get_by_role("button", name="Collect these values").click()
    values = page.locator(".live-tags")
    expect(values).to_contain_text("1,207")
    look_at(page, "5-device")

    page.get_by_role("link", name="States of Press 1").click()
    meanings = page.locator(".meanings li")
    expect(meanings.first.locator("input")).to_have_value("2")
    meanings.first.locator("select").select_option("PRODUCING")
    meanings.nth(1).locator("input").fill("3")
    meanings.nth(1).locator("select").select_option("FAULT")
    look_at(page, "6-meanings")
    page.get_by_role("button", name="Let this make the states from now on").click()

    expect(tile).to_have_attribute("data-s", "run")
    expect(page.locator("#device .chip")).to_have_text("Running")
    look_at(page, "7-running")
    story.press.tell(set=["State", 3])
    expect(tile).to_have_attribute("data-s", re.compile("stop|ask"))
    look_at(floor, "8-floor")
    # The one refusal is the one played above: values without a decision.
    assert [status for status, _url in refused] == [422], refused
    assert ([said for said in seen.errors if "422" not in said], seen.outside) == ([], [])
    assert story.agent.poll() is None, log_of(story.config)
