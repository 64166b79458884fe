"""The one writer of the spool: gathers what the drivers say and seals it ten times a second."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from telemetry import wire
from telemetry.edge.children import Child
from telemetry.edge.drivers.channel import Begin, Done, End, Resume, Rows
from telemetry.edge.sealing import Reading
from telemetry.edge.spool import LaneFull, Spool
from telemetry.edge.timekeeping import now_ms, same_reading

log = logging.getLogger("millwright.edge.writer")

GROUP_S = 0.1
GROUP_ROWS = 500
_RECORDED = wire.Clock(synced=True, source="recorded", err_ms=0)
_LATEST_TAGS = 5_000


class Writer(threading.Thread):
    """Takes readings from all drivers in turn. `latest` is the newest value of each tag of this moment."""

    def __init__(self, spool: Spool, clock: Callable[[], wire.Clock], children: list[Child]) -> None:
        super().__init__(name="writer", daemon=True)
        self.wakeup = threading.Event()
        self.latest: dict[str, Reading] = {}
        self.children = children
        self._spool = spool
        self._clock = clock
        self._waiting: dict[str, list[Reading]] = {lane: [] for lane in wire.LANES}
        self._group_since = 0.0
        self._held: dict[Child, Rows] = {}
        self._stop_asked = threading.Event()
        self._retry_events_at = 0.0

    def stop(self) -> None:
        """Seals what was heard and ends the thread."""
        self._stop_asked.set()
        self.wakeup.set()

    def run(self) -> None:
        """Writes until stopped."""
        while not self._stop_asked.is_set():
            took = self.take()
            if self._due():
                self.seal()
            if not took:
                self.wakeup.wait(0.02 if any(self._waiting.values()) or self._held else 0.2)
                self.wakeup.clear()
        self.drain()

    def drain(self) -> None:
        """Takes and seals everything that can be sealed at once; what a full spool refuses stays with its source."""
        while self.take():
            self.seal()
        self.seal()

    @property
    def is_empty(self) -> bool:
        """True when nothing heard is left unsealed."""
        return not self._held and not any(self._waiting.values())

    def take(self) -> bool:
        """One message of each driver; True if there was any. A driver whose readings find no room is not heard."""
        took = False
        children = list(self.children)
        self._held = {child: rows for child, rows in self._held.items() if child in children}
        for child in children:
            if child in self._held:
                if not self._recorded(child, self._held[child]):
                    continue
                del self._held[child]
            # Events that were refused must not be overtaken, and must not pile up here.
            if len(self._waiting["e"]) >= GROUP_ROWS or child.messages.empty():
                continue
            took = True
            self._heard(child, child.messages.get_nowait())
        return took

    def _heard(self, child: Child, message: object) -> None:
        if isinstance(message, Rows) and message.epoch:
            if not self._recorded(child, message):
                self._held[child] = message
        elif isinstance(message, Rows):
            self._group_since = self._group_since or time.monotonic()
            self._waiting[message.lane].extend(message.rows)
            if len(self._waiting[message.lane]) >= GROUP_ROWS:
                self.seal()
        elif isinstance(message, Begin):
            seq, complete = self._spool.begin_recorded(message.epoch, "s", message.name)
            child.answer(Resume(message.epoch, seq, complete))
        elif isinstance(message, End):
            self._spool.end_recorded(message.epoch, "s", message.rows)
        elif isinstance(message, Done):
            child.heard_done(message)

    def _recorded(self, child: Child, message: Rows) -> bool:
        # Times in a recording are the machine's, whatever this gateway's clock shows.
        return self._spool.append_recorded(message.epoch, message.lane, message.rows, _RECORDED, now_ms())

    def _due(self) -> bool:
        return bool(self._group_since) and time.monotonic() - self._group_since >= GROUP_S

    def seal(self) -> None:
        """Writes the readings heard since the last time, each lane as one sealed packet."""
        self._group_since = 0.0
        if self._spool.steps.is_due():
            self._spool.look(
                lambda _all, live: self._spool.steps.note({each.key: each.high_seq for each in live.values()})
            )
        for lane, readings in self._waiting.items():
            if not readings or (lane == "e" and time.monotonic() < self._retry_events_at):
                continue
            try:
                self._spool.append(lane, [self._dated(reading) for reading in readings], self._clock(), now_ms())
            except LaneFull:
                self._retry_events_at = time.monotonic() + 1.0
                continue
            for reading in readings:
                if len(self.latest) < _LATEST_TAGS or reading.tag in self.latest:
                    self.latest[reading.tag] = reading
            readings.clear()
        if any(self._waiting.values()):
            self._group_since = time.monotonic()

    def _dated(self, reading: Reading) -> Reading:
        if not reading.mono_us:
            return reading
        at_us, moved = same_reading(reading.at_us, reading.mono_us)
        return reading._replace(at_us=at_us, flags=reading.flags | wire.FLAG_REDATED) if moved else reading
