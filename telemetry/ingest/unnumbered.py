"""Readings of senders that number nothing: idempotent by (tag, time, value) under the lock of their stream."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from telemetry.ingest.columns import Columns
from telemetry.ingest.committer import Unavailable
from telemetry.ingest.partitions import Days
from telemetry.ingest.store import Connection, Entry, moment, write_fresh

_KNOWN_NUMBERS = """SELECT v.place FROM unnest(%s::int[], %s::int[], %s::timestamptz[], %s::float8[])
    AS v(place, tag_id, at, value) WHERE EXISTS (SELECT 1 FROM telemetry_reading r
    WHERE r.tag_id = v.tag_id AND r.at = v.at AND r.value IS NOT DISTINCT FROM v.value)"""
_KNOWN_TEXTS = _KNOWN_NUMBERS.replace("float8[]", "text[]").replace("telemetry_reading r", "telemetry_readingtext r")


async def store_unnumbered(
    connection: Connection, days: Days, gateway: int, stream: int, columns: Columns, at: datetime, *, live: bool = True
) -> tuple[int, int]:
    """Store what is not known yet, in a transaction (the caller's, where there is one); gives (new, known).

    The days' tables must exist. `live` False: the newest values stay as they are, whatever the times. Raises
    Unavailable when the stream is gone, and psycopg.Error.
    """
    async with connection.transaction():
        # The lock of the stream makes looking and storing one act.
        cursor = await connection.execute("SELECT acked_seq FROM telemetry_stream WHERE id = %s FOR UPDATE", [stream])
        row = await cursor.fetchone()
        if row is None:
            raise Unavailable("the stream vanished")
        acked = int(row[0])  # type: ignore[call-overload]  # a bigint column
        fresh = await _unknown(connection, stream, columns)
        count = len(fresh) + len(fresh.bad)
        if count:
            fresh = _numbered(fresh)
            entry = Entry(
                stream, gateway, acked + 1, 0, [], fresh, 0, at, 0, True, "", asyncio.get_running_loop().create_future()
            )
            await write_fresh(connection, entry, acked + count, days, latest=live)
    return len(fresh), len(columns) - len(fresh)


async def _unknown(connection: Connection, stream: int, columns: Columns) -> Columns:
    """The readings that are neither stored nor twice in the body."""
    numbers: dict[tuple[int, int, float | None], int] = {}
    for place, (tag, at, value, null) in enumerate(
        zip(columns.tag.tolist(), columns.at.tolist(), columns.value.tolist(), columns.null.tolist(), strict=True)
    ):
        numbers.setdefault((tag, at, None if null else value), place)
    texts = {(row.tag_id, row.at_us, row.value): place for place, row in reversed(list(enumerate(columns.texts)))}
    known_numbers = await _known(connection, _KNOWN_NUMBERS, numbers)
    known_texts = await _known(connection, _KNOWN_TEXTS, texts)
    quarantined = await _quarantined(connection, stream, [row.raw for row in columns.bad])
    keep = sorted(set(numbers.values()) - known_numbers)
    return Columns(
        columns.offset[keep], columns.tag[keep], columns.at[keep], columns.value[keep], columns.null[keep],
        columns.quality[keep], [columns.texts[place] for place in sorted(set(texts.values()) - known_texts)],
        [row for row in columns.bad if row.raw not in quarantined], columns.machine_of,
    )  # fmt: skip


async def _quarantined(connection: Connection, stream: int, raws: list[str]) -> set[object]:
    if not raws:
        return set()
    found = await connection.execute(
        "SELECT raw FROM telemetry_quarantinedreading WHERE stream_id = %s AND raw = ANY(%s)", [stream, raws]
    )
    return {raw for (raw,) in await found.fetchall()}


async def _known(connection: Connection, sql: str, rows: Mapping[tuple[int, int, Any], int]) -> set[int]:
    if not rows:
        return set()
    keys = list(rows)
    found = await connection.execute(
        sql, [list(rows.values()), [k[0] for k in keys], [moment(k[1]) for k in keys], [k[2] for k in keys]]
    )
    return {int(place) for (place,) in await found.fetchall()}  # type: ignore[call-overload]  # an int column


def _numbered(columns: Columns) -> Columns:
    """Offsets without holes: numbers first, then texts, then refused rows."""
    first_text = len(columns.offset)
    first_bad = first_text + len(columns.texts)
    return Columns(
        np.arange(first_text, dtype=np.int64), columns.tag, columns.at, columns.value, columns.null, columns.quality,
        [row._replace(offset=first_text + place) for place, row in enumerate(columns.texts)],
        [row._replace(offset=first_bad + place) for place, row in enumerate(columns.bad)],
        columns.machine_of,
    )  # fmt: skip
