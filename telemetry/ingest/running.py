"""What every process that takes packets runs beside them: directory, committer, signs of life."""

import asyncio
import contextlib
import gc
import threading
from collections.abc import AsyncIterator, Sequence

from django.conf import settings

from factory_core.clock import now
from factory_core.processes.beats import beat_for_ever
from telemetry.ingest.address import conninfo
from telemetry.ingest.door import Door
from telemetry.ingest.partitions import keep_ahead
from telemetry.ingest.pools import lasting_pool
from telemetry.ingest.watching import tell_of_twins

POOL = 6


@contextlib.asynccontextmanager
async def running_door(process: str) -> AsyncIterator[Door]:
    """The door with its helpers, from start-up to shut-down. A database that is down is waited for, not fatal.

    `process` is the name under which it says that it is alive.
    """
    address = conninfo()
    pool = lasting_pool(address, min_size=2, max_size=POOL)
    await pool.open(wait=False)
    door = Door(pool, address, now, settings.READING_HORIZON_DAYS)
    helpers = [
        asyncio.create_task(work)
        for work in (
            door.directory.follow(),
            door.committer.run(),
            door.background.run(),
            keep_ahead(pool, now),
            tell_of_twins(door),
        )
    ]
    # Thousands of short-lived rows a packet would have the collector walk through all of Django again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    stopped = threading.Event()
    beat = threading.Thread(target=beat_for_ever, args=(process, stopped.wait), daemon=True)
    beat.start()
    try:
        yield door
    finally:
        stopped.set()
        await ended(helpers)
        with contextlib.suppress(Exception):
            # Last signs of life; a database that is gone may not hold up the end.
            await asyncio.wait_for(door.background.write(), 2)
        await pool.close(timeout=2)


async def ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait for their end.

    A cancellation in the middle of a statement may come out as the database's error and be waited out as one, so it is
    said until it is heard.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _done, pending = await asyncio.wait(pending, timeout=0.5)
    await asyncio.gather(*tasks, return_exceptions=True)
