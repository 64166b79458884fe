"""A thin wrapper around pymodbus: one request, one checked answer, or a sentence.

pymodbus is pinned exactly, because its names change between minor versions; only this file and `line` know them. Every
request ends by the client's own timeout: a request cancelled from outside leaves its answer to be read by the next one.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from telemetry.edge.devices import Modbus
from telemetry.edge.drivers.modbus.registers import BIT_TABLES, value
from telemetry.edge.drivers.plan import Field, Group
from telemetry.edge.drivers.polling import Declined, NoAnswer, Reply
from telemetry.edge.drivers.session import MissingLibrary, Trouble
from telemetry.wire import Quality, Value

Client = Any
"""pymodbus types only half of its clients."""

_FUNCTIONS = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}

EXCEPTIONS = {
    1: "illegal function: the device does not have this kind of register",
    2: "illegal address: not all of these registers exist",
    3: "illegal value: so many registers at once are not allowed",
    4: "device failure",
    5: "accepted, but not done yet",
    6: "device busy",
    8: "memory parity error",
    10: "the gateway has no way to this unit",
    11: "the unit behind the gateway does not answer",
}
_MAY_BE_SPLIT, _FOR_GOOD, _NO_WAY = {2, 3}, {1, 2, 3}, {10, 11}


def declined(code: int) -> Declined:
    """What an exception code means."""
    quality = Quality.NO_COMMUNICATION if code in _NO_WAY else Quality.DEVICE_FAILURE
    return Declined(
        f"exception {code} ({EXCEPTIONS.get(code, 'not in the standard')})",
        Quality.CONFIGURATION_ERROR if code in _FOR_GOOD else quality,
        for_good=code in _FOR_GOOD,
        may_be_split=code in _MAY_BE_SPLIT,
    )


def library() -> None:
    """Refuses with a sentence where pymodbus or pyserial is missing, and keeps its packet traces out of our log."""
    try:
        import pymodbus.client
        import serial  # noqa: F401 - pymodbus only finds out at the first use
    except ImportError as error:
        raise MissingLibrary(
            f"Modbus needs {error.name or 'pymodbus'}, which is not installed here. Install the extra `modbus`."
        ) from error
    logging.getLogger(pymodbus.logging.__name__).setLevel(logging.CRITICAL + 1)


def exchange(client: Client, unit: int, group: Group, name: str) -> Reply:
    """One request for registers or bits. Raises NoAnswer, Declined, Trouble (the connection is gone).

    The function and the number of values of the answer are checked too: on a serial line an answer carries no number.
    """
    requests = {
        "coil": client.read_coils,
        "discrete": client.read_discrete_inputs,
        "holding": client.read_holding_registers,
        "input": client.read_input_registers,
    }
    began = time.monotonic()
    answer = guarded(lambda: requests[group.space](group.start, count=group.count, device_id=unit), name)
    seconds = time.monotonic() - began
    function = _FUNCTIONS[group.space]
    if answer.function_code == function | 0x80:
        raise declined(answer.exception_code)
    are_bits = group.space in BIT_TABLES
    data = answer.bits if are_bits else answer.registers
    expected = (group.count + 7) // 8 * 8 if are_bits else group.count
    if answer.function_code != function or len(data) != expected:
        raise NoAnswer(f"{name} answered something else than what was asked ({group}).")
    return Reply(data[: group.count], seconds)


def guarded(request: Any, name: str) -> Any:
    """Calls pymodbus once; its many ways to fail become two: NoAnswer, or Trouble when the connection is gone."""
    from pymodbus.exceptions import ConnectionException, ModbusException

    try:
        return request()
    except ConnectionException as error:
        raise Trouble(f"{name} closed the connection.") from error
    except ModbusException as error:
        raise NoAnswer(f"{name} did not answer in time.") from error
    except OSError as error:
        raise Trouble(f"The connection to {name} broke: {error.strerror or error}.") from error


def decoded(device: Modbus, one: Field, group: Group, reply: Reply) -> tuple[Value, int]:
    """Value and quality of one field of an answered group."""
    offset = one.place.start - group.start
    return value(one.place, device.words, reply.data[offset : offset + one.place.count])


class TcpConnection:
    """One device over TCP. Transaction numbers tell late answers apart; after a silence the socket is new anyway."""

    tries_at_first = 3

    def __init__(self, device: Modbus) -> None:
        self._device = device
        self._name = f"{device.host}:{device.port} unit {device.unit}"
        self._last = 0.0
        self._client = self._connect()

    def _connect(self) -> Client:
        from pymodbus.client import ModbusTcpClient

        device = self._device
        client: Client = ModbusTcpClient(device.host, port=device.port, timeout=device.timeout_s, retries=0)
        if not client.connect():
            raise Trouble(
                f"{device.host}:{device.port} takes no connection. Expected a Modbus device there: "
                "check address, port, cable, and how many connections it allows."
            )
        return client

    def read(self, group: Group) -> Reply:
        time.sleep(max(self._last + self._device.pause_s - time.monotonic(), 0))
        try:
            return exchange(self._client, self._device.unit, group, self._name)
        finally:
            self._last = time.monotonic()

    def value(self, one: Field, group: Group, reply: Reply) -> tuple[Value, int]:
        return decoded(self._device, one, group, reply)

    def recover(self) -> None:
        self._client.close()
        self._client = self._connect()

    def gave_up(self) -> None:
        """Nobody shares this connection: nothing to say to anybody."""

    def close(self) -> None:
        self._client.close()
