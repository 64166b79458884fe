"""How a driver process talks to the agent: lines of JSON on its standard output, answers on its standard input."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, NoReturn

import msgspec

from telemetry.edge.devices import Device
from telemetry.edge.reading import Reading
from telemetry.edge.report import DeviceHealth

BATCH = 500
_BEAT_S = 1.0


class Rows(msgspec.Struct, tag="rows"):
    """Readings of this moment (`epoch` empty) or of a recorded log."""

    rows: list[Reading]
    lane: str = "s"
    epoch: str = ""


class Beat(msgspec.Struct, tag="beat"):
    """A sign of life with the state of each device."""

    devices: list[DeviceHealth]


class Begin(msgspec.Struct, tag="begin"):
    """A recorded log is about to be read; answered with Resume."""

    epoch: str
    name: str


class End(msgspec.Struct, tag="end"):
    """The log was read to its end: it has `rows` rows."""

    epoch: str
    rows: int


class Done(msgspec.Struct, tag="done"):
    """The driver has nothing more to do, ever."""


class Resume(msgspec.Struct):
    """The agent's answer to Begin: the last row already in the spool, and whether the log is there entirely."""

    epoch: str
    seq: int
    complete: bool


Message = Rows | Beat | Begin | End | Done


class Channel:
    """The driver's end. Writing blocks while the agent is busy: this is the back-pressure."""

    def __init__(self, answers: Any) -> None:
        self._answers = answers
        self._encoder = msgspec.json.Encoder()
        self._out = sys.stdout.buffer
        self._last_beat = 0.0
        self.devices: dict[str, DeviceHealth] = {}

    def send(self, message: Message) -> None:
        """One message to the agent."""
        self._out.write(self._encoder.encode(message) + b"\n")
        self._out.flush()

    def rows(self, rows: list[Reading], lane: str = "s", epoch: str = "") -> None:
        """Readings to the agent, in bites it can hold."""
        for start in range(0, len(rows), BATCH):
            self.send(Rows(rows[start : start + BATCH], lane, epoch))

    def begin(self, epoch: str, name: str) -> Resume:
        """Announces a recorded log and waits for the place to go on from."""
        self.send(Begin(epoch, name))
        line = self._answers.readline()
        if not line:
            leave()
        return msgspec.json.decode(line, type=Resume)

    def changes(self) -> Iterator[list[Device]]:
        """Each new list of devices the agent names; for drivers that ask nothing else on this way."""
        for line in self._answers:
            yield msgspec.json.decode(line, type=list[Device])

    def beat(self) -> None:
        """A sign of life, at most one a second."""
        now = time.monotonic()
        if now - self._last_beat >= _BEAT_S:
            self._last_beat = now
            self.send(Beat(list(self.devices.values())))

    def send_last_beat(self) -> None:
        """The final state of the devices, whenever the last one was sent."""
        self._last_beat = 0.0
        self.beat()

    def sleep(self, seconds: float) -> None:
        """Waits while showing signs of life."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.beat()
            time.sleep(min(left, _BEAT_S))
        self.beat()


def leave() -> NoReturn:
    """Ends the driver at once: the agent is gone, so there is nobody to talk to."""
    os._exit(0)


def follow_parent(parent: int) -> None:
    """Ends this process when the agent has died, however it died."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        leave()

    threading.Thread(target=watch, daemon=True).start()
