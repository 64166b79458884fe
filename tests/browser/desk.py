"""People at their windows: a browser, signed in at the test's own server, at a size and in a light."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, sync_playwright

from factory_core.people.models import User
from tests.browser import checks

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The distribution's Chromium; while it runs, its driver holds this thread's event loop: no database here."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Desk:
    """The server, the addresses of its pages by name, and a window for each of the people."""

    url: str
    paths: Mapping[str, str]
    browser: Browser
    sessions: Mapping[str, str]

    def window(self, size: str = "tablet", scheme: str = "light", who: str = "") -> checks.Watched:
        """A window of somebody; of the first of the people where nobody is named."""
        context = checks.new_context(self.browser, size, scheme=scheme)
        session = self.sessions[who or next(iter(self.sessions))]
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.url}])
        return checks.watched(context, self.url)


@contextmanager
def desk_of(url: str, paths: Mapping[str, str] | None = None, **people: User) -> Iterator[Desk]:
    """Have these people signed in at a server; `paths` are paths by name."""
    sessions = {name: _session(person) for name, person in people.items()}
    with chromium() as browser:
        yield Desk(url, {name: url + path for name, path in (paths or {}).items()}, browser, sessions)


def _session(person: User) -> str:
    visitor = Client()
    visitor.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return visitor.cookies[settings.SESSION_COOKIE_NAME].value
