"""Gateways that wait at the door until there is a question for them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from telemetry.ingest.http import Problem

CHANNEL = "millwright_question"
MOST_POLLS = 64


class Polls:
    """Who waits here: at most one request a gateway, and a bound for all together."""

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Event] = {}

    def wake(self, gateway_id: int) -> None:
        """Something may have come up for a gateway."""
        if event := self._waiting.get(gateway_id):
            event.set()

    def wake_all(self) -> None:
        """Everybody looks whether something changed: configurations, revocations."""
        for event in self._waiting.values():
            event.set()

    @contextlib.asynccontextmanager
    async def place(self, gateway_id: int) -> AsyncIterator[asyncio.Event]:
        """A place to wait in. The newest request of a gateway takes the place of an older one. Raises Problem 503."""
        before = self._waiting.pop(gateway_id, None)
        if before is not None:
            before.set()
        if len(self._waiting) >= MOST_POLLS:
            raise Problem(503, "busy", "Too many gateways wait for questions. Try again.", retry_after_s=10)
        event = self._waiting[gateway_id] = asyncio.Event()
        try:
            yield event
        finally:
            if self._waiting.get(gateway_id) is event:
                del self._waiting[gateway_id]

    def holds(self, gateway_id: int, event: asyncio.Event) -> bool:
        """False when a newer request of the gateway took the place."""
        return self._waiting.get(gateway_id) is event
