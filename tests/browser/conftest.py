"""A browser, a stage for the front end alone, and a whole running plant."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Browser, expect

from factory_core import settings as product
from tests.browser.desk import chromium
from tests.patience import PATIENCE_S, wait_until
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
# What a page shall show, it shows in a moment; on a busy machine that may be long.
expect.set_options(timeout=PATIENCE_S * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything that takes a browser can be left out with `-m "not browser"`."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if Path(__file__).parent in item.path.parents and "browser" in names:
            item.add_marker(pytest.mark.browser)
        if "running_plant" in names and item.get_closest_marker("timeout") is None:
            # The first of them waits for a plant's first start, which takes minutes on a slow machine.
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One a module, since a running driver holds this thread's event loop."""
    with chromium() as found:
        yield found


@dataclass
class Server:
    """A server a test may stop and start again."""

    url: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None

    def start(self, path: str = "/sign-in/", patience_s: float = 240) -> None:
        """Start and wait until it answers."""
        self.process = subprocess.Popen(self.command, cwd=ROOT)
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            assert self.process.poll() is None, f"{self.command} ended with {self.process.returncode}"
            try:
                with urllib.request.urlopen(self.url + path):
                    return
            except HTTPError:
                # It answers, and what it says is wrong: it will not get better.
                raise
            except OSError:
                time.sleep(0.2)
        raise TimeoutError(f"{self.url} does not answer")

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Stop and wait until it is gone."""
        if self.process:
            self.process.send_signal(how)
            self.process.wait(PATIENCE_S)
            self.process = None

    def acts(self, count: int) -> list[dict[str, Any]]:
        """What was booked, as soon as it is so many acts."""
        wait_until(lambda: len(self.get("/_acts/")["acts"]) >= count, f"{count} acts")
        found: list[dict[str, Any]] = self.get("/_acts/")["acts"]
        return found

    def get(self, path: str) -> Any:
        """What an address answers, JSON where it is JSON."""
        with urllib.request.urlopen(self.url + path) as answer:
            body = answer.read()
        return json.loads(body) if answer.headers["Content-Type"] == "application/json" else body.decode()


@pytest.fixture(scope="session")
def stage_static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stages' static files are collected, once."""
    if not (Path(product.NODE_MODULES) / "htmx.org").is_dir():
        pytest.skip("npm ci has not run: node_modules/htmx.org is missing")
    return tmp_path_factory.mktemp("static")


@contextlib.contextmanager
def started_stage(static: Path) -> Iterator[Server]:
    """A stage of its own, stopped at the end."""
    port = free_port()
    server = Server(f"http://127.0.0.1:{port}", [sys.executable, "-m", "tests.browser.stage", str(port), str(static)])
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def stage(stage_static: Path) -> Iterator[Server]:
    """A fresh stage: the real templates and scripts, scripted machines."""
    with started_stage(stage_static) as server:
        yield server


@dataclass(frozen=True)
class RunningPlant:
    """A whole plant started by `manage.py up`, and how to sign in; `door` and `data` only where it was started here."""

    url: str
    accounts: dict[str, str]
    door: str = ""
    data: Path | None = None


READY = re.compile(r"Millwright is ready: (http://\S+)")
LAST_LINE = re.compile(r"^Data and logs: ")
ACCOUNT = re.compile(r"^\s+(?P<name>[a-z]\w*)\s+(?P<password>mill-\S+)\s")


@pytest.fixture(scope="package")
def running_plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlant]:
    """A demo plant on a free port; MILLWRIGHT_TEST_URL (and _ACCOUNTS as JSON) name one that runs already."""
    if running := os.environ.get("MILLWRIGHT_TEST_URL"):
        yield RunningPlant(running.rstrip("/"), json.loads(os.environ.get("MILLWRIGHT_TEST_ACCOUNTS", "{}")))
        return
    port, door, data = free_port(), free_port(), tmp_path_factory.mktemp("plant")
    environment = {**os.environ, "PORT": str(port), "INGEST_PORT": str(door)}
    environment.pop("DATABASE_URL", None)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(port), "--data-dir", str(data)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield replace(_wait_until_ready(process), door=f"http://127.0.0.1:{door}", data=data)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
        if process.stdout is not None:
            process.stdout.close()


def _wait_until_ready(process: subprocess.Popen[str], patience_s: float = 600) -> RunningPlant:
    said: list[str] = []
    ready = threading.Event()

    def listen() -> None:
        for line in process.stdout or ():
            said.append(line)
            if LAST_LINE.search(line):
                ready.set()

    threading.Thread(target=listen, daemon=True).start()
    if not ready.wait(patience_s):
        raise TimeoutError("`manage.py up` did not become ready:\n" + "".join(said[-40:]))
    url = next(found[1] for line in said if (found := READY.search(line)))
    accounts = {found["name"]: found["password"] for line in said if (found := ACCOUNT.match(line))}
    return RunningPlant(url.rstrip("/"), accounts)


@pytest.fixture(scope="module")
def signed_in(browser: Browser, running_plant: RunningPlant) -> Callable[[str], Any]:
    """The browser state of a demo account, signed in once a module."""
    kept: dict[str, Any] = {}

    def state_of(name: str) -> Any:
        if name not in kept:
            context = browser.new_context()
            page = context.new_page()
            page.goto(running_plant.url + "/sign-in/")
            page.fill("#id_username", name)
            page.fill("#id_password", running_plant.accounts[name])
            page.click("main button.primary")
            page.wait_for_url(lambda url: "/sign-in/" not in url)
            kept[name] = context.storage_state()
            context.close()
        return kept[name]

    return state_of
