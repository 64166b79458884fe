"""Keeps devices connected: a thread each, a watchdog over all, a growing pause after each failure.

One process serves all devices of one protocol. A session that hangs is given up after a while of silence; if its
thread does not come back even then, the process ends itself and the agent starts a new one.
"""

from __future__ import annotations

import importlib
import logging
import os
import queue
import random
import signal
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType

from telemetry.edge.devices.common import Polled
from telemetry.edge.drivers.channel import Channel, leave
from telemetry.edge.drivers.outlet import Basket, Outlet, Pulse
from telemetry.edge.drivers.session import MissingLibrary, Session, Trouble
from telemetry.edge.memory import give_back
from telemetry.edge.report import DeviceHealth

log = logging.getLogger("millwright.edge.driver")

SHORTEST_SILENCE_S = 4.0
"""A little less than the five seconds after which a screen must show that a device is silent."""
STUCK_AFTER_S = 10.0
STUCK = 3
"""Exit code of a process that ended itself because a device did not let go of its thread."""
_BATCH_S = 0.1
_IDLE_S = 0.2
_LAST_WORDS_S = 2.0
_FIRST_PAUSE_S = 0.5
_SHORT_FAULT_S, _SHORT_FAULT_PAUSE_S = 120.0, 5.0
_LONGEST_PAUSE_S = 60.0
_LIBRARY_PAUSE_S = 60.0
_TIDY_AFTER_S, _TIDY_EVERY_S = 3.0, 300.0


def silence_limit(device: Polled) -> float:
    """Seconds without a sign of life after which a device counts as lost."""
    shortest = min((tag.period_s for tag in device.tags), default=0.0)
    return max(SHORTEST_SILENCE_S, 3 * shortest, device.timeout_s + 1)


def pause_after(failures: int, lost_for_s: float, chance: random.Random) -> float:
    """Seconds until the next try: full jitter below a ceiling that doubles from half a second.

    The first two minutes it is at most 5 s, so that a short fault is over within seconds of its end; later 60 s, so
    that a device that is switched off is not asked all the time.
    """
    longest = _SHORT_FAULT_PAUSE_S if lost_for_s < _SHORT_FAULT_S else _LONGEST_PAUSE_S
    return chance.uniform(_FIRST_PAUSE_S, max(min(_FIRST_PAUSE_S * 2 ** min(failures, 12), longest), _FIRST_PAUSE_S))


def session_of(driver: str) -> Session:
    """The session of a driver. Raises Trouble, MissingLibrary."""
    try:
        module = importlib.import_module(f"telemetry.edge.drivers.{driver}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("telemetry."):
            raise Trouble(f"This version of the gateway has no driver {driver!r}. Install a newer one.") from error
        raise MissingLibrary(f"The library {error.name} is not installed; install the extra {driver!r}.") from error
    session: Session = module.session
    return session


class Kept:
    """One device and its thread."""

    def __init__(self, device: Polled, driver: str, basket: Basket, health: DeviceHealth) -> None:
        self.device = device
        self.pulse = Pulse(health)
        self._driver = driver
        self._basket = basket
        self._chance = random.SystemRandom()
        self._stopped = threading.Event()
        self._outlet: Outlet | None = None
        self._abandoned_at = 0.0
        self._failures = 0
        self._lost_since = time.monotonic()
        self._lost_said = False
        self._telling = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=device.code, daemon=True)

    def start(self) -> None:
        """Begins to keep the device connected."""
        self._thread.start()

    def stop(self) -> None:
        """Asks the session to return; `join` waits for it."""
        self._stopped.set()
        if self._outlet is not None:
            self._outlet.end()

    def join(self, seconds: float) -> bool:
        """True when the thread has ended."""
        self._thread.join(max(seconds, 0))
        return not self._thread.is_alive()

    def watch(self, now: float) -> bool:
        """Gives a silent session up; False when its thread is stuck for good."""
        self.pulse.refresh()
        outlet = self._outlet
        if outlet is None or self._stopped.is_set():
            return True
        if self._abandoned_at:
            return now - self._abandoned_at < STUCK_AFTER_S
        limit = silence_limit(self.device)
        if not outlet.is_connected:
            # Connecting takes longer than answering.
            limit += self.device.timeout_s
        if now - outlet.heard_at > limit:
            self._abandoned_at = now
            why = f"The device said nothing for {limit:g} s." if outlet.is_connected else "The device does not answer."
            outlet.abandon(why)
            self._failed(outlet, why)
        return True

    def _run(self) -> None:
        while not self._stopped.is_set():
            outlet = Outlet(self.device, self._driver, self._basket, self.pulse, self._connected)
            self._abandoned_at, self._outlet = 0.0, outlet
            if self._stopped.is_set():
                # Asked to stop in this very moment: `stop` did not see the new outlet.
                return
            least = 0.0
            try:
                session_of(self._driver)(self.device, outlet)
                why = "The driver gave the connection up."
            except (MissingLibrary, ImportError) as error:
                why, least = str(error), _LIBRARY_PAUSE_S
            except Trouble as error:
                why = str(error)
            except BaseException as error:  # a library may raise anything, even a cancellation
                why = f"{type(error).__name__}: {error}".removesuffix(": ")
                log.info("%s: the session ended unexpectedly.", self.device.code, exc_info=True)
            self._outlet = None
            if self._stopped.is_set():
                return
            if not self._abandoned_at:
                outlet.end()
                self._failed(outlet, why)
            pause = pause_after(self._failures, time.monotonic() - self._lost_since, self._chance)
            self._stopped.wait(max(pause, least))

    def _connected(self) -> None:
        self._failures, self._lost_said = 0, False

    def _failed(self, outlet: Outlet, why: str) -> None:
        if outlet.is_connected:
            self._lost_since = time.monotonic()
        self._failures += 1
        self.pulse.fault(why)
        self.pulse.health.connected = False
        # The watchdog and the session's own end may both see the loss.
        with self._telling:
            said, self._lost_said = self._lost_said, True
        if not said:
            outlet.lost()


