"""Which rows were sealed before somebody set the clock, and by how much it was set.

A packet is never sealed again. The server puts its times right by the clock of the sender at the moment of sending,
so for rows sealed before a step this must be what the old clock would show now: a box that woke in 1970 and got the
time an hour later still dates that hour truly. What an earlier boot sealed cannot be known.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from typing import Protocol

import msgspec

from telemetry.edge import timekeeping

log = logging.getLogger("millwright.edge.clock")

Key = tuple[str, str]
_MOST = 50
_SAVE_AFTER_US = 100_000
_FACT = "clock_steps"


class Book(Protocol):
    """Where a small text is kept beside the rows."""

    def fact(self, name: str) -> str | None: ...

    def set_fact(self, name: str, value: str) -> None: ...


class _Rows(msgspec.Struct):
    epoch: str
    lane: str
    first: int
    last: int
    set_by_us: int


class _State(msgspec.Struct):
    boot: str = ""
    base_us: int = 0
    # The first row of this boot in each stream, as "epoch/lane".
    begins: dict[str, int] = {}
    before: list[_Rows] = []


class Steps:
    """Remembers in the spool's book; `note` is called with the spool locked."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._state = _State()
        try:
            self._state = msgspec.json.decode(book.fact(_FACT) or "{}", type=_State)
        except msgspec.MsgspecError as error:
            log.error("The book's note on the clock cannot be read (%s); a new one is begun.", error)
        self._started = False

    def is_due(self) -> bool:
        """Whether the clock was set since the last look, or has drifted so far that it must be written down.

        Written down often enough, drift never looks like a step.
        """
        return not self._started or abs(_base_us() - self._state.base_us) > _SAVE_AFTER_US

    def note(self, last_rows: Mapping[Key, int]) -> None:
        """Write down where the clock stands, and, if it was set, that all rows so far were sealed by the old one."""
        state, base, boot = self._state, _base_us(), timekeeping.boot_id()
        set_by = base - state.base_us
        if not self._started and (state.boot != boot or not boot):
            state.begins = {"/".join(key): last + 1 for key, last in last_rows.items()}
            set_by = 0
        if abs(set_by) > timekeeping.STEP_US:
            log.warning("The clock of this computer was set by %+.1f s.", set_by / 1_000_000)
            begins = {key: state.begins.get("/".join(key), 1) for key in last_rows}
            found = [_Rows(*key, begins[key], last, set_by) for key, last in last_rows.items() if last >= begins[key]]
            state.before = [*state.before, *found][-_MOST:]
        state.boot, state.base_us, self._started = boot, base, True
        try:
            self._book.set_fact(_FACT, msgspec.json.encode(state).decode())
        except sqlite3.Error as error:
            # A full disk costs this note after a restart, never a reading.
            log.warning("Where the clock stands could not be written down: %s", error)

    def set_by_ms(self, key: Key, seq: int) -> int:
        """By how much the clock was set since this row was sealed; 0 for rows of the present clock."""
        epoch, lane = key
        steps = (each for each in self._state.before if each.epoch == epoch and each.lane == lane)
        return round(sum(each.set_by_us for each in steps if each.first <= seq <= each.last) / 1000)


def _base_us() -> int:
    return timekeeping.now_us() - timekeeping.mono_us()
