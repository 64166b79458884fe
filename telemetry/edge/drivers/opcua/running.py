"""An event loop of our own for one call."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from telemetry.edge.drivers.opcua import noise

T = TypeVar("T")
_LAST_S = 2.0


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs to the end, then ends everything the library left running.

    Not `asyncio.run`: that waits for threads, and a name that is being looked up can hold one for minutes.
    """
    noise.calm()
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(noise.unheard)
    try:
        return loop.run_until_complete(work)
    finally:
        try:
            loop.run_until_complete(_end_all())
        finally:
            loop.close()


async def _end_all() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=_LAST_S)
    # A dropped connection is closed in the next rounds of the loop.
    for _ in range(3):
        await asyncio.sleep(0)
