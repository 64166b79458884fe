"""The buffer on the gateway's disk: what is sealed here is sent, acknowledged, and only then deleted.

Rules that hold after kill -9, a power cut or a full disk:
* a row has its number for ever; numbers are never given out twice in one epoch;
* what cannot be sent any more is declared as a gap, computed from what is missing, so no loss is silent;
* lane `e` is never thinned or dropped: when there is no room it refuses, and the driver waits.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from telemetry import wire
from telemetry.edge import sealing
from telemetry.edge.disk import DiskPolicy, DiskState, Limits, lock_folder
from telemetry.edge.ledger import Entry, Ledger
from telemetry.edge.parking import park, parked
from telemetry.edge.sealing import Reading
from telemetry.edge.segment import DiskFull, Sealed, Segment, SegmentCorrupt, companions, sync_folder
from telemetry.edge.steps import Steps
from telemetry.edge.stream import Stream

log = logging.getLogger("millwright.edge.spool")

RESERVE = 10_000
_MERGE_FROM = 4
_MERGE_PACKETS = 200
_MERGE_ROWS = 5_000
_GAPS = 1_000
_WRITE_ATTEMPTS = 4

Key = tuple[str, str]


class LaneFull(Exception):
    """There is no room for events; nothing was taken and the caller keeps them."""


class Spool:
    """All streams of one gateway. Safe to call from several threads."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        """Opens or makes the spool. Raises SpoolLocked if another agent has it open."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._lock_file = lock_folder(folder)
        self._lock = threading.RLock()
        self.wakeup = threading.Condition()
        self.limits = limits or Limits()
        self.policy = DiskPolicy(folder, self.limits)
        self.notes: dict[str, str] = {}
        self.refused = 0
        self.closed = False
        for name in ("quarantine", "corrupt"):
            (folder / name).mkdir(exist_ok=True)
        self.ledger = Ledger(folder / "book.sqlite", folder / "corrupt")
        self.steps = Steps(self.ledger)
        self.streams: dict[Key, Stream] = {}
        for entry in self.ledger.entries():
            self._stream(entry)
        self._open_segments()
        self._live: dict[str, Stream] = {lane: self._live_stream(lane) for lane in wire.LANES}
        self.policy.make_ballast()

    # ---- opening

    def _stream(self, entry: Entry) -> Stream:
        stream = self.streams[entry.epoch, entry.lane] = Stream(entry, self.ledger, self.folder)
        return stream

    def _open_segments(self) -> None:
        damaged: list[tuple[Key, int]] = []
        for path in sorted(self.folder.glob("*.seg")):
            try:
                segment = Segment(path)
                # Open files take room of their own, which a full disk may not have for all at once.
                segment.close()
            except SegmentCorrupt as error:
                epoch, lane, first = path.stem.split("-")
                self._into_attic(path, error)
                damaged.append(((epoch, lane), int(first)))
                continue
            if segment.key not in self.streams:
                # The book was lost: everything before the oldest segment must have been acknowledged.
                self._stream(Entry(*segment.key, live=segment.lane == "e", acked_seq=segment.first_seq - 1))
            self.streams[segment.key].segments.append(segment)
        for stream in self.streams.values():
            stream.settle()
        for key, first_seq in damaged:
            self._declare_damaged(key, first_seq)

    def _declare_damaged(self, key: Key, first_seq: int) -> None:
        stream = self.streams.get(key)
        if stream is None:
            stream = self._stream(Entry(*key, live=True, acked_seq=first_seq - 1))
        later = [each.first_seq for each in stream.segments if each.first_seq > first_seq]
        if later:
            stream.declare(first_seq, later[0] - 1, "spool_corrupt")
        elif stream.entry.live:
            # The newest segment: its last number is unknown, so the whole reserved block counts as lost.
            stream.declare(first_seq, max(stream.entry.reserved_seq, first_seq), "spool_corrupt")
        # A recorded log is simply read again from its file.

    def _live_stream(self, lane: str) -> Stream:
        epoch = self.ledger.fact(f"live_epoch_{lane}")
        if epoch is None or self.ledger.was_damaged:
            epoch = secrets.token_hex(8)
            self.ledger.set_fact(f"live_epoch_{lane}", epoch)
        stream = self.streams.get((epoch, lane))
        return stream or self._stream(Entry(epoch, lane))

    def _into_attic(self, path: Path, error: Exception) -> None:
        log.error("%s is damaged and set aside in %s: %s", path.name, self.folder / "corrupt", error)
        self.notes["corrupt"] = f"{path.name} is damaged and was set aside; its rows are declared as lost."
        for each in companions(path):
            each.rename(self.folder / "corrupt" / f"{each.name}.{time.time_ns()}")

    # ---- writing

    def live_key(self, lane: str) -> Key:
        """The stream that readings of this moment go into."""
        return self._live[lane].key

    def append(self, lane: str, readings: Sequence[Reading], clock: wire.Clock, at_ms: int) -> None:
        """Seals readings of this moment; on return they survive a power cut. Raises LaneFull (lane `e` only)."""
        with self._lock:
            stream = self._live[lane]
            state = self.policy.state(self._bytes())
            if state >= DiskState.DROPPING:
                state = self._make_room()
            if lane == "s" and state >= DiskState.THINNING:
                readings = self.policy.thin(readings)
            if not readings:
                return
            first = stream.high_seq + 1
            stream.reserve(first + len(readings) - 1, RESERVE)
            if state >= DiskState.FULL or not self._write(stream, first, readings, clock, at_ms):
                self._no_room(stream, len(readings))
        self._wake()

    def append_recorded(
        self, epoch: str, lane: str, readings: Sequence[Reading], clock: wire.Clock, at_ms: int
    ) -> bool:
        """Seals rows of a recorded log, which carry their own numbers; rows known already are passed over.

        False if there is no room now: a log can be read again later, so nothing of it is ever dropped.
        """
        with self._lock:
            if self.policy.state(self._bytes()) >= DiskState.THINNING:
                return False
            stream = self.streams[epoch, lane]
            fresh = [reading for reading in readings if reading.seq > stream.high_seq]
            if fresh and fresh[0].seq != stream.high_seq + 1:
                raise ValueError(f"row {fresh[0].seq} of recorded log {epoch} follows row {stream.high_seq}")
            written = not fresh or self._write(stream, fresh[0].seq, fresh, clock, at_ms)
        self._wake()
        return written

    def begin_recorded(self, epoch: str, lane: str, name: str) -> tuple[int, bool]:
        """Opens the stream of a recorded log: the last row already here, and whether all of it is."""
        with self._lock:
            stream = self.streams.get((epoch, lane)) or self._stream(Entry(epoch, lane, live=False, name=name))
            stream.entry.live = False
            self.ledger.save(stream.entry)
            return stream.high_seq, stream.entry.total is not None and stream.high_seq >= stream.entry.total

    def end_recorded(self, epoch: str, lane: str, total: int) -> None:
        """Notes that the log was read to its end."""
        with self._lock:
            stream = self.streams[epoch, lane]
            stream.entry.total = total
            self.ledger.save(stream.entry)
            stream.acknowledge(stream.acked_seq, 0)
            stream.close()

    def _write(self, stream: Stream, first: int, readings: Sequence[Reading], clock: wire.Clock, at_ms: int) -> bool:
        packets = sealing.seal(stream.key, first, readings, clock, at_ms)
        remedies = [self.policy.free_ballast, self._drop_oldest]
        for _ in range(_WRITE_ATTEMPTS):
            try:
                stream.tail(self.limits.segment_bytes).add(packets)
            except DiskFull as error:
                log.error("The disk is full: %s", error)
                while remedies and not remedies.pop(0)():
                    continue
            except SegmentCorrupt as error:
                self._set_aside(stream, error)
                if stream.high_seq + 1 != first:
                    packets = sealing.seal(stream.key, stream.high_seq + 1, readings, clock, at_ms)
            else:
                stream.high_seq = packets[-1].last_seq
                return True
        return False

    def _no_room(self, stream: Stream, count: int) -> None:
        if stream.entry.lane == "e":
            self.refused += count
            self.notes["lane_e"] = "There is no room for events: entries and alarms wait at their source."
            raise LaneFull("the spool has no room for events")
        stream.declare(stream.high_seq + 1, stream.high_seq + count, "disk_full")

    def _make_room(self) -> DiskState:
        while self.policy.state(self._bytes()) >= DiskState.DROPPING and self._drop_oldest():
            continue
        return self.policy.state(self._bytes())

    def _drop_oldest(self) -> bool:
        live = self._live["s"]
        older = [s for s in self.streams.values() if s.key[1] == "s" and s.entry.live and s is not live]
        stream = next((each for each in [*older, live] if each.segments), None)
        if stream is None:
            return False
        segment = stream.segments[0]
        stream.declare(max(segment.first_seq, stream.acked_seq + 1), segment.last_seq, "disk_full")
        stream.segments.remove(segment)
        segment.unlink()
        log.error("The spool is full: rows %d to %d of lane s were dropped.", segment.first_seq, segment.last_seq)
        return True

    def _set_aside(self, stream: Stream, error: SegmentCorrupt) -> None:
        damaged = [each for each in stream.segments if each.path == error.path]
        for segment in damaged:
            segment.close()
        self._into_attic(error.path, error)
        for segment in damaged:
            stream.segments.remove(segment)
            last_seq = max(segment.last_seq, segment.first_seq)
            stream.declare(max(segment.first_seq, stream.position + 1), last_seq, "spool_corrupt")

    # ---- sending

    def next_to_send(self, key: Key) -> Sealed | list[wire.Gap] | None:
        """The packet, or the gaps, that come next in a stream; None when everything is acknowledged.

        Many small packets that were never sent are packed into one first.
        """
        with self._lock:
            stream = self.streams[key]
            while True:
                try:
                    found = stream.next_packet()
                    if found is None:
                        return stream.missing(stream.high_seq + 1)[:_GAPS] or None
                    segment, packet = found
                    if packet.first_seq > stream.position + 1:
                        return stream.missing(packet.first_seq)[:_GAPS]
                    return packet if packet.sent else self._first_time(stream, segment, packet)
                except SegmentCorrupt as error:
                    self._set_aside(stream, error)

    def _first_time(self, stream: Stream, segment: Segment, packet: Sealed) -> Sealed:
        rows_left = _MERGE_ROWS
        if packet.rows <= _MERGE_ROWS // 4:
            chosen, of_clock = list[Sealed](), self.steps.set_by_ms(stream.key, packet.first_seq)
            for each in segment.at_or_after(packet.first_seq, _MERGE_PACKETS, unsent=True):
                rows_left -= each.rows
                if rows_left < 0 or self.steps.set_by_ms(stream.key, each.last_seq) != of_clock:
                    break
                chosen.append(each)
            if len(chosen) >= _MERGE_FROM:
                packet = self._merged(segment, chosen) or packet
        try:
            segment.mark_sent(packet.first_seq)
        except DiskFull:
            # Sending is what makes room; the packet only risks being packed differently on a retry.
            log.warning("Packet %d is sent without a mark, because the disk is full.", packet.first_seq)
        stream.sent_seq = max(stream.sent_seq, packet.last_seq)
        return packet

    def _merged(self, segment: Segment, chosen: list[Sealed]) -> Sealed | None:
        try:
            merged = sealing.merge(chosen)
        except wire.WireError as error:
            raise SegmentCorrupt(segment.path, error) from error
        replaced = [each.first_seq for each in chosen if each.last_seq <= merged[-1].last_seq]
        try:
            segment.add(merged, instead_of=replaced)
        except DiskFull:
            return None
        return merged[0]

    def acknowledged(self, key: Key, acked_seq: int) -> None:
        """The server has committed everything up to `acked_seq`.

        More than this spool ever numbered means that another gateway uses the same epoch (a copied spool) or that
        the disk forgot rows: what is left here goes on under a new epoch.
        """
        with self._lock:
            stream = self.streams[key]
            if stream is self._live[key[1]] and acked_seq > stream.high_seq:
                self._renew(stream, acked_seq)
            else:
                stream.acknowledge(acked_seq, self.limits.segment_bytes // 4)
        self._wake()

    def _renew(self, stream: Stream, acked_seq: int) -> None:
        lane, epoch = stream.entry.lane, secrets.token_hex(8)
        self.notes["epoch"] = "Another gateway used this spool's numbers (was it copied?); a new epoch was begun."
        log.error(
            "The server has row %d of epoch %s, but only %d exist here.", acked_seq, stream.key[0], stream.high_seq
        )
        self.ledger.set_fact(f"live_epoch_{lane}", epoch)
        fresh = self._live[lane] = self._stream(Entry(epoch, lane))
        for segment in stream.segments:
            try:
                packets = [sealing.unseal(each) for each in segment.at_or_after(stream.acked_seq + 1, limit=1_000_000)]
            except (SegmentCorrupt, wire.WireError) as error:
                log.error("Rows of %s are lost in the change of epoch: %s", segment.path.name, error)
                continue
            for packet in packets:
                self._write(fresh, fresh.high_seq + 1, sealing.readings_of(packet), packet.clock, packet.sent_ms)
        stream.entry.total = 0
        stream.acknowledge(acked_seq, 0)

    def server_expects(self, key: Key, expected_seq: int) -> None:
        """The server lacks rows before what was sent (409): go on from there. Nothing is deleted or trusted by this."""
        with self._lock:
            stream = self.streams[key]
            stream.position = min(max(expected_seq - 1, 0), stream.position)

    def quarantine(self, key: Key, packet: Sealed, why: str) -> None:
        """Parks a packet the server cannot read, and declares its rows."""
        with self._lock:
            stream = self.streams[key]
            name = f"{key[0]}-{key[1]}-{packet.first_seq}-{packet.last_seq}"
            park(self.folder / "quarantine", name, packet.body, why)
            self.notes["quarantine"] = f"The server could not read packet {name}; it is parked."
            stream.declare(max(packet.first_seq, stream.position + 1), packet.last_seq, "quarantined")
            segment = stream.segment_of(packet.first_seq)
            if segment is not None:
                segment.remove(packet.first_seq)

    def split(self, key: Key, packet: Sealed) -> bool:
        """Two packets in place of one that is too large; False if it holds a single row."""
        if packet.rows < 2:
            return False
        with self._lock:
            segment = self.streams[key].segment_of(packet.first_seq)
            if segment is not None:
                segment.add(sealing.halve(packet), instead_of=[packet.first_seq])
        return True

    def waiting(self, lane: str) -> list[Key]:
        """Streams of a lane with something to send, the live one first."""
        with self._lock:
            live = self._live[lane]
            rest = [s for s in self.streams.values() if s.key[1] == lane and s is not live]
            return [stream.key for stream in [live, *rest] if stream.pending > 0]

    def idle(self) -> bool:
        """True when everything in the spool is acknowledged."""
        return not any(self.waiting(lane) for lane in wire.LANES)

    # ---- looking

    def look(self, see: Callable[[dict[Key, Stream], dict[str, Stream]], None]) -> None:
        """Calls `see` with all streams and the live ones while nothing moves."""
        with self._lock:
            see(self.streams, self._live)

    def disk_state(self) -> DiskState:
        """How full the spool is."""
        with self._lock:
            return self.policy.state(self._bytes())

    def bytes(self) -> int:
        """Bytes on disk, without the ballast."""
        with self._lock:
            return self._bytes()

    def quarantined(self) -> int:
        """How many packets are parked."""
        return parked(self.folder / "quarantine")

    def _bytes(self) -> int:
        return sum(segment.bytes for stream in self.streams.values() for segment in stream.segments)

    def _wake(self) -> None:
        with self.wakeup:
            self.wakeup.notify_all()

    def close(self) -> None:
        """Closes every file and gives the spool free. The reserved numbers are given back: nothing is in doubt."""
        with self._lock:
            self.closed = True
            for stream in self.streams.values():
                stream.close()
                if stream.entry.live:
                    stream.entry.reserved_seq = stream.high_seq
                    self.ledger.save(stream.entry)
            self.ledger.close()
            sync_folder(self.folder)
            os.close(self._lock_file)
