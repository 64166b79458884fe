"""One file of the spool: sealed packets of one stream, in a small SQLite database that is unlinked as a whole."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

_TABLE = """
CREATE TABLE IF NOT EXISTS packet (
    first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, oldest_us INTEGER NOT NULL, newest_us INTEGER NOT NULL,
    sealed_ms INTEGER NOT NULL, sent INTEGER NOT NULL DEFAULT 0, sha256 TEXT NOT NULL, body BLOB NOT NULL)
"""
_INSERT = """
INSERT INTO packet (first_seq, last_seq, oldest_us, newest_us, sealed_ms, sent, sha256, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_SELECT = """
SELECT first_seq, last_seq, oldest_us, newest_us, sealed_ms, sent, sha256, body
FROM packet WHERE last_seq >= ? AND sent <= ? ORDER BY first_seq LIMIT ?
"""


class SegmentCorrupt(Exception):
    """The file is damaged; what it held can no longer be sent."""

    def __init__(self, path: Path, why: object) -> None:
        super().__init__(f"{path.name}: {why}")
        self.path = path


class DiskFull(Exception):
    """The disk does not take or give the data now: no room, no permission, an input or output error."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A packet as it will be sent: the gzip body, the rows and the time range in it."""

    first_seq: int
    last_seq: int
    oldest_us: int
    newest_us: int
    sealed_ms: int
    body: bytes
    sent: bool = False

    @property
    def rows(self) -> int:
        """How many rows are inside."""
        return self.last_seq - self.first_seq + 1


def open_database(path: Path) -> sqlite3.Connection:
    """A database that survives kill -9 and a power cut at any moment (write-ahead log, synchronous FULL)."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA wal_autocheckpoint=64")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def sync_folder(folder: Path) -> None:
    """Makes new and removed names in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def companions(path: Path) -> list[Path]:
    """The database file and the two SQLite may keep beside it, those that exist."""
    return [each for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")) if each.exists()]


class Segment:
    """Sealed packets in the order of their numbers. Methods raise SegmentCorrupt or DiskFull, nothing of SQLite."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # <epoch>-<lane>-<first number>.seg: readable even when the database inside is not.
        epoch, lane, first = path.stem.split("-")
        self.epoch, self.lane, self.first_seq = epoch, lane, int(first)
        self.last_seq = self.first_seq - 1
        self.bytes = 0
        self._connection: sqlite3.Connection | None = None
        is_new = not path.exists()
        if not is_new and path.stat().st_size == 0 and len(companions(path)) == 1:
            # SQLite would take an emptied file for a new one, and its numbers would be given out again.
            raise SegmentCorrupt(path, "the file is empty")
        row = self._run("SELECT min(first_seq), max(last_seq) FROM packet")
        if is_new:
            sync_folder(path.parent)
        if row and row[0][0] is not None:
            self.last_seq = int(row[0][1])
        self.measure()

    @property
    def key(self) -> tuple[str, str]:
        """The stream this segment belongs to."""
        return self.epoch, self.lane

    def add(self, packets: list[Sealed], instead_of: list[int] | None = None) -> None:
        """Writes packets in one transaction, in place of those with the given first numbers."""
        self._run("BEGIN IMMEDIATE")
        try:
            for first in instead_of or []:
                self._run("DELETE FROM packet WHERE first_seq = ?", first)
            for packet in packets:
                digest = hashlib.sha256(packet.body).hexdigest()
                self._run(
                    _INSERT,
                    *(packet.first_seq, packet.last_seq, packet.oldest_us, packet.newest_us),
                    *(packet.sealed_ms, int(packet.sent), digest, packet.body),
                )
            self._run("COMMIT")
        except (SegmentCorrupt, DiskFull):
            self._roll_back()
            raise
        if packets:
            self.last_seq = max(self.last_seq, packets[-1].last_seq)
        self.measure()

    def at_or_after(self, seq: int, limit: int = 1, unsent: bool = False) -> list[Sealed]:
        """The packets holding row `seq` or later ones, at most `limit`; with `unsent` only never sent ones."""
        rows = self._run(
            _SELECT,
            *(seq, 0 if unsent else 1, limit),
        )
        return [self._sealed(row) for row in rows]

    def mark_sent(self, first_seq: int) -> None:
        """From now on this packet stays byte for byte as it is.

        Written without waiting for the disk: after a power cut it may be packed differently, with the same numbers.
        """
        self._run("PRAGMA synchronous=NORMAL")
        self._run("UPDATE packet SET sent = 1 WHERE first_seq = ?", first_seq)
        self._run("PRAGMA synchronous=FULL")

    def remove(self, first_seq: int) -> None:
        """Takes one packet out."""
        self._run("DELETE FROM packet WHERE first_seq = ?", first_seq)

    def oldest_after(self, seq: int) -> int | None:
        """The time in microseconds of the oldest reading in packets above `seq`."""
        found: int | None = self._run("SELECT min(oldest_us) FROM packet WHERE last_seq > ?", seq)[0][0]
        return found

    def measure(self) -> int:
        """Bytes on disk, companions included."""
        self.bytes = sum(each.stat().st_size for each in companions(self.path))
        return self.bytes

    def close(self) -> None:
        """Closes the file; the next use opens it again."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()
            # The write-ahead log has gone into the file.
            self.measure()

    def unlink(self) -> None:
        """Removes the file with everything in it."""
        self.close()
        for each in companions(self.path):
            each.unlink(missing_ok=True)

    def _sealed(self, row: tuple[int, int, int, int, int, int, str, bytes]) -> Sealed:
        first, last, oldest, newest, sealed, sent, digest, body = row
        if hashlib.sha256(body).hexdigest() != digest:
            raise SegmentCorrupt(self.path, f"packet {first} does not match its checksum")
        return Sealed(first, last, oldest, newest, sealed, body, bool(sent))

    def _run(self, sql: str, *values: object) -> list[tuple]:
        try:
            if self._connection is None:
                self._connection = open_database(self.path)
                self._connection.execute(_TABLE)
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            # SQLite reports damage differently; data that are only out of reach must not be given up.
            raise DiskFull(f"{self.path.name}: {error}") from error
        except sqlite3.DatabaseError as error:
            self.close()
            raise SegmentCorrupt(self.path, error) from error

    def _roll_back(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error:
                # A connection that cannot even roll back is thrown away; SQLite rolls back when it is opened again.
                self.close()
