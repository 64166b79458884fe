"""For tests of drivers: an `Out` that only writes down, and the real frame in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import msgspec

from telemetry.edge.devices import Device, Tag
from telemetry.edge.drivers.channel import Beat, Message, Rows
from telemetry.edge.report import DeviceHealth
from telemetry.edge.sealing import Reading
from telemetry.wire import Value
from tests.patience import PATIENCE_S, wait_until
from tests.telemetry.edge import helpers


class RecordingOut:
    """Everything a session said, as it said it: nothing is scaled, nothing left out."""

    def __init__(self) -> None:
        self.values: list[tuple[str, Value, int, int | None]] = []
        """Tag name, raw value, quality, time of the device."""
        self.signs_of_life = 0
        self.polls: list[float] = []
        self.faults: list[str] = []
        self.losses: list[tuple[int, int, str]] = []
        self.closers: list[Callable[[], Any]] = []
        self._ended = threading.Event()

    @property
    def stopping(self) -> bool:
        return self._ended.is_set()

    def value(self, tag: Tag, raw: Value, *, at_us: int | None = None, quality: int = 192) -> None:
        self.values.append((tag.name, raw, quality, at_us))

    def heard(self) -> None:
        self.signs_of_life += 1

    def polled(self, seconds: float) -> None:
        self.polls.append(seconds)

    def fault(self, sentence: str) -> None:
        self.faults.append(sentence)

    def loss(self, from_us: int, to_us: int, reason: str) -> None:
        self.losses.append((from_us, to_us, reason))

    def wait(self, seconds: float) -> None:
        self._ended.wait(seconds)

    def on_abandon(self, close: Callable[[], Any]) -> None:
        self.closers.append(close)

    # ---- for the test

    def stop(self) -> None:
        """Asks the session to return."""
        self._ended.set()

    def of(self, name: str) -> list[Value]:
        """The raw values of one tag, in order."""
        return [value for tag, value, _quality, _at in list(self.values) if tag == name]

    def last(self, name: str) -> Value:
        """The newest raw value of one tag; None when there is none."""
        return (self.of(name) or [None])[-1]


@contextmanager
def kept_by(session: Callable[[Any, Any], None], device: Any):
    """Runs a session in a thread with a `RecordingOut` until the block ends; what it raises is in `out.raised`."""
    out = RecordingOut()
    out.raised = None

    def run() -> None:
        try:
            session(device, out)
        except BaseException as error:  # noqa: BLE001  # whatever a session raises is what the test wants to see
            out.raised = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield out
    finally:
        out.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "the session does not return though it was asked to"


def raised_by(session: Callable[[Any, Any], None], device: Any) -> BaseException:
    """What a session raises of itself."""
    with kept_by(session, device) as out:
        wait_until(lambda: out.raised is not None, "the session to end by itself")
        return out.raised


class DriverProcess:
    """The real thing: a driver process as the agent starts it, with the frame's watchdog, back-off and batches."""

    def __init__(
        self, devices: list[Device], environment: dict[str, str] | None = None, listens_to: int | None = None
    ) -> None:
        """`listens_to`: after so many rows nobody listens any more; a driver that has more to say is held up."""
        self._listens_to = listens_to
        self.rows: list[tuple[str, Reading]] = []
        """Lane and reading, in the order they came."""
        self.health: dict[str, DeviceHealth] = {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "telemetry.edge.drivers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(helpers.REPOSITORY), **(environment or {})},
        )
        self.use(devices)
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def use(self, devices: list[Device]) -> None:
        """Tells the process its devices."""
        self.process.stdin.write(msgspec.json.encode(devices) + b"\n")
        self.process.stdin.flush()

    def _listen(self) -> None:
        for line in self.process.stdout:
            if not line.endswith(b"\n"):
                # Killed in the middle of a word.
                return
            message = msgspec.json.decode(line, type=Message)
            if isinstance(message, Beat):
                self.health.update({health.code: health for health in message.devices})
            elif isinstance(message, Rows):
                self.rows.extend((message.lane, reading) for reading in message.rows)
            if self._listens_to is not None and len(self.rows) >= self._listens_to:
                return

    def of(self, name: str) -> list[Reading]:
        """The readings of one tag so far."""
        return [reading for _lane, reading in list(self.rows) if reading.tag == name]

    def values(self, name: str) -> list[Value]:
        """The values of one tag so far."""
        return [reading.value for reading in self.of(name)]

    def close(self) -> int:
        """Ends the process as the agent does; returns its exit code (0 when it went politely)."""
        self.process.terminate()
        try:
            code = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        self.process.stdin.close()
        self.process.stdout.close()
        return code


@contextmanager
def framed(devices: list[Device], environment: dict[str, str] | None = None, listens_to: int | None = None):
    """A `DriverProcess` for the length of the block."""
    running = DriverProcess(devices, environment, listens_to)
    try:
        yield running
    finally:
        running.close()
