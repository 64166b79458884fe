"""One listener and one hub a web process: a notice is rendered once, and every socket that may see it gets the text.

A Channels group per socket loses messages at a few hundred screens; this does not (docs/decisions/0004).
"""

import asyncio
import json
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Protocol

import psycopg
from django.conf import settings
from django.db import connection

from factory_core.live.nudge import ACCESS_CHANNEL, LIVE_CHANNEL

log = logging.getLogger(__name__)

HEARTBEAT_S = 2.0
SLOWEST_RETRY_S = 5.0


class Screen(Protocol):
    """One open socket, as the hub sees it."""

    user_id: int
    session_key: str

    def push(self, body: str) -> None:
        """Queue one message body (a JSON object without its number); never waits."""

    def rights_changed(self) -> None:
        """Look again whether this person may still see what is shown."""


class Hub:
    """Topics and the screens that watch them; lives in the event loop of its web process."""

    def __init__(self, connect: Callable[[], Awaitable[psycopg.AsyncConnection]] | None = None) -> None:
        self._connect = connect or connect_to_database
        self._watching: dict[str, set[Screen]] = defaultdict(set)
        self._screens: set[Screen] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._listening = asyncio.Event()

    def join(self, screen: Screen, topics: set[str]) -> None:
        """Let a screen watch these topics; the first one wakes the listener."""
        self._screens.add(screen)
        for topic in topics:
            self._watching[topic].add(screen)
        if not self._tasks:
            loop, self._listening = asyncio.get_running_loop(), asyncio.Event()
            self._tasks = [loop.create_task(self._listen()), loop.create_task(self._beat())]

    def leave(self, screen: Screen) -> None:
        """Forget a screen; the last one lets the listener rest."""
        self._screens.discard(screen)
        for topic in [topic for topic, screens in self._watching.items() if screen in screens]:
            self._watching[topic].discard(screen)
            if not self._watching[topic]:
                del self._watching[topic]
        if not self._screens:
            for task in self._tasks:
                task.cancel()
            self._tasks = []

    def hand_out(self, notice: str) -> None:
        """Give a notice to whoever watches its topic."""
        message = json.loads(notice)
        screens = self._watching.get(message.pop("topic", ""))
        if screens:
            body = json.dumps(message, separators=(",", ":"))
            for screen in screens:
                screen.push(body)

    def rights_changed(self, who: str) -> None:
        """A person's rights or session changed: their screens look again at once."""
        session = who.removeprefix("session:") if who.startswith("session:") else None
        for screen in list(self._screens):
            if screen.session_key == session if session is not None else str(screen.user_id) == who:
                screen.rights_changed()

    async def _listen(self) -> None:
        wait = 0.2
        while True:
            try:
                async with await self._connect() as listener:
                    await listener.execute(f"LISTEN {LIVE_CHANNEL}")
                    await listener.execute(f"LISTEN {ACCESS_CHANNEL}")
                    wait = 0.2
                    self._listening.set()
                    # Whatever was said while nobody listened is lost: every screen fetches afresh.
                    self._resync()
                    async for notice in listener.notifies():
                        if notice.channel == ACCESS_CHANNEL:
                            self.rights_changed(notice.payload)
                        else:
                            self.hand_out(notice.payload)
            except psycopg.Error as lost:
                log.warning("The live listener lost the database (%s); trying again in %.1f s.", lost, wait)
            finally:
                self._listening.clear()
            await asyncio.sleep(wait)
            wait = min(wait * 2, SLOWEST_RETRY_S)

    def _resync(self) -> None:
        for screen in list(self._screens):
            screen.push('{"t":"resync"}')
            screen.rights_changed()

    async def _beat(self) -> None:
        """Tell every screen that it hears what happens: only while somebody listens to the database."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await self._listening.wait()
            body = json.dumps({"t": "hb", "at": time.time_ns() // 1_000_000}, separators=(",", ":"))
            for screen in list(self._screens):
                screen.push(body)


async def connect_to_database() -> psycopg.AsyncConnection:
    """A connection of its own for listening, outside Django's pool, that notices a dead server."""
    params = connection.get_connection_params()
    for ours in ("cursor_factory", "context", "pool", "prepare_threshold"):
        params.pop(ours, None)
    return await psycopg.AsyncConnection.connect(
        **params,
        autocommit=True,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=2,
        application_name=f"millwright live {settings.PORT}",
    )


hub = Hub()
