"""Keeps one device polled: its groups in turn, each with its period, trouble of one kept from the others.

For protocols where the gateway asks: Modbus, S7, EtherNet/IP.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Protocol

from telemetry.edge.devices import Tag
from telemetry.edge.drivers.plan import Field, Group
from telemetry.edge.drivers.session import Out, Trouble
from telemetry.wire import Quality, Value

SILENCES, FAILURES = 3, 10
"""So many requests in a row to which nothing came in, or nothing whole, and the device counts as gone."""
REFUSED_S = 60.0
"""How soon a place that does not exist is asked for again."""


class NoAnswer(Trouble):
    """No whole answer came in time."""


class Broken(NoAnswer):
    """Something came in time, but not a whole answer: the device lives, its line is bad."""


class Declined(Exception):
    """The device answered that it will not. `quality` says what that means for the tags.

    `for_good`: it will not tomorrow either; `may_be_split`: perhaps only a part of what was asked does not exist.
    """

    def __init__(self, why: str, quality: int, *, for_good: bool, may_be_split: bool = False) -> None:
        super().__init__(why)
        self.quality = quality
        self.for_good = for_good
        self.may_be_split = may_be_split


@dataclass(frozen=True, slots=True)
class Reply:
    """What a group's places hold, as the protocol gives it, and how long the device took."""

    data: Any
    seconds: float


class Connection(Protocol):
    """One device within reach, over a socket of its own or a shared line."""

    @property
    def tries_at_first(self) -> int:
        """So many requests without an answer, before there was any, mean that nobody is there."""

    def read(self, group: Group) -> Reply:
        """Raises NoAnswer, Declined, or Trouble when the connection is gone."""

    def value(self, one: Field, group: Group, reply: Reply) -> tuple[Value, int]:
        """Value and quality of one field of a group."""

    def recover(self) -> None:
        """After NoAnswer: makes sure that a late answer is never taken for the next one. Raises Trouble."""

    def gave_up(self) -> None:
        """The device is taken for silent; the session is about to end."""

    def close(self) -> None:
        """Lets go of the device. May be called from another thread, and twice."""


class Poller:
    """Asks one device until the frame says stop."""

    def __init__(
        self, code: str, connection: Connection, out: Out, planned: list[Group], unreadable: list[tuple[Tag, str]]
    ) -> None:
        self._code = code
        self._connection = connection
        self._out = out
        self._groups = planned
        self._unreadable = unreadable
        self._answered = False
        self._silences = self._failures = 0

    def run(self) -> None:
        """Asks whichever group is due first. Raises Trouble when the device does not answer any more."""
        self._out.on_abandon(self._connection.close)
        if not self._groups:
            raise Trouble(f"Device {self._code} has no tag that can be read. {self._first_complaint()}")
        now = time.monotonic()
        for group in self._groups:
            group.due = now
        while not self._out.stopping:
            group = min(self._groups, key=lambda one: one.due)
            if (left := group.due - time.monotonic()) > 0:
                self._out.wait(left)
                continue
            # A late group is not asked twice to make up for it.
            group.due = max(group.due + group.period_s, time.monotonic())
            self._poll(group)

    def _first_complaint(self) -> str:
        return f"Tag {self._unreadable[0][0].name}: {self._unreadable[0][1]}" if self._unreadable else "Add tags."

    def _poll(self, group: Group) -> None:
        for last_try in (False, True):
            if self._out.stopping:
                return
            try:
                reply = self._connection.read(group)
            except Declined as refusal:
                self._out.heard()
                self._answers()
                self._declined(group, refusal)
                return
            except NoAnswer as silence:
                self._silent(silence)
                if last_try:
                    self._mark(group, Quality.NO_COMMUNICATION)
            else:
                self._out.polled(reply.seconds)
                self._answers()
                group.refused = False
                for one in group.fields:
                    value, quality = self._connection.value(one, group, reply)
                    self._out.value(one.tag, value, quality=quality)
                return

    def _answers(self) -> None:
        self._silences = self._failures = 0
        if self._answered:
            return
        self._answered = True
        for tag, why in self._unreadable:
            self._out.fault(f"Tag {tag.name}: {why}")
            self._out.value(tag, None, quality=Quality.CONFIGURATION_ERROR)

    def _silent(self, silence: NoAnswer) -> None:
        """Counts a request without an answer and makes the connection clean again; too many in a row are the end."""
        while True:
            self._failures += 1
            self._silences = 0 if isinstance(silence, Broken) else self._silences + 1
            self._out.fault(str(silence))
            if self._silences >= (SILENCES if self._answered else self._connection.tries_at_first):
                self._connection.gave_up()
                raise silence
            if self._failures >= FAILURES:
                raise silence
            try:
                self._connection.recover()
            except NoAnswer as again:
                silence = again
            else:
                return

    def _declined(self, group: Group, refusal: Declined) -> None:
        self._out.fault(f"{self._code} refuses {group}: {refusal}.")
        smaller = group.halves() if refusal.may_be_split else []
        if smaller:
            # Some part of the group does not exist: halves are asked at once, until only the bad ones are left.
            self._groups.remove(group)
            self._groups.extend(smaller)
            for half in smaller:
                half.due = time.monotonic() + half.period_s
                self._poll(half)
            return
        if refusal.for_good:
            group.refused = True
            # With nothing else to ask for, asking is also how the device shows that it lives.
            if not all(one.refused for one in self._groups):
                group.due = time.monotonic() + max(group.period_s, REFUSED_S)
        self._mark(group, refusal.quality)

    def _mark(self, group: Group, quality: int) -> None:
        # Before the first answer the frame has said of every tag that there is no communication.
        if self._answered:
            for one in group.fields:
                self._out.value(one.tag, None, quality=quality)


def read_once(connection: Connection, planned: list[Group]) -> dict[str, tuple[Value, int]]:
    """Each group asked once, refused ones in halves: values and qualities by the name of the tag.

    Raises Trouble when nothing answers.
    """
    values: dict[str, tuple[Value, int]] = {}
    waiting = list(planned)
    while waiting:
        group = waiting.pop(0)
        try:
            reply = connection.read(group)
        except Declined as refusal:
            smaller = group.halves() if refusal.may_be_split else []
            waiting[:0] = smaller
            if not smaller:
                values.update({one.tag.name: (None, int(refusal.quality)) for one in group.fields})
        except NoAnswer:
            if not values:
                raise
            connection.recover()
            values.update({one.tag.name: (None, int(Quality.NO_COMMUNICATION)) for one in group.fields})
        else:
            values.update({one.tag.name: connection.value(one, group, reply) for one in group.fields})
    return values
