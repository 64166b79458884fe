"""POST /ingest/v1/readings: senders without a buffer. Idempotent by (tag, at, value) under a lock."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import psycopg

from telemetry import wire
from telemetry.ingest.columns import judge
from telemetry.ingest.committer import Unavailable, Unstorable
from telemetry.ingest.door import Door, no_database
from telemetry.ingest.http import Answer, Problem, Request, json_answer, whole
from telemetry.ingest.rules import window_of
from telemetry.ingest.unnumbered import store_unnumbered

# No packet can name this epoch, since epochs of packets are hexadecimal.
EPOCH = "simple"
MOST = 1_000


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
                new, known = await store_unnumbered(connection, door.committer.days, gateway.id, stream, columns, at)
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


def _raw(reading: SimpleReading) -> str:
    return msgspec.json.encode(reading).decode()[:2000]
