"""Readings become sealed packets: cut to the limits, timed, packed once, and never packed again after being sent."""

from __future__ import annotations

import gzip
import math
from collections.abc import Sequence

from telemetry import wire
from telemetry.edge.reading import Reading as Reading
from telemetry.edge.segment import Sealed

# Room below the limit of 2 MiB, because a proxy in between may count differently.
_COMFORTABLE = wire.MAX_UNPACKED * 3 // 4


def seal(
    key: tuple[str, str], first_seq: int, readings: Sequence[Reading], clock: wire.Clock, at_ms: int
) -> list[Sealed]:
    """Packs readings numbered from `first_seq` on into as many packets as the limits ask for."""
    if not readings:
        return []
    if len(readings) <= wire.MAX_ROWS:
        t0 = min(reading.at_us for reading in readings) // 1000
        tags: dict[str, int] = {}
        rows = [_row(reading, t0, tags) for reading in readings]
        packet = wire.Packet(
            epoch=key[0],
            lane=key[1],
            first_seq=first_seq,
            count=len(rows),
            sent_ms=at_ms,
            clock=clock,
            t0=max(t0, 0),
            tags=list(tags),
            rows=rows,
        )
        body = wire.encode(packet)
        if len(body) <= _COMFORTABLE or len(readings) == 1:
            times = [reading.at_us for reading in readings]
            return [Sealed(first_seq, packet.last_seq, min(times), max(times), at_ms, _pack(body))]
    half = len(readings) // 2
    return seal(key, first_seq, readings[:half], clock, at_ms) + seal(
        key, first_seq + half, readings[half:], clock, at_ms
    )


def unseal(sealed: Sealed) -> wire.Packet:
    """The packet inside. Raises wire.WireError if it is damaged."""
    return wire.decode(wire.gunzip_limited(sealed.body))


def readings_of(packet: wire.Packet) -> list[Reading]:
    """The readings of a packet, in order, for packing them differently."""
    return [
        Reading(packet.tags[row.tag], packet.time_us(row), row.value, row.quality, flags=row.flags)
        for row in packet.rows
    ]


def halve(sealed: Sealed) -> list[Sealed]:
    """Two packets in place of one that the server found too large."""
    packet = unseal(sealed)
    readings = readings_of(packet)
    half = len(readings) // 2
    key = (packet.epoch, packet.lane)
    first = seal(key, packet.first_seq, readings[:half], packet.clock, packet.sent_ms)
    return first + seal(key, packet.first_seq + half, readings[half:], packet.clock, packet.sent_ms)


def merge(packets: list[Sealed]) -> list[Sealed]:
    """Fewer, larger packets with the same rows, so that a backlog of many small ones drains quickly.

    Stops before a packet whose clock was right when its neighbour's was not: the server treats these differently.
    """
    opened = [unseal(packets[0])]
    for sealed in packets[1:]:
        packet = unseal(sealed)
        if packet.clock.synced != opened[0].clock.synced or packet.first_seq != opened[-1].last_seq + 1:
            break
        opened.append(packet)
    readings = [reading for packet in opened for reading in readings_of(packet)]
    key = (opened[0].epoch, opened[0].lane)
    return seal(key, opened[0].first_seq, readings, opened[-1].clock, opened[-1].sent_ms)


def gap_packet(key: tuple[str, str], gaps: list[wire.Gap], clock: wire.Clock, at_ms: int) -> bytes:
    """A packet that only says which rows will never come; its first number is the one after the last gap."""
    return _pack(
        wire.encode(
            wire.Packet(
                epoch=key[0],
                lane=key[1],
                first_seq=gaps[-1].to_seq + 1,
                count=0,
                sent_ms=at_ms,
                clock=clock,
                t0=at_ms,
                tags=[],
                rows=[],
                gaps=gaps,
            )
        )
    )


def _pack(body: bytes) -> bytes:
    # No time in the gzip header: the same rows give the same bytes.
    return gzip.compress(body, compresslevel=1, mtime=0)


def _row(reading: Reading, t0: int, tags: dict[str, int]) -> wire.Row:
    value, quality = _sendable(reading.value, reading.quality)
    index = tags.setdefault(_clean(reading.tag)[: wire.MAX_TAG] or "?", len(tags))
    return wire.Row(index, (reading.at_us - max(t0, 0) * 1000) / 1000, value, quality, reading.flags)


def _sendable(value: wire.Value, quality: int) -> tuple[wire.Value, int]:
    """JSON has no infinity and no endless integers: such a value goes as nothing, marked as the sensor's failure."""
    if isinstance(value, str):
        return _clean(value)[: wire.MAX_TEXT], quality
    if isinstance(value, bool) or value is None:
        return value, quality
    if isinstance(value, int) and abs(value) >= 2**63:
        value = float(value) if abs(value) < 2**1023 else math.inf
    if isinstance(value, float) and not math.isfinite(value):
        return None, wire.Quality.SENSOR_FAILURE
    return value, quality


def _clean(text: str) -> str:
    """The text without what neither UTF-8 nor the database can hold."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
