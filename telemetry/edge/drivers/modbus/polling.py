"""Keeps one Modbus device polled: its groups in turn, each with its period, trouble of one kept from the others."""

from __future__ import annotations

import time
from collections.abc import Iterable

from telemetry.edge.devices import Modbus, Tag
from telemetry.edge.drivers.modbus.client import Broken, Connection, Declined, NoAnswer, Reply, TcpConnection, library
from telemetry.edge.drivers.modbus.line import SerialConnection
from telemetry.edge.drivers.modbus.plan import Field, Group, groups
from telemetry.edge.drivers.modbus.registers import BadAddress, place, value
from telemetry.edge.drivers.session import Out, Trouble
from telemetry.wire import Quality

SILENCES, FAILURES = 3, 10
"""So many requests in a row to which nothing came in, or nothing whole, and the device counts as gone."""
BAD_REGISTER_S = 60.0
"""How soon a register that does not exist is asked for again."""
_MAY_BE_SPLIT = {2, 3}
_NEVER = {1, *_MAY_BE_SPLIT}
_NO_WAY = {10, 11}


def session(device: Modbus, out: Out) -> None:
    """Polls a device until `out.stopping`. Raises Trouble when it does not answer."""
    library()
    found, unreadable = fields(device.tags)
    connection = connect(device)
    out.on_abandon(connection.close)
    try:
        _Poller(device, connection, out, groups(found), unreadable).run()
    finally:
        connection.close()


def connect(device: Modbus) -> Connection:
    """Raises Trouble when nothing is there."""
    if bool(device.host) == bool(device.serial):
        raise Trouble(f"Device {device.code} has host {device.host!r} and serial {device.serial!r}. Expected one.")
    return TcpConnection(device) if device.host else SerialConnection(device)


def fields(tags: Iterable[Tag]) -> tuple[list[Field], list[tuple[Tag, str]]]:
    """The tags with a readable address, and the others with a sentence each."""
    found: list[Field] = []
    unreadable: list[tuple[Tag, str]] = []
    for tag in tags:
        try:
            found.append(Field(tag, place(tag.address, tag.type)))
        except BadAddress as error:
            unreadable.append((tag, str(error)))
    return found, unreadable


class _Poller:
    def __init__(
        self,
        device: Modbus,
        connection: Connection,
        out: Out,
        planned: list[Group],
        unreadable: list[tuple[Tag, str]],
    ) -> None:
        self._device = device
        self._connection = connection
        self._out = out
        self._groups = planned
        self._unreadable = unreadable
        self._answered = False
        self._silences = self._failures = 0

    def run(self) -> None:
        """Asks whichever group is due first, for ever."""
        if not self._groups:
            raise Trouble(f"Device {self._device.code} has no tag that can be read. " + self._first_complaint())
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
                reply = self._connection.read(group.table, group.start, group.count)
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
                self._hand_over(group, reply)
                return

    def _answers(self) -> None:
        self._silences = self._failures = 0
        if self._answered:
            return
        self._answered = True
        for tag, why in self._unreadable:
            self._out.fault(f"Tag {tag.name}: {why}")
            self._out.value(tag, None, quality=Quality.CONFIGURATION_ERROR)

    def _hand_over(self, group: Group, reply: Reply) -> None:
        for one in group.fields:
            offset = one.place.start - group.start
            data = reply.data[offset : offset + one.place.count]
            number, quality = value(one.place, self._device.words, data)
            self._out.value(one.tag, number, quality=quality)

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
        self._out.fault(f"{self._device.code} refuses {group}: {refusal}.")
        smaller = group.halves()
        same = [(one.start, one.count) for one in smaller] == [(group.start, group.count)]
        if refusal.code in _MAY_BE_SPLIT and not same:
            # Some register of the group does not exist: halves are asked at once, until only the bad ones are left.
            self._groups.remove(group)
            self._groups.extend(smaller)
            for half in smaller:
                half.due = time.monotonic() + half.period_s
                self._poll(half)
            return
        if refusal.code in _NEVER:
            group.refused = True
            if not all(one.refused for one in self._groups):
                group.due = time.monotonic() + max(group.period_s, BAD_REGISTER_S)
            self._mark(group, Quality.CONFIGURATION_ERROR)
        else:
            self._mark(group, Quality.NO_COMMUNICATION if refusal.code in _NO_WAY else Quality.DEVICE_FAILURE)

    def _mark(self, group: Group, quality: int) -> None:
        # Before the first answer the frame has said of every tag that there is no communication.
        if self._answered:
            for one in group.fields:
                self._out.value(one.tag, None, quality=quality)
