"""Sends sealed packets, one at a time per lane, and deletes only what the server's 200 says is committed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from itertools import count

import msgspec

from telemetry import wire
from telemetry.edge import sealing
from telemetry.edge.net import Answered, Backoff, NoAnswer, Way
from telemetry.edge.segment import DiskFull, Sealed
from telemetry.edge.spool import Key, Spool
from telemetry.edge.timekeeping import now_ms

log = logging.getLogger("millwright.edge.sender")

_LONGEST_SLOW_DOWN_S = 60.0


class Sender(threading.Thread):
    """The thread of one lane. `state` says why it waits: `ok` after a success, empty before the first."""

    def __init__(self, lane: str, spool: Spool, link: Way, clock: Callable[[], wire.Clock]) -> None:
        super().__init__(name=f"sender-{lane}", daemon=True)
        self.lane = lane
        self.state = ""
        self._spool = spool
        self._link = link
        self._clock = clock
        self._stop_asked = threading.Event()
        self._backoff = Backoff()
        self._turn = count()
        self._last_hole: tuple[Key, int] | None = None

    def stop(self) -> None:
        """Ends the thread after the request under way."""
        self._stop_asked.set()
        with self._spool.wakeup:
            self._spool.wakeup.notify_all()

    def run(self) -> None:
        """Sends until stopped."""
        while not self._stop_asked.is_set():
            pause = self.send_one()
            if pause is None:
                with self._spool.wakeup:
                    if not self._stop_asked.is_set():
                        self._spool.wakeup.wait(0.2)
            elif pause > 0:
                self._stop_asked.wait(pause)

    def send_one(self) -> float | None:
        """Sends what comes next; returns the seconds to wait before the next, None when there was nothing."""
        keys = self._spool.waiting(self.lane)
        if not keys:
            return None
        # The readings of this moment go every second time, old logs share the rest.
        turn = next(self._turn)
        key = keys[0] if turn % 2 == 0 or len(keys) == 1 else keys[1 + turn // 2 % (len(keys) - 1)]
        try:
            item = self._spool.next_to_send(key)
        except DiskFull as error:
            return self._later(f"the spool cannot be read: {error}")
        if item is None:
            return None
        at_ms = now_ms()
        if isinstance(item, Sealed):
            # What the clock it was sealed by would show now.
            at_ms -= self._spool.steps.set_by_ms(key, item.first_seq)
        body = item.body if isinstance(item, Sealed) else sealing.gap_packet(key, item, self._clock(), at_ms)
        try:
            answered = self._link.packet(body, at_ms)
        except NoAnswer as error:
            return self._later(f"no answer: {error}")
        return self._heard(key, item, answered)

    def _heard(self, key: Key, item: Sealed | list[wire.Gap], answered: Answered) -> float:
        status = answered.status
        if status == 200:
            return self._acknowledged(key, item, answered)
        if status == 409:
            return self._hole(key, item, answered)
        try:
            return self._refused(key, item, answered)
        except DiskFull as error:
            return self._later(f"the spool cannot be written: {error}")

    def _refused(self, key: Key, item: Sealed | list[wire.Gap], answered: Answered) -> float:
        status = answered.status
        if status in (400, 422) and isinstance(item, Sealed):
            self._spool.quarantine(key, item, f"{status}\n{answered.text}")
            log.error("The server cannot read rows %d to %d of lane %s (%d).", *_range(item), self.lane, status)
            return 0
        if status == 413 and isinstance(item, Sealed):
            if not self._spool.split(key, item):
                self._spool.quarantine(key, item, f"413 with a single row\n{answered.text}")
            return 0
        if status in (401, 403):
            self.state = f"refused: the server does not know this gateway or has revoked it ({status})"
            log.warning("The server refuses this gateway (%d); readings are kept.", status)
            return self._link.refused()
        return self._later(f"the server answered {status}", answered.retry_after_s)

    def _acknowledged(self, key: Key, item: Sealed | list[wire.Gap], answered: Answered) -> float:
        try:
            ack = msgspec.json.decode(answered.content, type=wire.Ack)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            return self._later(f"an answer that is none of ours: {error}")
        self._spool.acknowledged(key, ack.acked_seq)
        for rejected in ack.rejected[:5]:
            log.warning("The server keeps row %d of lane %s in quarantine: %s.", rejected.seq, self.lane, rejected.code)
        if ack.acked_seq < _range(item)[0]:
            return self._later(f"acknowledged only up to row {ack.acked_seq}")
        self._backoff.succeeded()
        self._last_hole = None
        self.state = "ok"
        return min(max(ack.slow_down_ms, 0) / 1000, _LONGEST_SLOW_DOWN_S)

    def _hole(self, key: Key, item: Sealed | list[wire.Gap], answered: Answered) -> float:
        try:
            answer = msgspec.json.decode(answered.content, type=wire.HoleAnswer)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            return self._later(f"an answer that is none of ours: {error}")
        if not 1 <= answer.expected_seq < _range(item)[0]:
            return self._later(f"the server expects row {answer.expected_seq}, but row {_range(item)[0]} was sent")
        log.warning("The server expects lane %s from row %d on.", self.lane, answer.expected_seq)
        self._spool.server_expects(key, answer.expected_seq)
        again = self._last_hole == (key, answer.expected_seq)
        self._last_hole = (key, answer.expected_seq)
        return self._later("the server asks for the same rows again") if again else 0

    def _later(self, why: str, at_least_s: float = 0) -> float:
        pause = self._backoff.failed(at_least_s)
        if why != self.state:
            log.warning("Lane %s waits: %s.", self.lane, why)
        self.state = why
        return pause


def _range(item: Sealed | list[wire.Gap]) -> tuple[int, int]:
    if isinstance(item, Sealed):
        return item.first_seq, item.last_seq
    return item[0].from_seq, item[-1].to_seq
