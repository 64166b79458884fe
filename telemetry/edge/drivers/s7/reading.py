"""Keeps one S7 control polled, over python-snap7's client. Nothing is ever written to a control.

Beta: the library's client is young, and this driver was proved with simulated controls only.
"""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING

from telemetry.edge.devices import S7, Tag
from telemetry.edge.drivers.plan import Field, Group, groups, readable
from telemetry.edge.drivers.polling import Declined, Poller, Reply, read_once
from telemetry.edge.drivers.s7.blocks import limits, place, value
from telemetry.edge.drivers.session import MissingLibrary, Out, Trouble
from telemetry.edge.questions import LARGEST_FOUND, Answer, Found, Question
from telemetry.wire import Quality, Value

if TYPE_CHECKING:
    from snap7.client import Client

_RETURN_CODE = re.compile(r"\(0x([0-9a-f]{2})\)")
_REFUSALS = {
    0x01: "hardware error",
    0x03: "access not allowed: PUT/GET must be allowed in the control's protection settings",
    0x05: "the address does not exist: the block is shorter, or optimised",
    0x06: "this data type is not supported",
    0x07: "this data type does not fit",
    0x0A: "the block does not exist, or is optimised",
}
_MAY_BE_SPLIT = {0x05}
_FOR_GOOD = {0x03, 0x05, 0x06, 0x07, 0x0A}


def session(device: S7, out: Out) -> None:
    """Polls a control until `out.stopping`. Raises Trouble when it does not answer."""
    fields, unreadable = readable(device.tags, place)
    connection = _Connection(device)
    try:
        Poller(device.code, connection, out, groups(fields, limits), unreadable).run()
    finally:
        connection.close()


def ask(device: S7, question: Question) -> Answer:
    """Reads addresses (`DB1.DBW4`, `DB1.DBD8 real`). Raises Trouble for browsing: a control keeps no names."""
    if question.kind == "browse":
        raise Trouble(
            "An S7 control does not tell the names of its data. Take the addresses from the project (TIA Portal: data "
            "block, column offset) and type them, like DB1.DBD8."
        )
    known = {tag.address: tag.type for tag in device.tags}
    tags = []
    for one in question.addresses[:LARGEST_FOUND]:
        address, _, type_name = one.partition(" ")
        tags.append(Tag(name=one, address=address, type=type_name or known.get(address, "")))
    fields, unreadable = readable(tags, place)
    connection = _Connection(device)
    try:
        values = read_once(connection, groups(fields, limits))
    finally:
        connection.close()
    sentences = {tag.name: sentence for tag, sentence in unreadable}
    return Answer(found=[_found(tag, values, sentences.get(tag.name, "")) for tag in tags])


def _found(tag: Tag, values: dict[str, tuple[Value, int]], sentence: str) -> Found:
    number, quality = values.get(tag.name, (None, int(Quality.CONFIGURATION_ERROR)))
    return Found(
        address=tag.name,
        name=tag.address,
        type=tag.type,
        value=number,
        quality=quality,
        meaning=sentence or "S7 (beta)",
    )


class _Connection:
    """One control. Answers carry numbers, and after a silence the session ends: there is nothing to recover."""

    tries_at_first = 1

    def __init__(self, device: S7) -> None:
        try:
            import snap7
            from snap7.client import Client
        except ImportError as error:
            raise MissingLibrary(
                "S7 needs python-snap7, which is not installed here. Install the extra `s7`."
            ) from error
        # The library tells its troubles to the log and raises them as well.
        logging.getLogger(snap7.__name__).setLevel(logging.CRITICAL + 1)
        self._device = device
        self._client: Client = Client()
        try:
            self._client.connect(device.host, device.rack, device.slot, device.port)
        except snap7.error.S7Error as error:
            raise Trouble(
                f"{device.host}:{device.port} takes no S7 connection at rack {device.rack}, slot {device.slot}: "
                f"{error}. Check address, rack, slot, and that the control allows PUT/GET."
            ) from error
        self._wait_no_longer_than(device.timeout_s)

    def _wait_no_longer_than(self, seconds: float) -> None:
        iso = self._client.connection
        if iso is not None and iso.socket is not None:
            iso.socket.settimeout(seconds)

    def read(self, group: Group) -> Reply:
        from snap7.error import S7Error, S7ProtocolError
        from snap7.type import Area

        areas = {"M": Area.MK, "I": Area.PE, "Q": Area.PA}
        number = 0 if group.space in areas else int(group.space[2:])
        began = time.monotonic()
        try:
            data = self._client.read_area(areas.get(group.space, Area.DB), number, group.start, group.count)
        except S7ProtocolError as error:
            raise self._refusal(error) from error
        except (S7Error, OSError) as error:
            raise Trouble(f"{self._device.host}:{self._device.port} does not answer any more: {error}.") from error
        if len(data) != group.count:
            raise Trouble(f"{self._device.host} sent {len(data)} bytes of {group}, expected {group.count}.")
        return Reply(bytes(data), time.monotonic() - began)

    def _refusal(self, error: Exception) -> Exception:
        match = _RETURN_CODE.search(str(error))
        if match is None:
            return Trouble(f"{self._device.host}:{self._device.port} answered something unexpected: {error}.")
        code = int(match[1], 16)
        for_good = code in _FOR_GOOD
        return Declined(
            f"return code {code:#04x} ({_REFUSALS.get(code, 'not in the standard')})",
            Quality.CONFIGURATION_ERROR if for_good else Quality.DEVICE_FAILURE,
            for_good=for_good,
            may_be_split=code in _MAY_BE_SPLIT,
        )

    def value(self, one: Field, group: Group, reply: Reply) -> tuple[Value, int]:
        offset = one.place.start - group.start
        return value(one.place, reply.data[offset : offset + one.place.count])

    def recover(self) -> None:
        """Never needed: without an answer the session ends."""

    def gave_up(self) -> None:
        """Nobody shares this connection: nothing to say to anybody."""

    def close(self) -> None:
        self._client.disconnect()
