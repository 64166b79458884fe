"""Packets of all gateways that wait are committed together; only the commit acknowledges."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Iterator, Sequence

import psycopg
from psycopg_pool import AsyncConnectionPool

from telemetry.ingest.metrics import COMMIT_S, COMMITS, GROUP_ROWS, ROWS
from telemetry.ingest.partitions import Days
from telemetry.ingest.store import Connection, Entry, Outcome, StreamGone, store

log = logging.getLogger("millwright.ingest.committer")

LARGEST_GROUP = 40_000
# Two commits at a time: while one waits for the disk the other one's rows travel.
LANES = 2
PATIENCE_S = 5.0
_NEW_STREAM = """INSERT INTO telemetry_stream (gateway_id, epoch, lane, acked_seq) VALUES (%s, %s, %s, 0)
    ON CONFLICT (gateway_id, epoch, lane) DO NOTHING"""
_STREAM = "SELECT id FROM telemetry_stream WHERE gateway_id = %s AND epoch = %s AND lane = %s"


class Unavailable(Exception):
    """The database cannot store now, or it is not known whether it did; the sender tries again later."""


class Unstorable(Exception):
    """The database will never take this packet."""


class Committer:
    """The queue between the door and the database."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool
        self._queue: deque[Entry] = deque()
        self._wake = asyncio.Event()
        self._streams: dict[tuple[int, str, str], int] = {}
        self.days = Days()
        self.waiting_rows = 0

    def knows(self, gateway_id: int, epoch: str, lane: str) -> bool:
        """Whether a stream was used since the process began."""
        return (gateway_id, epoch, lane) in self._streams

    async def stream_of(self, gateway_id: int, epoch: str, lane: str) -> int:
        """The number of a stream, which begins with its first packet. Raises Unavailable, Unstorable."""
        key = (gateway_id, epoch, lane)
        if (known := self._streams.get(key)) is not None:
            return known
        with _translated():
            async with self._pool.connection(timeout=PATIENCE_S) as connection:
                await connection.execute(_NEW_STREAM, key)
                row = await (await connection.execute(_STREAM, key)).fetchone()
        if row is None:
            raise Unavailable("the stream vanished while it was made")
        self._streams[key] = int(row[0])
        return self._streams[key]

    def forget_streams(self) -> None:
        """Ask the database again for every stream."""
        self._streams.clear()

    async def submit(self, entry: Entry) -> Outcome:
        """Wait until a packet is committed. Raises Unavailable, Unstorable or StreamGone; then nothing was stored."""
        self._queue.append(entry)
        self.waiting_rows += entry.count
        self._wake.set()
        try:
            return await entry.done
        finally:
            self.waiting_rows -= entry.count

    async def run(self) -> None:
        """Commit what waits, group after group, until cancelled."""
        async with asyncio.TaskGroup() as lanes:
            for _number in range(LANES):
                lanes.create_task(self._lane())

    async def _lane(self) -> None:
        while True:
            while not self._queue:
                self._wake.clear()
                await self._wake.wait()
            await self._commit(self._take())

    def _take(self) -> list[Entry]:
        group: list[Entry] = []
        rows = 0
        while self._queue and rows < LARGEST_GROUP:
            entry = self._queue.popleft()
            if not entry.done.done():
                group.append(entry)
                rows += entry.count
        return group

    async def _commit(self, group: Sequence[Entry]) -> None:
        try:
            with COMMIT_S.time():
                outcomes = await self._stored(group)
        except Unstorable as error:
            if len(group) > 1:
                # One packet must not take the others with it.
                for entry in group:
                    await self._commit([entry])
            else:
                _fail(group, error)
        except StreamGone as error:
            _fail(group, error)
        except Unavailable as error:
            _fail(group, error)
            # Asking every connection before every commit would cost a round trip each; after a failure it is due.
            with contextlib.suppress(psycopg.Error):
                await self._pool.check()
        except Exception as error:
            log.exception("A commit of %d packets failed in our own code", len(group))
            _fail(group, Unstorable(repr(error)))
        else:
            COMMITS.inc()
            GROUP_ROWS.observe(sum(entry.count for entry in group))
            for entry, outcome in zip(group, outcomes, strict=True):
                ROWS.inc(outcome.new)
                if not entry.done.done():
                    entry.done.set_result(outcome)

    async def _stored(self, group: Sequence[Entry]) -> list[Outcome]:
        missing = set().union(*(self.days.missing(entry.columns) for entry in group))
        with _translated():
            async with self._pool.connection(timeout=PATIENCE_S) as connection:
                if missing:
                    await self.days.make(connection, missing)
                try:
                    return await store(connection, group, self.days)
                except (psycopg.errors.UndefinedTable, psycopg.errors.CheckViolation):
                    # A day was dropped by retention since we last looked.
                    self.days.forget()
                    await self._make_days(connection, group)
                    return await store(connection, group, self.days)

    async def _make_days(self, connection: Connection, group: Sequence[Entry]) -> None:
        await self.days.make(connection, set().union(*(self.days.missing(entry.columns) for entry in group)))


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """psycopg's errors as ours: bad content is Unstorable, everything else may work later."""
    try:
        yield
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise Unstorable(str(error)) from error
    except psycopg.Error as error:
        raise Unavailable(str(error)) from error


def _fail(group: Sequence[Entry], error: Exception) -> None:
    for entry in group:
        if not entry.done.done():
            entry.done.set_exception(error)
