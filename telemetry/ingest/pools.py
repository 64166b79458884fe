"""A pool of connections that outlives its database being away."""

import asyncio
from typing import Any

from psycopg_pool import AsyncConnectionPool

GIVE_UP_S = 5.0
AGAIN_AFTER_S = 1.0
MOST_WAITING = 200


def lasting_pool(
    address: str, *, min_size: int, max_size: int, give_up_s: float = GIVE_UP_S, most_waiting: int = MOST_WAITING
) -> AsyncConnectionPool[Any]:
    """A pool (not open yet) that goes on trying to connect however long the database is away, every few seconds.

    The library's own pool gives a connection up after a while and tries again only when somebody asks. But who asks
    while `most_waiting` others wait is turned away before that, and those who waited in vain are counted until a
    connection comes: with all connections given up, none would ever come again. Trying longer instead would double
    the pause each time, so that a long absence is followed by a long one of ours.
    """
    trying: set[asyncio.Task[None]] = set()

    async def try_again(pool: AsyncConnectionPool[Any]) -> None:
        await asyncio.sleep(AGAIN_AFTER_S)
        if not pool.closed:
            # Room for one less, then for one more: that is how the pool is asked for the connection it gave up.
            await pool.resize(min_size - 1, max_size)
            await pool.resize(min_size, max_size)

    async def given_up(pool: AsyncConnectionPool[Any]) -> None:
        task = asyncio.create_task(try_again(pool))
        trying.add(task)
        task.add_done_callback(trying.discard)

    return AsyncConnectionPool(
        address, min_size=min_size, max_size=max_size, open=False, kwargs={"autocommit": True},
        reconnect_timeout=give_up_s, reconnect_failed=given_up, max_waiting=most_waiting,
    )  # fmt: skip
