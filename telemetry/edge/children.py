"""Driver processes: started, listened to, and started again when they die or hang."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec

from telemetry.edge.devices import Device, Replay, driver_of
from telemetry.edge.devices.common import Polled
from telemetry.edge.drivers.channel import Beat, Done, Message, Resume
from telemetry.edge.report import DeviceHealth

log = logging.getLogger("millwright.edge.driver")

QUEUE_MESSAGES = 40
"""Messages of at most 500 readings each that may wait for the spool; beyond that the driver waits."""
_SHORTEST_RESTART_S = 1.0
_LONGEST_RESTART_S = 60.0
_WELL_AFTER_S = 60.0
_POLITE_S = 3.0


def families(devices: list[Device]) -> list[list[Device]]:
    """Devices that share a process: those of one protocol, but each recording has its own."""
    shared: dict[str, list[Device]] = {}
    for device in devices:
        shared.setdefault(key_of(device), []).append(device)
    return list(shared.values())


def key_of(device: Device) -> str:
    """Devices with the same key share a process."""
    driver = driver_of(device)
    return f"{driver} {device.code}" if isinstance(device, Replay) else driver


class Child:
    """One driver process and the bounded queue of what it said."""

    def __init__(
        self, devices: list[Device], hang_after_s: float, wakeup: threading.Event, log_kind: str = "plain"
    ) -> None:
        self.devices = devices
        self.key = key_of(devices[0])
        self.name = devices[0].code if len(devices) == 1 else f"{driver_of(devices[0])} ({len(devices)} devices)"
        self.messages: queue.Queue[Message] = queue.Queue(QUEUE_MESSAGES)
        self.done = False
        self.restarts = 0
        self.health = {device.code: DeviceHealth(code=device.code, driver=driver_of(device)) for device in devices}
        self._hang_after_s = hang_after_s
        self._wakeup = wakeup
        self._log_kind = log_kind
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._listening_since = 0.0
        self._started_at = 0.0
        self._start_again_at = 0.0
        self._delay = _SHORTEST_RESTART_S
        self._stopping = False

    @property
    def finished(self) -> bool:
        """True when the driver ended of itself and everything it said was taken."""
        return self.done and self.messages.empty()

    def wait_heard_out(self, seconds: float) -> None:
        """Waits until the writer took everything the driver said."""
        end = time.monotonic() + seconds
        while not self.messages.empty() and time.monotonic() < end:
            self._wakeup.set()
            time.sleep(0.01)

    def supervise(self) -> None:
        """Called a few times a second: starts, watches and restarts the process."""
        if self.done or self._stopping:
            return
        now = time.monotonic()
        if self._process is None:
            if now >= self._start_again_at:
                self._start()
        elif self._process.poll() is not None:
            heard_out = self._reader is None or not self._reader.is_alive()
            if heard_out and not self.done and self.messages.empty():
                self._ended(f"ended with code {self._process.returncode}")
        elif self._listening_since and now - self._listening_since > self._hang_after_s:
            self._process.kill()
            self._ended(f"said nothing for {self._hang_after_s:g} s")

    def change(self, devices: list[Device]) -> bool:
        """Goes over to these devices of the same driver without a restart; False if the driver cannot do that."""
        if self.devices == devices:
            return True
        if not all(isinstance(device, Polled) for device in devices):
            return False
        self.devices = devices
        known = self.health
        self.health = {
            device.code: known.get(device.code) or DeviceHealth(code=device.code, driver=driver_of(device))
            for device in devices
        }
        if self._process is not None:
            self._tell(self._process)
        return True

    def answer(self, resume: Resume) -> None:
        """Tells the driver where to go on in a recorded log."""
        process = self._process
        if process is not None and process.stdin is not None:
            try:
                process.stdin.write(msgspec.json.encode(resume) + b"\n")
                process.stdin.flush()
            except OSError as error:
                log.warning("Driver %s did not hear the answer: %s", self.name, error)

    def _start(self) -> None:
        self._started_at = time.monotonic()
        self._listening_since = 0.0
        process = driver_process("--json-log" if self._log_kind == "json" else "")
        self._process = process
        self._reader = threading.Thread(target=self._listen, args=(process,), daemon=True)
        self._reader.start()
        self._tell(process)

    def _tell(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            try:
                process.stdin.write(msgspec.json.encode(self.devices) + b"\n")
                process.stdin.flush()
            except OSError as error:
                log.warning("Driver %s ended before it heard its task: %s", self.name, error)

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        decoder = msgspec.json.Decoder(Message)
        if process.stdout is None:
            return
        while True:
            # Only the time spent listening counts as silence, not the time the queue was full.
            self._listening_since = time.monotonic()
            line = process.stdout.readline()
            self._listening_since = 0.0
            if not line.endswith(b"\n"):
                return
            try:
                message = decoder.decode(line)
            except msgspec.MsgspecError as error:
                log.error("Driver %s said something unreadable (%s).", self.name, error)
                continue
            if isinstance(message, Beat):
                self._heard_beat(message)
            elif self._process is process:
                self.messages.put(message)
                self._wakeup.set()

    def _heard_beat(self, beat: Beat) -> None:
        for health in beat.devices:
            health.restarts = self.restarts
            # A beat may be older than the last change of the devices.
            if health.code in self.health:
                self.health[health.code] = health
        if time.monotonic() - self._started_at > _WELL_AFTER_S:
            self._delay = _SHORTEST_RESTART_S

    def _ended(self, why: str) -> None:
        log.error("Driver %s %s; it starts again in %.0f s.", self.name, why, self._delay)
        process, self._process = self._process, None
        if process is not None:
            _close(process)
        self.restarts += 1
        self._start_again_at = time.monotonic() + self._delay
        self._delay = min(self._delay * 2, _LONGEST_RESTART_S)
        for health in self.health.values():
            health.connected, health.restarts = False, self.restarts
            health.errors += 1
            if not health.last_error:
                health.last_error = f"The driver {why}."

    def heard_done(self, message: Done) -> None:
        """The driver has nothing more to do and is not started again."""
        self.done = True

    def ask_to_stop(self) -> None:
        """Tells the process to end politely; it is not started again."""
        self._stopping = True
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """Ends the process; what it said already stays in the queue."""
        self.ask_to_stop()
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.wait(_POLITE_S)
        except subprocess.TimeoutExpired:
            process.kill()
        if self._reader is not None:
            # The last words of a driver that ended politely are still in the pipe.
            self._reader.join(1)
        _close(process)


def driver_process(*arguments: str) -> subprocess.Popen[bytes]:
    """A Python process that knows the drivers, spoken to through pipes."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    return subprocess.Popen(
        [sys.executable, "-m", "telemetry.edge.drivers", *filter(None, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )


def _close(process: subprocess.Popen[bytes]) -> None:
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError as error:
                # Words for a process that has gone: nobody can hear them any more.
                log.debug("A pipe to an ended driver was not empty: %s", error)
