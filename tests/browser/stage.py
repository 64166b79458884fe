"""A stage for the front end: the real templates, styles and scripts with made-up machines and a scripted server.

It lets a test say "the server refuses the next act", "the socket drops a message", "machine M02 stops now", which a
whole plant cannot be asked to do on cue. Run as `python -m tests.browser.stage PORT STATIC_DIR`.

Addresses for the test: /_poke/<code>/<state>/ a machine changes · /_refuse/<status>/ the API answers so (0 = as
usual) · /_lose/ the next live message gets lost · /_acts/ what was booked.
"""

import asyncio
import json
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace as A
from typing import Any
from zoneinfo import ZoneInfo

import django
from django.conf import settings

from factory_core import settings as product

BERLIN = ZoneInfo("Europe/Berlin")
STATIC_DIR = sys.argv[2]

settings.configure(
    SECRET_KEY="stage",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="tests.browser.stage_urls",
    USE_TZ=True,
    TIME_ZONE="Europe/Berlin",
    LANGUAGES=product.LANGUAGES,
    INSTALLED_APPS=["django.contrib.staticfiles", "django.contrib.messages", "django.contrib.sessions", "csp"],
    MIDDLEWARE=[
        "django.middleware.gzip.GZipMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
        "csp.middleware.CSPMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": product.TEMPLATES[0]["DIRS"],
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.messages.context_processors.messages",
                    "tests.browser.stage_urls.shell",
                ],
                "libraries": product.TEMPLATES[0]["OPTIONS"]["libraries"],
            },
        }
    ],
    STATIC_URL="/static/",
    STATIC_ROOT=STATIC_DIR,
    STATICFILES_DIRS=product.STATICFILES_DIRS,
    NODE_MODULES=product.NODE_MODULES,
    NPM_FILES=product.NPM_FILES,
    STATICFILES_FINDERS=[
        "django.contrib.staticfiles.finders.FileSystemFinder",
        "factory_core.web.npm_finder.NpmFinder",
    ],
    STORAGES=product.STORAGES,
    CONTENT_SECURITY_POLICY=product.CONTENT_SECURITY_POLICY,
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402 - needs the settings above
from django.core.management import call_command  # noqa: E402

from factory_core.web import charts, display  # noqa: E402


class Stage:
    """The machines, the acts the server was asked for, and the open sockets."""

    def __init__(self) -> None:
        states = ["run", "run", "ask", "plan", "run", "slow", "wait", "stop", "setup", "off", "run", "run"]
        start = datetime.now(BERLIN) - timedelta(minutes=7)
        self.machines = {
            f"M{i:02}": A(
                code=f"M{i:02}", name=f"Machine {i:02}", state=states[i % 12], since=start, version=1, scrap=14
            )
            for i in range(24)
        }
        self.acts: list[dict[str, Any]] = []
        self.answered: dict[str, str] = {}
        self.refuse = 0
        self.lose = 0
        self.doubts = True
        self.calls: list[str] = []
        self.sockets: set[asyncio.Queue[dict[str, Any]]] = set()
        self.loop: asyncio.AbstractEventLoop | None = None

    def change(self, code: str, state: str) -> None:
        """A machine changes its state now, and its screens hear of it."""
        machine = self.machines[code]
        machine.state, machine.since, machine.version = state, datetime.now(BERLIN), machine.version + 1
        self.say(t="state", m=code, s=state, since=display.milliseconds(machine.since), v=machine.version)

    def say(self, **message: Any) -> None:
        """Tell every open socket."""
        if self.loop:
            for socket in list(self.sockets):
                self.loop.call_soon_threadsafe(socket.put_nowait, message)

    def book(
        self, path: str, key: str, author: str, tapped_at: str, body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """One effect per key; the same key with another body is refused."""
        text = json.dumps(body, sort_keys=True)
        if key in self.answered:
            return (
                (200, {"ok": True})
                if self.answered[key] == text
                else (422, {"detail": "Another body.", "code": "key_reused"})
            )
        if self.refuse:
            return self.refuse, {"detail": "The order is closed already.", "code": "order_closed"}
        self.answered[key] = text
        self.acts.append({"path": path, "author": author, "tapped_at": tapped_at, "body": body})
        code = "M02"
        if path.endswith("/count"):
            self.machines[code].scrap += int(body["quantity"])
            self.say(t="changed", topic=f"machine:{code}")
        elif path.endswith("/explain"):
            self.change(code, "stop")
        elif path.endswith("/call-help"):
            self.calls.append(code)
            self.say(t="changed", topic=f"machine:{code}", m=code, e="shopfloor.help_called")
        elif path.startswith("/api/v1/help-calls/"):
            self.calls.clear()
            self.say(t="changed", topic=f"machine:{code}", m=code, e="shopfloor.help_answered")
        elif path.startswith("/api/v1/downtime-corrections/"):
            self.doubts = False
            self.say(t="changed", topic=f"machine:{code}")
        # The only check with limits wants at most 12.1 mm.
        if path.endswith("/check-results"):
            return 201, {"is_ok": float(str(body.get("number", "12")).replace(",", ".")) <= 12.1}
        return 200, {"ok": True}


stage = Stage()


def bands(code: str, start: datetime, end: datetime) -> list[charts.Band]:
    """A shift's worth of bands, the same each time."""
    kinds = ["run", "ask", "run", "stop", "run", "setup", "run", "wait", "run", "off", "slow", "plan"]
    step, at, out = timedelta(minutes=9 + len(code)), start, []
    while at < min(end, datetime.now(BERLIN)):
        out.append(charts.Band(kinds[len(out) % 12], at, at + step))
        at += step
    return out


async def socket(receive: Any, send: Any) -> None:
    """The live socket as the plant speaks it: hello, numbered messages, a heartbeat every 2 s."""
    stage.loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    stage.sockets.add(waiting)
    await receive()
    await send({"type": "websocket.accept"})

    async def talk() -> None:
        seq, message = 0, {"t": "hello"}
        while True:
            seq += message["t"] != "hb"
            if stage.lose and message["t"] == "state":
                stage.lose -= 1
            else:
                text = json.dumps({"seq": seq, **message, "at": time.time_ns() // 1_000_000})
                await send({"type": "websocket.send", "text": text})
            try:
                message = await asyncio.wait_for(waiting.get(), 2)
            except TimeoutError:
                message = {"t": "hb"}

    talking = asyncio.create_task(talk())
    while (await receive())["type"] != "websocket.disconnect":
        continue
    talking.cancel()
    stage.sockets.discard(waiting)


def main() -> None:
    """Collect the static files, then serve."""
    import uvicorn

    sys.modules["tests.browser.stage"] = sys.modules["__main__"]
    if not (Path(STATIC_DIR) / "staticfiles.json").exists():
        call_command("collectstatic", interactive=False, verbosity=0)
    pages = get_asgi_application()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await socket(receive, send)
        elif scope["type"] == "http":
            await pages(scope, receive, send)
        else:
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})

    uvicorn.run(application, port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
