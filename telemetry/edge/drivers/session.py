"""The contract between the frame and a driver.

A driver is a module with `session` and, where its devices can be looked through, `ask`. The frame
(`drivers.keeping`) gives each device a thread of its own, calls `session` again after every failure with a growing
pause, and makes a new `Out` each time; so a session makes new clients too and keeps nothing between two calls.
"""

from __future__ import annotations

from typing import Any, Protocol

from telemetry.edge.devices import Tag
from telemetry.edge.questions import Answer, Question
from telemetry.wire import Value


class Trouble(Exception):
    """Something expected went wrong with a device; its sentence says what, where and what now."""


class MissingLibrary(Trouble):
    """The extra of this protocol is not installed on this gateway."""


class Out(Protocol):
    """What a session says to the frame. All methods may be called from any thread."""

    @property
    def stopping(self) -> bool:
        """True when the session shall return soon."""

    def value(self, tag: Tag, raw: Value, *, at_us: int | None = None, quality: int = 192) -> None:
        """A raw value as the device gave it; the frame applies `values`, `scale`, `offset`, `deadband`, `repeat_s`.

        `at_us`: the device's own time where it is trusted, else None (the gateway stamps it).
        """

    def heard(self) -> None:
        """A sign of life of the device without a value. The first one, or a value, means connected.

        A device whose tags rarely change must be heard every second or two all the same (an answered ping, an open
        port): after max(4 s, 3 x the shortest period, `timeout_s` + 1 s) of silence the session is given up.
        """

    def polled(self, seconds: float) -> None:
        """One answered request and how long it took."""

    def fault(self, sentence: str) -> None:
        """Something failed that does not end the session (one bad tag, one refused request); it is counted."""

    def loss(self, from_us: int, to_us: int, reason: str) -> None:
        """Readings of this device between two moments are lost for good; it is kept beside the readings."""

    def wait(self, seconds: float) -> None:
        """Sleeps, shorter when stopping. Raises Trouble when the device was silent for too long."""

    def on_abandon(self, close: Any) -> None:
        """`close()` is called from another thread when the session is silent for too long: it must unblock it.

        From then on `stopping` is true and nothing the session says counts.
        """


class Session(Protocol):
    """`session(device, out)` keeps one device until `out.stopping`; it raises when the connection is lost."""

    def __call__(self, device: Any, out: Out) -> None: ...


class Ask(Protocol):
    """`ask(device, question)` looks into a device, in a process of its own. Raises Trouble."""

    def __call__(self, device: Any, question: Question) -> Answer: ...
