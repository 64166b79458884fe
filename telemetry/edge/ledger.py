"""The spool's small book: how far each stream is acknowledged, and which rows are gone and why.

The segments are the truth about rows; this book only holds what segments cannot: what is no longer there.
Its writes may fail on a full disk without harm: what was not written is told again, and the server knows better anyway.
"""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from telemetry.edge.segment import companions, open_database
from telemetry.wire import Gap

log = logging.getLogger("millwright.edge.spool")

_TABLES = """
CREATE TABLE IF NOT EXISTS stream (
    epoch TEXT, lane TEXT, acked_seq INTEGER, reserved_seq INTEGER, live INTEGER, total INTEGER, name TEXT,
    PRIMARY KEY (epoch, lane));
CREATE TABLE IF NOT EXISTS gap (
    epoch TEXT, lane TEXT, from_seq INTEGER, to_seq INTEGER, reason TEXT, PRIMARY KEY (epoch, lane, from_seq));
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT);
"""


@dataclass
class Entry:
    """What the book says of one stream; `total` is the number of rows of a recorded log once it was read to its end."""

    epoch: str
    lane: str
    live: bool = True
    acked_seq: int = 0
    reserved_seq: int = 0
    total: int | None = None
    name: str = ""
    gaps: list[Gap] = field(default_factory=list)


class Ledger:
    """The book on disk. A damaged book is set aside and a new one begun."""

    def __init__(self, path: Path, attic: Path) -> None:
        self.path = path
        self.was_damaged = False
        try:
            self._connection = self._open()
        except sqlite3.OperationalError:
            # Out of reach (no room, no permission) is not damaged: the book must not be given up for that.
            raise
        except sqlite3.DatabaseError as error:
            log.error("The spool's book %s is damaged (%s); it is set aside and a new one begun.", path, error)
            attic.mkdir(exist_ok=True)
            for each in companions(path):
                each.rename(attic / f"{each.name}.{len(list(attic.iterdir()))}")
            self.was_damaged = True
            self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        connection = open_database(self.path)
        connection.executescript(_TABLES)
        connection.execute("SELECT count(*), sum(acked_seq) FROM stream").fetchall()
        return connection

    def entries(self) -> list[Entry]:
        """Every stream with its gaps in order."""
        rows = self._connection.execute(
            "SELECT epoch, lane, live, acked_seq, reserved_seq, total, name FROM stream"
        ).fetchall()
        entries = {
            (row[0], row[1]): Entry(row[0], row[1], bool(row[2]), row[3], row[4], row[5], row[6] or "") for row in rows
        }
        for epoch, lane, from_seq, to_seq, reason in self._connection.execute(
            "SELECT epoch, lane, from_seq, to_seq, reason FROM gap ORDER BY from_seq"
        ):
            if (epoch, lane) in entries:
                entries[epoch, lane].gaps.append(Gap(from_seq, to_seq, reason))
        return list(entries.values())

    def fact(self, name: str) -> str | None:
        """A single remembered word, for example the live epoch of a lane."""
        row = self._connection.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_fact(self, name: str, value: str) -> None:
        """Remembers a word. Raises sqlite3.Error: the live epoch must be on disk before the first row."""
        self._connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))

    def save(self, entry: Entry, durable: bool = True) -> bool:
        """Writes one stream's line; False if the disk has no room for it now.

        Not `durable` means without waiting for the disk: kill -9 does no harm, a power cut may undo it.
        """
        self._try(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        written = self._try(
            "INSERT OR REPLACE INTO stream (epoch, lane, live, acked_seq, reserved_seq, total, name) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(entry.epoch, entry.lane, int(entry.live), entry.acked_seq, entry.reserved_seq, entry.total, entry.name),
        )
        self._try("PRAGMA synchronous=FULL")
        return written

    def save_gap(self, entry: Entry, gap: Gap) -> bool:
        """Writes one gap, replacing a shorter one with the same beginning."""
        return self._try(
            "INSERT OR REPLACE INTO gap VALUES (?, ?, ?, ?, ?)",
            *(entry.epoch, entry.lane, gap.from_seq, gap.to_seq, gap.reason),
        )

    def forget_gaps(self, entry: Entry) -> bool:
        """Removes the gaps the server has acknowledged."""
        return self._try(
            "DELETE FROM gap WHERE epoch = ? AND lane = ? AND to_seq <= ?", entry.epoch, entry.lane, entry.acked_seq
        )

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def _try(self, sql: str, *values: object) -> bool:
        try:
            self._connection.execute(sql, values)
        except sqlite3.Error as error:
            log.error("The spool's book could not be written (%s); the agent goes on from memory.", error)
            return False
        return True
