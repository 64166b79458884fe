"""`uvicorn telemetry.ingest.app:application`: the ingest process, bare ASGI, no ORM on the way of a packet."""

import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import django
from django.apps import apps
from prometheus_client import generate_latest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factory_core.settings")
if not apps.ready:
    django.setup()

from factory_core.processes.specs import is_loopback
from telemetry import wire
from telemetry.ingest import enrolment, questions, reports, simple
from telemetry.ingest.door import Door
from telemetry.ingest.http import Answer, Gone, Problem, Receive, Request, Send, text_answer
from telemetry.ingest.metrics import ANSWERS, REGISTRY
from telemetry.ingest.running import running_door
from telemetry.ingest.watching import watched

log = logging.getLogger("millwright.ingest")

Handler = Callable[[Door, Request], Awaitable[Answer]]


async def _healthz(door: Door, request: Request) -> Answer:
    return text_answer(b"ok")


async def _metrics(door: Door, request: Request) -> Answer:
    if not is_loopback(request.address):
        # What the plant does is nobody's business in the machines' network.
        raise Problem(404, "no_such_door", "There is nothing here for this request.")
    return text_answer(generate_latest(REGISTRY), b"text/plain; version=0.0.4; charset=utf-8")


ROUTES: Mapping[tuple[str, str], Handler] = {
    ("POST", wire.PACKETS_PATH): Door.packet,
    ("POST", "/ingest/v1/readings"): simple.readings,
    ("POST", wire.HEALTH_PATH): reports.health,
    ("GET", wire.CONFIG_PATH): reports.config,
    ("POST", wire.ENROL_PATH): enrolment.enrol,
    ("POST", wire.RENEW_PATH): enrolment.renew,
    ("GET", wire.AUTHORITY_PATH): enrolment.authority_of_the_plant,
    ("POST", wire.KNOCK_PATH): enrolment.knock,
    ("GET", wire.QUESTIONS_PATH): questions.questions,
    ("POST", wire.ANSWERS_PATH): questions.answers,
    ("GET", "/healthz"): _healthz,
    ("GET", "/metrics"): _metrics,
}
_PATHS = {path for _method, path in ROUTES}


class Application:
    """Answers requests; everything it holds lives between start-up and shut-down."""

    def __init__(self) -> None:
        self._door: Door | None = None
        # What else lives as long as the application.
        self.beside: list[Callable[[], contextlib.AbstractAsyncContextManager[None]]] = []

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
                self._door = await stack.enter_async_context(running_door("ingest"))
                await stack.enter_async_context(watched(self._door))
                for live in self.beside:
                    await stack.enter_async_context(live())
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


application = Application()
