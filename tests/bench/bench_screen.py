"""From a reading sent to a changed tile in a real browser, while the plant takes 2 000 readings a second.

python -m tests.bench.bench_screen [--changes 100] [--rate 2000]
"""

import argparse
import gzip
import itertools
import json
import secrets
import shutil
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

from tests.bench.report import percentile, report
from tests.ports import free_port
from tests.world.running import a_database, a_process, a_server, collected_static, manage

GATEWAYS = 8
TAGS = 10
EVERY_S = 0.5

PREPARE = f"""
import json
from django.test import Client
from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from telemetry.states.services.rules import set_state_rule
from tests.world.plant import a_machine, a_plant
from tests.world.people import the_cast
from tests.world.telemetry import a_gateway, a_tag
plant = a_plant("screen")
cast = the_cast(plant)
actor = service_user("plant")
tokens = []
for n in range({GATEWAYS}):
    machine = a_machine(plant.line_a, f"screen-{{n}}", position=n + 10)
    gateway, token = a_gateway(plant.site, f"gw-screen-{{n}}")
    for t in range({TAGS}):
        a_tag(gateway, f"m.v{{t}}", machine)
    a_tag(gateway, "m.execution", machine, "text")
    with acting(actor, channel="test"):
        definition = {{"sources": [{{"kind": "words", "tag": "m.execution"}}]}}
        set_state_rule(actor=actor, machine=machine, definition=definition, valid_from=now())
    tokens.append(token)
client = Client()
client.force_login(cast.supervisor)
print(json.dumps({{"session": client.cookies["sessionid"].value, "tokens": tokens}}))
"""
WATCH = """
window.__changes = [];
new MutationObserver(list => { for (const each of list)
  if (each.target.getAttribute('data-s') !== each.oldValue) window.__changes.push([each.target.dataset.s, Date.now()]);
}).observe(document.querySelector('[data-m="screen-0"]'),
  {attributes: true, attributeFilter: ['data-s'], attributeOldValue: true});
"""


def main() -> None:
    """Run the benchmark."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--changes", type=int, default=100)
    arguments.add_argument("--rate", type=int, default=2000)
    options = arguments.parse_args()
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing"
    with ExitStack() as stack:
        url = stack.enter_context(a_database())
        logs = Path(tempfile.mkdtemp(prefix="bench-screen-"))
        static = {"DATABASE_URL": url, **collected_static(logs)}
        known = json.loads(manage("shell", "-v0", "-c", PREPARE, environment={"DATABASE_URL": url}))
        web = stack.enter_context(a_server("factory_core.asgi:application", free_port(), static, logs / "web.log"))
        door = stack.enter_context(
            a_server("telemetry.ingest.app:application", free_port(), {"DATABASE_URL": url}, logs / "ingest.log")
        )
        stack.enter_context(
            a_process("manage.py", "derive", environment={"DATABASE_URL": url}, log=logs / "derive.log")
        )
        stack.enter_context(a_process("manage.py", "work", environment={"DATABASE_URL": url}, log=logs / "work.log"))
        driver = stack.enter_context(sync_playwright())
        browser = driver.chromium.launch(
            executable_path=chromium,
            args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.add_cookies([{"name": "sessionid", "value": known["session"], "url": web}])
        page = context.new_page()
        page.goto(f"{web}/floor/")
        page.wait_for_selector("[data-link=live]")
        delays, sent = measure(page, door, known["tokens"], options)
        browser.close()
    conditions = {
        "readings_per_s": round(sent),
        "changes": options.changes,
        "gateways": GATEWAYS,
        "browser": "Chromium, headless",
    }
    report("screen.changes_seen", len(delays) / options.changes, "of 1", **conditions)
    for share, name in ((0.5, "p50"), (0.99, "p99"), (1.0, "max")):
        report(f"screen.reading_to_tile_{name}", percentile(delays, share), "ms", **conditions)


def measure(page: Page, door: str, tokens: list[str], options: argparse.Namespace) -> tuple[list[float], float]:
    """Let the first machine change its word about once a second under load; delays in ms, and readings per second."""
    speaker = Sender(door, tokens[0], ["m.execution"])
    speaker.send([[0, 0, "ACTIVE"]])
    page.wait_for_selector('[data-m="screen-0"][data-s=run]')
    page.evaluate(WATCH)
    stop = threading.Event()
    loads = [
        Load(Sender(door, token, [f"m.v{t}" for t in range(TAGS)]), options.rate // GATEWAYS, stop) for token in tokens
    ]
    started = time.monotonic()
    for load in loads:
        load.start()
    time.sleep(2)
    sent_at = []
    for word, _turn in zip(itertools.cycle(("STOPPED", "ACTIVE")), range(options.changes), strict=False):
        sent_at.append(now_ms())
        speaker.send([[0, 0, word]])
        page.wait_for_timeout(600 + 40 * (_turn % 11))
    page.wait_for_timeout(2000)
    stop.set()
    for load in loads:
        load.join()
    rate = sum(load.rows for load in loads) / (time.monotonic() - started)
    seen = [at for state, at in page.evaluate("window.__changes") if state in ("ask", "run")]
    return [at - sent for sent, at in zip(sent_at, seen, strict=False)], rate


def now_ms() -> int:
    """The wall clock, which the browser on this machine reads too."""
    return time.time_ns() // 1_000_000


class Sender:
    """One gateway's way to the door."""

    def __init__(self, door: str, token: str, tags: list[str]) -> None:
        self.client = httpx.Client(
            base_url=door, headers={"authorization": f"Bearer {token}", "content-encoding": "gzip"}
        )
        self.tags, self.epoch, self.seq = tags, secrets.token_hex(8), 1

    def send(self, rows: list[list[object]]) -> None:
        """One packet, acknowledged."""
        at = now_ms()
        packet = {
            "schema": "millwright.packet/1", "epoch": self.epoch, "lane": "s", "first_seq": self.seq,
            "count": len(rows), "sent_ms": at, "clock": {"synced": True, "source": "ntp", "err_ms": 1}, "t0": at,
            "tags": self.tags, "rows": rows,
        }  # fmt: skip
        answer = self.client.post("/ingest/v1/packets", content=gzip.compress(json.dumps(packet).encode(), 1))
        assert answer.json()["new"] == len(rows), answer.text
        self.seq += len(rows)


class Load(threading.Thread):
    """A gateway that sends its share of the readings, twice a second."""

    def __init__(self, sender: Sender, rate: int, stop: threading.Event) -> None:
        super().__init__()
        self.sender, self.rate, self.stop, self.rows = sender, rate, stop, 0

    def run(self) -> None:
        """Until told to stop."""
        count = int(self.rate * EVERY_S)
        due = time.monotonic()
        while not self.stop.is_set():
            self.sender.send([[n % TAGS, -n, 5.0 + n % 7] for n in range(count)])
            self.rows += count
            due += EVERY_S
            self.stop.wait(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main()
