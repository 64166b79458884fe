"""A pool that everybody waited for in vain has connections again when its database has come back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import PoolTimeout, TooManyRequests

from telemetry.ingest.address import conninfo
from telemetry.ingest.pools import lasting_pool
from tests.ports import free_port


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()


@contextlib.asynccontextmanager
async def a_way_to(path: str, port: int) -> AsyncIterator[None]:
    """The database of the tests, reached over a port that can be opened and closed."""
    ways: list[asyncio.Task[None]] = []

    async def both_ways(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ways.append(asyncio.current_task())  # type: ignore[arg-type]  # a handler is always a task
        there_reader, there_writer = await asyncio.open_unix_connection(path)
        directions = [
            asyncio.create_task(_pass_on(reader, there_writer)), asyncio.create_task(_pass_on(there_reader, writer)),
        ]  # fmt: skip
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for direction in directions:
                direction.cancel()
            for one in (writer, there_writer):
                one.close()
                with contextlib.suppress(OSError):
                    await one.wait_closed()

    server = await asyncio.start_server(both_ways, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        # Whoever closed the pool has closed the connections: the ways end by themselves.
        if ways:
            await asyncio.wait(ways, timeout=5)


async def test_a_pool_full_of_those_who_waited_in_vain_recovers() -> None:
    told, port = conninfo_to_dict(conninfo()), free_port()
    if not str(told.get("host", "")).startswith("/"):
        pytest.skip("the database of the tests is not on this machine's sockets")
    there = f"{told['host']}/.s.PGSQL.{told.get('port') or 5432}"
    address = make_conninfo(**{**told, "host": "127.0.0.1", "port": port, "dbname": "postgres", "connect_timeout": 2})
    pool = lasting_pool(address, min_size=2, max_size=3, give_up_s=0.2, most_waiting=4)
    await pool.open(wait=False)
    try:
        turned_away = 0
        for _request in range(12):
            try:
                await pool.getconn(timeout=0.05)
            except TooManyRequests:
                turned_away += 1
            except PoolTimeout:
                continue
        assert turned_away == 8
        await asyncio.sleep(1.0)
        async with a_way_to(there, port):
            for _second in range(30):
                with contextlib.suppress(PoolTimeout, TooManyRequests):
                    async with pool.connection(timeout=1) as one:
                        assert await (await one.execute("SELECT 7")).fetchone() == (7,)
                        break
                await asyncio.sleep(0.3)
            else:
                pytest.fail("the pool never connected again")
            await pool.close(timeout=2)
    finally:
        await pool.close(timeout=2)
