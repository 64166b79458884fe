"""The day tables as the door knows them: made on demand and ahead, so that no midnight finds a day missing."""

import asyncio
import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
import psycopg
from psycopg_pool import AsyncConnectionPool

from telemetry.ingest.columns import Columns
from telemetry.ingest.rules import DAY_US
from telemetry.readings.partitions import ENSURE_SQL, PARENTS, days_ahead, partition_name

log = logging.getLogger("millwright.ingest.partitions")

AHEAD_EVERY_S = 1800.0
_EPOCH_DAY = date(1970, 1, 1)


class Days:
    """Which days have their tables. What was dropped since is forgotten by `forget`."""

    def __init__(self) -> None:
        self._known: set[int] = set()

    def forget(self) -> None:
        """Ask the database again for every day."""
        self._known.clear()

    def missing(self, columns: Columns) -> set[int]:
        """The days (counted from 1970) that rows need and that are not known to exist."""
        days = {row.at_us // DAY_US for row in columns.texts}
        if len(columns.at):
            first, last = int(columns.at.min()) // DAY_US, int(columns.at.max()) // DAY_US
            days |= {first} if first == last else set(np.unique(columns.at // DAY_US).tolist())
        return days - self._known

    def table_of(self, columns: Columns) -> str:
        """Where the numeric rows go: the day's own table, or the parent when they span several days.

        Writing into the day's table spares PostgreSQL the search for it, row by row.
        """
        first, last = int(columns.at.min()) // DAY_US, int(columns.at.max()) // DAY_US
        return partition_name(PARENTS[0], _EPOCH_DAY + timedelta(days=first)) if first == last else PARENTS[0]

    async def make(self, connection: psycopg.AsyncConnection[tuple[object, ...]], days: set[int]) -> None:
        """Make the tables of these days, each in a transaction of its own."""
        for day in sorted(days):
            async with connection.transaction():
                await connection.execute(ENSURE_SQL, [_EPOCH_DAY + timedelta(days=day)])
            self._known.add(day)


async def keep_ahead(pool: AsyncConnectionPool, now: Callable[[], datetime]) -> None:
    """Make the coming days' tables now and every half hour, until cancelled."""
    while True:
        try:
            async with pool.connection(timeout=5) as connection:
                for day in days_ahead(now()):
                    async with connection.transaction():
                        await connection.execute(ENSURE_SQL, [day])
            await asyncio.sleep(AHEAD_EVERY_S)
        except psycopg.Error as error:
            log.warning("The tables of the coming days cannot be made yet: %s", error)
            await asyncio.sleep(5)