class Keeper:
    """All devices of one protocol in this process."""

    def __init__(self, driver: str, channel: Channel) -> None:
        self._driver = driver
        self._channel = channel
        self._basket = Basket()
        self._kept: dict[str, Kept] = {}
        self._stop_asked = threading.Event()
        self._handed_over_at = 0.0
        self._wanted: queue.SimpleQueue[Sequence[Polled]] = queue.SimpleQueue()
        self._tidy_at = time.monotonic() + _TIDY_AFTER_S

    def ask_for(self, devices: Sequence[Polled]) -> None:
        """Has `run` go over to these devices; may be called from any thread."""
        self._wanted.put(devices)

    def use(self, devices: Sequence[Polled]) -> None:
        """Goes over to these devices; those that stay as they are are not touched."""
        wanted = {device.code: device for device in devices}
        ending = {code: kept for code, kept in self._kept.items() if wanted.get(code) != kept.device}
        for kept in ending.values():
            kept.stop()
        end = time.monotonic() + _LAST_WORDS_S
        for code, kept in ending.items():
            kept.join(end - time.monotonic())
            del self._kept[code], self._channel.devices[code]
        for code, device in wanted.items():
            if code not in self._kept:
                health = self._channel.devices[code] = DeviceHealth(code=code, driver=self._driver)
                self._kept[code] = Kept(device, self._driver, self._basket, health)
                self._kept[code].start()

    def run(self) -> int:
        """Works until asked to stop; returns the exit code."""
        while not self._stop_asked.is_set():
            if self._basket.wait(_IDLE_S):
                self._stop_asked.wait(self._handed_over_at + _BATCH_S - time.monotonic())
                self._basket.empty_into(self._channel)
                self._handed_over_at = time.monotonic()
            self._channel.beat()
            now = time.monotonic()
            for kept in self._kept.values():
                if not kept.watch(now):
                    return self._give_up(kept)
            if not self._wanted.empty():
                self.use(self._wanted.get())
            if now > self._tidy_at:
                self._tidy_at = now + _TIDY_EVERY_S
                give_back()
        self._close()
        return 0

    def stop(self) -> None:
        """Ends `run`."""
        self._stop_asked.set()

    def _give_up(self, stuck: Kept) -> int:
        # A thread cannot be ended from outside; only its process can.
        stuck.pulse.fault(f"The driver did not let go of the device for {STUCK_AFTER_S:g} s; its process starts anew.")
        self._basket.empty_into(self._channel)
        self._channel.send_last_beat()
        return STUCK

    def _close(self) -> None:
        for kept in self._kept.values():
            kept.stop()
        end = time.monotonic() + _LAST_WORDS_S
        for kept in self._kept.values():
            kept.join(end - time.monotonic())
        self._basket.close()
        self._basket.empty_into(self._channel)


def run(driver: str, devices: Sequence[Polled], channel: Channel) -> None:
    """Keeps all devices of one protocol connected until the agent ends this process."""
    keeper = Keeper(driver, channel)

    def asked_to_end(number: int, frame: FrameType | None) -> None:
        keeper.stop()

    def follow_changes() -> None:
        for changed in channel.changes():
            keeper.ask_for([device for device in changed if isinstance(device, Polled)])

    signal.signal(signal.SIGTERM, asked_to_end)
    keeper.use(devices)
    threading.Thread(target=follow_changes, name="changes", daemon=True).start()
    try:
        code = keeper.run()
    except BrokenPipeError:
        leave()
    sys.stderr.flush()
    # Threads that hang in a library must not keep the process.
    os._exit(code)
