"""POST /ingest/v1/readings: senders without a buffer. Idempotent by (tag, at, value) under a lock."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import psycopg

from telemetry import wire
from telemetry.ingest.columns import Columns, judge
from telemetry.ingest.committer import Unavailable, Unstorable
from telemetry.ingest.door import Door, no_database
from telemetry.ingest.http import Answer, Problem, Request, json_answer, whole
from telemetry.ingest.rules import window_of
from telemetry.ingest.store import Connection, Entry, moment, write_fresh

# No packet can name this epoch, since epochs of packets are hexadecimal.
EPOCH = "simple"
MOST = 1_000
_KNOWN_NUMBERS = """SELECT v.place FROM unnest(%s::int[], %s::int[], %s::timestamptz[], %s::float8[])
    AS v(place, tag_id, at, value) WHERE EXISTS (SELECT 1 FROM telemetry_reading r
    WHERE r.tag_id = v.tag_id AND r.at = v.at AND r.value IS NOT DISTINCT FROM v.value)"""
_KNOWN_TEXTS = _KNOWN_NUMBERS.replace("float8[]", "text[]").replace("telemetry_reading r", "telemetry_readingtext r")


class SimpleReading(msgspec.Struct):
    """One value; `at` is a time with its offset."""

    tag: str
    at: datetime
    value: wire.Value
    quality: int = 192


class SimpleReadings(msgspec.Struct):
    """The body."""

    readings: list[SimpleReading]


class Refused(msgspec.Struct):
    """A reading that was not stored, by its place in the body."""

    index: int
    code: str


class SimpleAnswer(msgspec.Struct):
    """`new` were stored, `known` were there already, `rejected` stand in quarantine."""

    new: int
    known: int
    rejected: list[Refused]
    server_ms: int


async def readings(door: Door, request: Request) -> Answer:
    """Stores what is not known yet; sending the same body again changes nothing."""
    gateway = door.gateway(request)
    with door.admitted(gateway):
        body = whole(await request.body(), SimpleReadings)
        if len(body.readings) > MOST:
            raise wire.TooLarge(f"more than {MOST} readings; send fewer at once")
        at = door.now()
        packet = _as_packet(body.readings)
        server_ms = round(at.timestamp() * 1000)
        columns = judge(packet, gateway.tags, window_of(server_ms, door.horizon_days, gateway.history_from_us))
        columns.bad = [row._replace(raw=_raw(body.readings[row.offset])) for row in columns.bad]
        rejected = [Refused(row.offset, row.code) for row in columns.bad]
        try:
            stream = await door.committer.stream_of(gateway.id, EPOCH, "e")
            async with door.pool.connection(timeout=5) as connection:
                await door.committer.days.make(connection, door.committer.days.missing(columns))
                new, known = await _store(door, connection, gateway.id, stream, columns, at)
        except (Unstorable, psycopg.DataError) as error:
            raise Problem(422, "unstorable", "The database cannot hold these readings.") from error
        except (Unavailable, psycopg.Error) as error:
            door.committer.forget_streams()
            door.committer.days.forget()
            raise no_database() from error
    return json_answer(SimpleAnswer(new, known, rejected, server_ms))


def _as_packet(rows: Sequence[SimpleReading]) -> wire.Packet:
    tags = sorted({row.tag for row in rows})
    place = {tag: number for number, tag in enumerate(tags)}
    return wire.Packet(
        epoch=EPOCH, lane="e", first_seq=1, count=len(rows), sent_ms=0, t0=0, tags=tags,
        rows=[wire.Row(place[row.tag], _ms(row.at), row.value, row.quality) for row in rows],
    )  # fmt: skip


def _ms(at: datetime) -> float:
    if at.tzinfo is None:
        raise wire.Invalid(f"the time {at.isoformat()} has no offset; expected for example 2026-11-20T10:00:00+01:00")
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds / 1000


async def _store(
    door: Door, connection: Connection, gateway: int, stream: int, columns: Columns, at: datetime
) -> tuple[int, int]:
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
            await write_fresh(connection, entry, acked + count, door.committer.days)
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


def _raw(reading: SimpleReading) -> str:
    return msgspec.json.encode(reading).decode()[:2000]
