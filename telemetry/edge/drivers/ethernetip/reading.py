"""Keeps one EtherNet/IP control polled, over pycomm3's driver. Nothing is ever written to a control.

Beta: proved with a simulated control only. pycomm3 reads a value by the type somebody uploaded or wrote down, and does
not look at the type the control sends with it; here the control's own word counts, so a wrong type cannot make a wrong
value, and a control that does not give its list of tags can be read too.
"""

from __future__ import annotations

import logging
import struct
import time
from typing import Any

from telemetry.edge.devices import EthernetIp
from telemetry.edge.drivers.ethernetip.names import NotAValue, groups, place, value
from telemetry.edge.drivers.plan import Field, Group, readable
from telemetry.edge.drivers.polling import Declined, Poller, Reply
from telemetry.edge.drivers.session import MissingLibrary, Out, Trouble
from telemetry.wire import Quality, Value

_HEAD = 24
_SUCCESS = 0
_NOT_THERE = {4: "there is no tag of this name", 5: "there is no tag of this name, or no such element of it"}
_TOO_LONG = {6, 0x11}
_NOT_KNOWN = 8


def session(device: EthernetIp, out: Out) -> None:
    """Polls a control until `out.stopping`. Raises Trouble when it does not answer."""
    fields, unreadable = readable(device.tags, place)
    connection = Connection(device)
    try:
        Poller(device.code, connection, out, groups(fields), unreadable).run()
    finally:
        connection.close()


class Connection:
    """One control. After a silence the session ends: there is nothing to recover."""

    tries_at_first = 1

    def __init__(self, device: EthernetIp) -> None:
        self._name = f"{device.host}:{device.port}"
        self.plc = _driver(device)
        try:
            opened = self.plc.open()
        except Exception as error:  # the library raises whatever an answer it did not expect makes of it
            self.close()
            raise Trouble(
                f"{self._name} takes no EtherNet/IP connection at slot {device.slot}: {_root(error)}. Check "
                "address and slot (0 where the control has no backplane)."
            ) from error
        if not opened:
            self.close()
            raise Trouble(f"{self._name} refused an EtherNet/IP session. It may have no connection left.")

    def read(self, group: Group) -> Reply:
        began = time.monotonic()
        try:
            answers = self._ask(group)
        except Exception as error:  # whatever it is, the connection cannot be trusted any more
            raise Trouble(f"{self._name} does not answer any more: {_root(error)}.") from error
        for one, answer in zip(group.fields, answers, strict=True):
            if answer.service_status != _SUCCESS:
                raise _refusal(one.tag.address, answer)
            try:
                value(answer.data, one.place.bit)
            except NotAValue as error:
                why = f"{one.tag.address}: {error}"
                raise Declined(why, Quality.CONFIGURATION_ERROR, for_good=True, may_be_split=True) from error
        return Reply([answer.data for answer in answers], time.monotonic() - began)

    def _ask(self, group: Group) -> list[Any]:
        from pycomm3.cip_driver import with_forward_open
        from pycomm3.packets.logix import MultiServiceRequestPacket, ReadTagRequestPacket, ReadTagResponsePacket

        class AsItCame(ReadTagResponsePacket):
            def _parse_reply(self, dont_parse: bool = True) -> None:
                super()._parse_reply(dont_parse=True)

        class Read(ReadTagRequestPacket):
            response_class = AsItCame

        connected: Any = with_forward_open
        connected(lambda _: None)(self.plc)
        numbers = self.plc._sequence
        requests: list[Any] = [Read(numbers, one.place.name, 1, {}, at, False) for at, one in enumerate(group.fields)]
        if len(requests) == 1 or self.plc._micro800:
            return [self.plc.send(request) for request in requests]
        for request in requests:
            request.build_message()
        together = self.plc.send(MultiServiceRequestPacket(numbers, requests))
        # Refused as a whole: what the control says of all of them counts for each.
        return list(together.responses) if len(together.responses) == len(requests) else [together] * len(requests)

    def value(self, one: Field, group: Group, reply: Reply) -> tuple[Value, int]:
        return value(reply.data[one.place.start - group.start], one.place.bit)

    def recover(self) -> None:
        """Never needed: without an answer the session ends."""

    def gave_up(self) -> None:
        """Nobody shares this connection: nothing to say to anybody."""

    def close(self) -> None:
        try:
            self.plc.close()
        except Exception as error:  # noqa: BLE001 - a connection that cannot be closed politely is closed all the same
            logging.getLogger("millwright.edge.driver").debug("%s: closing said %s.", self._name, error)


def _driver(device: EthernetIp) -> Any:
    try:
        import pycomm3
        from pycomm3.socket_ import Socket
    except ImportError as error:
        raise MissingLibrary(
            "EtherNet/IP needs pycomm3, which is not installed here. Install the extra `ethernetip`."
        ) from error

    class WholeAnswers(Socket):
        def receive(self, timeout: float = 0) -> bytes:
            # The library's own would go round for ever when the control hangs up in the middle of an answer.
            head = _exactly(self.sock, _HEAD)
            return head + _exactly(self.sock, struct.unpack_from("<H", head, 2)[0])

    socket_kind: Any = WholeAnswers  # the library's classes are typed in parts only
    # The library tells its troubles to the log and raises them as well.
    logging.getLogger(pycomm3.__name__).setLevel(logging.CRITICAL + 1)
    plc: Any = pycomm3.LogixDriver(f"{device.host}:{device.port}/{device.slot}", init_tags=False)
    plc.socket_timeout = device.timeout_s
    plc._sock = socket_kind(device.timeout_s)
    return plc


def _exactly(sock: Any, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = sock.recv(count - len(data))
        if not part:
            raise ConnectionError("it hung up")
        data += part
    return data


def _root(error: BaseException) -> str:
    """The first cause, in its own words: the library wraps it several times."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__


def _refusal(address: str, answer: Any) -> Declined:
    status = answer.service_status
    for_good = status in _NOT_THERE or status in _TOO_LONG or status == _NOT_KNOWN
    why = _NOT_THERE.get(status) or answer.error or "no reason given"
    quality = Quality.CONFIGURATION_ERROR if for_good else Quality.DEVICE_FAILURE
    return Declined(f"{address}: {why} (status {status})", quality, for_good=for_good, may_be_split=True)
