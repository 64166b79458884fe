"""`uvicorn telemetry.ingest.app:application`: the ingest process, bare ASGI, no ORM on the way of a packet."""

import asyncio
import contextlib
import gc
import logging
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import django
from django.apps import apps
from prometheus_client import generate_latest
from psycopg_pool import AsyncConnectionPool

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factory_core.settings")
if not apps.ready:
    django.setup()

from django.conf import settings

from factory_core.clock import now
from factory_core.processes.beats import beat_for_ever
from telemetry import wire
from telemetry.ingest import enrolment, reports, simple
from telemetry.ingest.address import conninfo
from telemetry.ingest.door import Door
from telemetry.ingest.http import Answer, Gone, Problem, Receive, Request, Send, text_answer
from telemetry.ingest.metrics import ANSWERS, REGISTRY
from telemetry.ingest.partitions import keep_ahead

log = logging.getLogger("millwright.ingest")

POOL = 6
Handler = Callable[[Door, Request], Awaitable[Answer]]


async def _healthz(door: Door, request: Request) -> Answer:
    return text_answer(b"ok")


async def _metrics(door: Door, request: Request) -> Answer:
    return text_answer(generate_latest(REGISTRY), b"text/plain; version=0.0.4; charset=utf-8")


ROUTES: Mapping[tuple[str, str], Handler] = {
    ("POST", wire.PACKETS_PATH): Door.packet,
    ("POST", "/ingest/v1/readings"): simple.readings,
    ("POST", wire.HEALTH_PATH): reports.health,
    ("GET", wire.CONFIG_PATH): reports.config,
    ("POST", wire.ENROL_PATH): enrolment.enrol,
    ("GET", "/healthz"): _healthz,
    ("GET", "/metrics"): _metrics,
}
_PATHS = {path for _method, path in ROUTES}


class Application:
    """Answers requests; everything it holds lives between start-up and shut-down."""

    def __init__(self) -> None:
        self._door: Door | None = None

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _live(self, receive: Receive, send: Send) -> None:
        async with contextlib.AsyncExitStack() as stack:
            try:
                await receive()
                self._door = await stack.enter_async_context(_running_door())
            except Exception as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                raise
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        handler = ROUTES.get((request.method, request.path))
        path = request.path if request.path in _PATHS else "other"
        try:
            if handler is None or self._door is None:
                status = 404 if path == "other" else 405
                raise Problem(status, "no_such_door", "There is nothing here for this request.")
            answer = await handler(self._door, request)
        except Problem as problem:
            answer = problem.answer()
        except wire.WireError as error:
            answer = Problem(error.status, error.code, str(error)).answer()
        except Gone:
            return
        except Exception:
            # Our own fault. Not 503: whatever the bytes were, sending them again for ever cannot help.
            log.exception("%s %s failed in our own code", request.method, path)
            answer = Problem(500, "our_fault", "The server failed at this request; it is in its log.").answer()
        ANSWERS.labels(path, answer.status).inc()
        await answer.send(send)


@contextlib.asynccontextmanager
async def _running_door() -> AsyncIterator[Door]:
    """The door with its helpers, from start-up to shut-down. A database that is down is waited for, not fatal."""
    address = conninfo()
    pool = AsyncConnectionPool(
        address, min_size=2, max_size=POOL, open=False, kwargs={"autocommit": True}, reconnect_timeout=5,
        max_waiting=200,
    )  # fmt: skip
    await pool.open(wait=False)
    door = Door(pool, address, now, settings.READING_HORIZON_DAYS)
    helpers = [
        asyncio.create_task(work)
        for work in (door.directory.follow(), door.committer.run(), door.background.run(), keep_ahead(pool, now))
    ]
    # Thousands of short-lived rows a packet would have the collector walk through all of Django again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    stopped = threading.Event()
    beat = threading.Thread(target=beat_for_ever, args=("ingest", stopped.wait), daemon=True)
    beat.start()
    try:
        yield door
    finally:
        stopped.set()
        for helper in helpers:
            helper.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
        with contextlib.suppress(Exception):
            # Last signs of life; a database that is gone may not hold up the end.
            await asyncio.wait_for(door.background.write(), 2)
        await pool.close(timeout=2)


application = Application()
