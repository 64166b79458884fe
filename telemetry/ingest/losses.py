"""What devices themselves declare lost: rows of a reserved name in the lane of events, kept once like every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import psycopg

from telemetry.ingest.rules import Window
from telemetry.wire import Packet

BEGINNING = "$loss/"
"""Before the code of the device; no tag can be meant."""
LONGEST_CODE, LONGEST_REASON = 60, 200


class Loss(NamedTuple):
    """A stretch of a device's time with readings missing; `offset` is the row's place in the packet."""

    offset: int
    device_code: str
    from_us: int
    to_us: int
    reason: str


class _Words(msgspec.Struct):
    from_us: int
    to_us: int
    reason: str = ""


def losses_of(packet: Packet, window: Window, shift_ms: int) -> Mapping[int, Loss]:
    """The losses a packet declares, by the places of their rows; times beyond the window are cut to it."""
    if packet.lane != "e" or not any(name.startswith(BEGINNING) for name in packet.tags):
        return {}
    found = {}
    for offset, row in enumerate(packet.rows):
        if offset in packet.bad_rows or not packet.tags[row.tag].startswith(BEGINNING):
            continue
        if loss := _loss(packet.tags[row.tag], offset, row.value, window, shift_ms * 1000):
            found[offset] = loss
    return found


def _loss(name: str, offset: int, value: object, window: Window, shift_us: int) -> Loss | None:
    code = name.removeprefix(BEGINNING)
    if not isinstance(value, str) or not 0 < len(code) <= LONGEST_CODE:
        return None
    try:
        words = msgspec.json.decode(value, type=_Words)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    first, last = sorted((words.from_us + shift_us, words.to_us + shift_us))
    first = min(max(first, window.oldest_us), window.newest_us)
    last = min(max(last, first), window.newest_us)
    return Loss(offset, code, first, last, words.reason.replace("\0", "")[:LONGEST_REASON])


_LOSSES = """INSERT INTO telemetry_deviceloss (stream_id, seq, device_code, started_at, ended_at, reason, received_at)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[],
    %s::timestamptz[])"""
# What a device lost concerns every machine its tags belong to.
_DIRTY = """INSERT INTO telemetry_dirtyrange (machine_id, started_at, ended_at, created_at)
    SELECT DISTINCT tag.machine_id, lost.started_at, lost.ended_at, lost.received_at
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
        AS lost(stream_id, device_code, started_at, ended_at, received_at)
    JOIN telemetry_stream stream ON stream.id = lost.stream_id
    JOIN telemetry_device device ON device.gateway_id = stream.gateway_id AND device.code = lost.device_code
    JOIN telemetry_tag tag ON tag.device_id = device.id AND tag.machine_id IS NOT NULL"""
LossRow = tuple[int, int, str, datetime, datetime, str, datetime]


async def keep_losses(connection: psycopg.AsyncConnection[tuple[object, ...]], rows: Sequence[LossRow]) -> None:
    """Store losses, rows of (stream, seq, device, from, to, reason, received), in the caller's transaction."""
    if not rows:
        return
    streams, numbers, codes, starts, ends, reasons, received = (list(column) for column in zip(*rows, strict=True))
    await connection.execute(_LOSSES, [streams, numbers, codes, starts, ends, reasons, received])
    await connection.execute(_DIRTY, [streams, codes, starts, ends, received])
    await connection.execute("SELECT pg_notify('millwright_derive', '')")
