"""One numbered stream inside the spool: its segments in order, where it stands, and what to send next."""

from __future__ import annotations

from pathlib import Path

from telemetry.edge.ledger import Entry, Ledger
from telemetry.edge.segment import Sealed, Segment
from telemetry.wire import Gap


class Stream:
    """Rows of one (epoch, lane). All calls come from the spool, which holds its lock around them."""

    def __init__(self, entry: Entry, ledger: Ledger, folder: Path) -> None:
        self.entry = entry
        self.ledger = ledger
        self.folder = folder
        self.segments: list[Segment] = []
        self.high_seq = entry.acked_seq
        # Where to send from: follows acked_seq, and goes back when the server says that it has less.
        self.position = entry.acked_seq
        self.sent_seq = entry.acked_seq

    @property
    def key(self) -> tuple[str, str]:
        """(epoch, lane)"""
        return self.entry.epoch, self.entry.lane

    @property
    def acked_seq(self) -> int:
        """The last row the server has committed."""
        return self.entry.acked_seq

    @property
    def pending(self) -> int:
        """Numbers not yet acknowledged, gaps included."""
        return max(self.high_seq - min(self.position, self.entry.acked_seq), 0)

    @property
    def done(self) -> bool:
        """True for a recorded log read to its end and acknowledged to its end."""
        return self.entry.total is not None and self.entry.acked_seq >= self.entry.total

    def settle(self) -> None:
        """After opening: finds the highest number given out."""
        self.segments.sort(key=lambda each: each.first_seq)
        last = [each.last_seq for each in self.segments] + [gap.to_seq for gap in self.entry.gaps]
        self.high_seq = max([self.high_seq, *last])

    def tail(self, segment_bytes: int) -> Segment:
        """The segment to write into; a new one when the last is full or there is none."""
        if self.segments and self.segments[-1].bytes < segment_bytes:
            return self.segments[-1]
        if self.segments:
            self.segments[-1].close()
        name = f"{self.entry.epoch}-{self.entry.lane}-{self.high_seq + 1:015d}.seg"
        self.segments.append(Segment(self.folder / name))
        return self.segments[-1]

    def reserve(self, seq: int, block: int) -> None:
        """Notes in the book, a block at a time, how far numbers may have been given out."""
        if seq > self.entry.reserved_seq:
            self.entry.reserved_seq = seq + block
            self.ledger.save(self.entry)

    def declare(self, from_seq: int, to_seq: int, reason: str) -> None:
        """Records that rows are gone. Neighbours with the same reason become one record."""
        if from_seq > to_seq:
            return
        joined = Gap(from_seq, to_seq, reason)
        for gap in self.entry.gaps:
            if gap.reason == reason and gap.from_seq <= from_seq <= gap.to_seq + 1:
                joined = Gap(gap.from_seq, max(gap.to_seq, to_seq), reason)
                self.entry.gaps.remove(gap)
                break
        self.entry.gaps.append(joined)
        self.entry.gaps.sort(key=lambda each: each.from_seq)
        self.high_seq = max(self.high_seq, to_seq)
        self.ledger.save_gap(self.entry, joined)

    def next_packet(self) -> tuple[Segment, Sealed] | None:
        """The packet that holds the first row to send, or the first one after it, and the segment it is in."""
        for segment in self.segments:
            if segment.last_seq > self.position:
                found = segment.at_or_after(self.position + 1)
                if found:
                    return segment, found[0]
        return None

    def segment_of(self, first_seq: int) -> Segment | None:
        """The segment that holds this packet, if it is still there."""
        return next((each for each in self.segments if each.first_seq <= first_seq <= each.last_seq), None)

    def missing(self, before: int) -> list[Gap]:
        """The gaps between the position and row `before`, with the recorded reasons; `lost` where none is recorded."""
        gaps: list[Gap] = []
        next_seq = self.position + 1
        for gap in self.entry.gaps:
            start, end = max(gap.from_seq, next_seq), min(gap.to_seq, before - 1)
            if start > end:
                continue
            if start > next_seq:
                gaps.append(Gap(next_seq, start - 1, self._unrecorded(next_seq)))
            gaps.append(Gap(start, end, gap.reason))
            next_seq = end + 1
        if next_seq < before:
            gaps.append(Gap(next_seq, before - 1, self._unrecorded(next_seq)))
        return gaps

    def _unrecorded(self, seq: int) -> str:
        # The server asks for rows it acknowledged once: it was put back to an earlier state.
        return "deleted_after_ack" if seq <= self.entry.acked_seq else "lost"

    def acknowledge(self, seq: int, spare_bytes: int) -> None:
        """Deletes up to `seq`: whole segments whose last row is acknowledged; a small one in use stays."""
        self.position = seq
        self.sent_seq = max(self.sent_seq, min(seq, self.high_seq))
        newest = self.segments[-1:]
        keep_newest = self.entry.total is None and bool(newest) and newest[0].bytes <= spare_bytes
        finished = [
            each
            for each in self.segments
            if each.last_seq <= max(seq, self.entry.acked_seq) and not (keep_newest and each is newest[0])
        ]
        if seq > self.entry.acked_seq:
            # Only segments that stay remember how far the numbers went; before one goes, the book must be on disk.
            self._note_acked(seq, durable=bool(finished))
        for segment in finished:
            segment.unlink()
            self.segments.remove(segment)

    def _note_acked(self, seq: int, durable: bool) -> None:
        self.entry.acked_seq = seq
        self.high_seq = max(self.high_seq, seq)
        self.ledger.save(self.entry, durable)
        if any(gap.to_seq <= seq for gap in self.entry.gaps):
            self.entry.gaps = [gap for gap in self.entry.gaps if gap.to_seq > seq]
            self.ledger.forget_gaps(self.entry)

    def summary(self) -> tuple[int, int | None]:
        """Rows waiting, and the time of the oldest in microseconds (of the first segment: the rest is younger)."""
        declared = sum(max(gap.to_seq - max(gap.from_seq, self.acked_seq + 1) + 1, 0) for gap in self.entry.gaps)
        rows = max(self.high_seq - self.acked_seq - declared, 0)
        for segment in self.segments:
            if segment.last_seq > self.acked_seq:
                return rows, segment.oldest_after(self.acked_seq)
        return rows, None

    def close(self) -> None:
        """Closes all files."""
        for segment in self.segments:
            segment.close()
