"""What a session speaks into: one `Outlet` a call, and the basket all devices of a process fill."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from telemetry.edge.devices import Tag
from telemetry.edge.devices.common import Polled
from telemetry.edge.drivers.channel import Channel
from telemetry.edge.drivers.session import Trouble
from telemetry.edge.drivers.shaping import Sieve, shaped
from telemetry.edge.reading import Reading
from telemetry.edge.report import DeviceHealth
from telemetry.edge.timekeeping import mono_us, now_us
from telemetry.wire import MAX_TIME_MS, Quality, Value

log = logging.getLogger("millwright.edge.driver")

MOST_WAITING = 10_000
LOSS_TAG = "$loss/"
ASKED_IN_TURN = frozenset({"modbus", "s7", "ethernetip"})
"""Drivers that ask again and again: the same answer twice is no second event."""
_LATENCIES = 100


class Basket:
    """Readings of all devices on their way to the agent. Who has more for a full basket waits: the back-pressure."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, list[Reading]] = {"e": [], "s": []}
        self._count = 0
        self._closed = False

    def wait_for_room(self) -> None:
        """Returns when the agent has taken enough of what is inside."""
        with self._changed:
            self._changed.wait_for(lambda: self._count < MOST_WAITING or self._closed)

    def put(self, lane: str, readings: list[Reading]) -> None:
        """Adds readings at once."""
        with self._changed:
            self._waiting[lane].extend(readings)
            self._count += len(readings)
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Waits until something is inside; False when nothing came."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count > 0, seconds)

    def empty_into(self, channel: Channel) -> None:
        """Hands everything to the agent."""
        with self._changed:
            taken = {lane: list(readings) for lane, readings in self._waiting.items() if readings}
            for readings in self._waiting.values():
                readings.clear()
            self._count = 0
            self._changed.notify_all()
        for lane, readings in taken.items():
            channel.rows(readings, lane)

    def close(self) -> None:
        """Nobody waits for room any more: the process is about to end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Pulse:
    """A device's health, with the latencies its figures are made of."""

    def __init__(self, health: DeviceHealth) -> None:
        self.health = health
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)
        self._said = ""

    def polled(self, seconds: float) -> None:
        """Counts an answered request."""
        self.health.polls += 1
        self._latencies.append(seconds)

    def refresh(self) -> None:
        """Works out the latency 95 of 100 requests stayed below."""
        known = sorted(self._latencies)
        self.health.latency_ms = round(known[int(len(known) * 0.95)] * 1000, 1) if known else None

    def fault(self, sentence: str) -> None:
        """Counts a fault; each sentence is written to the log once until something else is said."""
        self.health.errors += 1
        self.health.last_error = sentence[:500]
        if sentence != self._said:
            log.warning("%s: %s", self.health.code, sentence)
        self._said = sentence

    def connected(self) -> None:
        """The device answers."""
        self.health.connected, self.health.last_error = True, ""
        log.info("%s: connected.", self.health.code)
        self._said = ""


class Outlet:
    """The frame's side of `session.Out`, for one call of a session."""

    def __init__(self, device: Polled, driver: str, basket: Basket, pulse: Pulse, on_connected: Callable[[], None]):
        self._device = device
        self._basket = basket
        self._pulse = pulse
        self._on_connected = on_connected
        self._sieve = Sieve(every_event=driver not in ASKED_IN_TURN)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._abandoned = ""
        self._closers: list[Callable[[], Any]] = []
        self.is_connected = False
        self.begun_at = self.heard_at = time.monotonic()

    # ---- what the session calls

    @property
    def stopping(self) -> bool:
        """True when the session shall return soon."""
        return self._ended.is_set()

    def value(self, tag: Tag, raw: Value, *, at_us: int | None = None, quality: int = 192) -> None:
        """One raw value of the device; see `session.Out`."""
        if self._ended.is_set():
            return
        self.heard()
        value, quality = shaped(tag, raw, quality)
        own_time = at_us is not None and 0 < at_us <= MAX_TIME_MS * 1000
        wall, mono = (at_us if own_time and at_us else now_us()), mono_us()
        clock_us = wall if own_time else mono
        self._basket.wait_for_room()
        with self._lock:
            if self._ended.is_set() or not self._sieve.lets_through(tag, value, quality, clock_us, own_time=own_time):
                return
            # A reading with the device's own time must not be dated again when this gateway's clock is set.
            self._basket.put(tag.lane, [Reading(tag.name, wall, value, quality, mono_us=0 if own_time else mono)])
        self._pulse.health.last_value_ms = wall // 1000

    def heard(self) -> None:
        """A sign of life."""
        self.heard_at = time.monotonic()
        if not self.is_connected and not self._ended.is_set():
            with self._lock:
                first, self.is_connected = not self.is_connected, True
            if first:
                self._pulse.connected()
                self._on_connected()

    def polled(self, seconds: float) -> None:
        """One answered request and how long it took."""
        self._pulse.polled(seconds)
        self.heard()

    def fault(self, sentence: str) -> None:
        """Something failed that does not end the session."""
        if not self._ended.is_set():
            self._pulse.fault(sentence)

    def loss(self, from_us: int, to_us: int, reason: str) -> None:
        """Readings between two moments are lost for good."""
        first, last = sorted((max(from_us, 0), max(to_us, 0)))
        text = msgspec.json.encode({"from_us": first, "to_us": last, "reason": reason[:200]}).decode()
        self.fault(f"Readings were lost inside the device: {reason}.")
        name = LOSS_TAG + self._device.code
        self._basket.wait_for_room()
        self._basket.put("e", [Reading(name, now_us(), text, mono_us=mono_us())])

    def wait(self, seconds: float) -> None:
        """Sleeps, shorter when stopping. Raises Trouble when the device was silent for too long."""
        self._ended.wait(seconds)
        if self._abandoned:
            raise Trouble(self._abandoned)

    def on_abandon(self, close: Callable[[], Any]) -> None:
        """Keeps `close` for the moment the session is given up."""
        with self._lock:
            self._closers.append(close)
        if self._abandoned:
            self._close_all()

    # ---- what the frame calls

    def end(self) -> None:
        """Asks the session to return."""
        self._ended.set()

    def abandon(self, why: str) -> None:
        """Gives the session up: nothing it still says counts, and whatever it waits for is closed."""
        self._abandoned = why
        self._ended.set()
        # A library that hangs may hang in closing too; the other devices' watchdog must not.
        threading.Thread(target=self._close_all, name=f"close {self._device.code}", daemon=True).start()

    def _close_all(self) -> None:
        with self._lock:
            closers, self._closers = self._closers, []
        for close in closers:
            try:
                close()
            except Exception as error:  # noqa: BLE001  # foreign code closing something broken may raise anything
                log.info("%s: closing the connection said %s.", self._device.code, error)

    def lost(self) -> None:
        """Says of every tag, once, that there is no communication."""
        self._ended.set()
        # With the lock, so that no value of the session comes after the word that it is lost.
        with self._lock:
            at, mono = now_us(), mono_us()
            for tag in self._device.tags:
                row = Reading(tag.name, at, None, int(Quality.NO_COMMUNICATION), mono_us=mono)
                self._basket.put(tag.lane, [row])
