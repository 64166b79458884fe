"""The live socket of a page: numbered messages about what this person may see, and nothing else."""

import asyncio
import contextlib
import json
import time
from importlib import import_module
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY

from factory_core.access.policy import forget_grants, may, visible
from factory_core.importing.models import ImportRun
from factory_core.live.hub import hub
from factory_core.people.models import User
from factory_core.plant.models import Machine, Site

# A screen that cannot take this many messages is told to fetch afresh instead.
MOST_WAITING = 500
FULL_CHECK_S = 60
CLOSED_NO_RIGHTS = 4403
CLOSED_NOT_SIGNED_IN = 4401
LARGEST_QUESTION = 64 * 1024


class LiveConsumer(AsyncWebsocketConsumer):
    """`/ws/live/?topics=floor` (every machine one may see), `?topics=machine:CNC01,machine:CNC02`, `?topics=health`,
    `?topics=stock` (stock, buying and selling at every site where one sees stock), `?topics=import:12` (how far the
    work on an import is), `?topics=imports` (what goes on with all of them)."""

    user_id = 0
    session_key = ""

    async def connect(self) -> None:
        """Accept only who may see at least one of the topics asked for; a stranger is turned away."""
        self.seq = 0
        self.waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self.tasks: list[asyncio.Task[None]] = []
        self.topics: set[str] = set()
        self.recheck = asyncio.Event()
        user = self.scope.get("user")
        if not isinstance(user, User):
            await self.close(CLOSED_NOT_SIGNED_IN)
            return
        self.user_id, self.session_key = user.pk, self.scope["session"].session_key or ""
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        self.wanted = [topic for topic in ",".join(query.get("topics", [])).split(",") if topic]
        self.topics = await self.permitted_topics()
        if not self.topics:
            await self.close(CLOSED_NO_RIGHTS)
            return
        await self.accept()
        hub.join(self, self.topics)
        self.push(json.dumps({"t": "hello", "at": time.time_ns() // 1_000_000}))
        self.tasks = [asyncio.create_task(self._send_waiting()), asyncio.create_task(self._watch_rights())]

    async def disconnect(self, code: int) -> None:
        """Leave nothing behind."""
        hub.leave(self)
        for task in self.tasks:
            if task is not asyncio.current_task():
                task.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Pages only listen: acts go over HTTP, where rights, language and refusals are told."""
        if len(text_data or bytes_data or "") > LARGEST_QUESTION:
            await self.close(1009)

    def push(self, body: str) -> None:
        """Number a message and queue it; a screen that is too slow loses the queue and fetches afresh."""
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            body = '{"t":"resync"}'
        if not body.startswith('{"t":"hb"'):
            self.seq += 1
        self.waiting.put_nowait(f'{{"seq":{self.seq},{body[1:]}')

    def rights_changed(self) -> None:
        """Look again soon, outside the hub's loop."""
        self.recheck.set()

    async def _send_waiting(self) -> None:
        while True:
            # Straight to the server: the generic consumer would wrap each message twice more.
            await self.base_send({"type": "websocket.send", "text": await self.waiting.get()})

    async def _watch_rights(self) -> None:
        while True:
            # Once a minute even without a notice, in case one was lost.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.recheck.wait(), FULL_CHECK_S)
            self.recheck.clear()
            permitted = await self.permitted_topics()
            if not permitted or not self.topics <= permitted:
                hub.leave(self)
                await self.close(CLOSED_NO_RIGHTS)
                return
            if permitted != self.topics:
                hub.join(self, permitted - self.topics)
                self.topics = permitted
                self.push('{"t":"resync"}')

    @database_sync_to_async
    def permitted_topics(self) -> set[str]:
        """The hub topics this person may watch, of those asked for, read afresh from the database."""
        user = User.objects.filter(pk=self.user_id, is_active=True).first()
        if user is None or not self._session_lives(user):
            return set()
        forget_grants(user)
        machines = visible(user, Machine.objects.filter(is_active=True), "telemetry.view")
        codes = {topic.removeprefix("machine:") for topic in self.wanted if topic.startswith("machine:")}
        if "floor" not in self.wanted:
            machines = machines.filter(code__in=codes)
        topics = (
            {f"machine:{key}" for key in machines.values_list("pk", flat=True)}
            if codes or "floor" in self.wanted
            else set()
        )
        if "health" in self.wanted and may(user, "health.view"):
            topics.add("health")
        if "stock" in self.wanted:
            sites = visible(user, Site.objects.all(), "inventory.stock.view")
            topics |= {f"site:{key}" for key in sites.values_list("pk", flat=True)}
        return topics | self._imports(user)

    def _imports(self, user: User) -> set[str]:
        """One import by its number, and what goes on with all of them."""
        keys = [int(key) for topic in self.wanted if (key := topic.removeprefix("import:")) != topic and is_key(key)]
        runs = visible(user, ImportRun.objects.filter(pk__in=keys), "import.view") if keys else ImportRun.objects.none()
        topics = {f"import:{key}" for key in runs.values_list("pk", flat=True)}
        if "imports" in self.wanted:
            sites = visible(user, Site.objects.all(), "import.view")
            topics |= {f"imports:{key}" for key in sites.values_list("pk", flat=True)}
        return topics

    def _session_lives(self, user: User) -> bool:
        if not self.session_key:
            return False
        kept = import_module(settings.SESSION_ENGINE).SessionStore(self.session_key)
        return bool(kept.get(HASH_SESSION_KEY) == user.get_session_auth_hash())


def is_key(text: str) -> bool:
    """Whether a text can be the number of a row."""
    return text.isdecimal() and len(text) < 19
