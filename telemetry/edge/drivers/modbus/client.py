"""A thin wrapper around pymodbus: one request, one checked answer, or a sentence.

pymodbus is pinned exactly, because its names change between minor versions; only this file and `line` know them. Every
request ends by the client's own timeout: a request cancelled from outside leaves its answer to be read by the next one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from telemetry.edge.devices import Modbus
from telemetry.edge.drivers.modbus.registers import BIT_TABLES, Table
from telemetry.edge.drivers.session import MissingLibrary, Trouble

Client = Any
"""pymodbus types only half of its clients."""

_FUNCTIONS: dict[Table, int] = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}

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


class NoAnswer(Trouble):
    """No whole answer came in time."""


class Broken(NoAnswer):
    """Something came in time, but not a whole answer: the device lives, its line is bad."""


class Declined(Exception):
    """The device answered with an exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code} ({EXCEPTIONS.get(code, 'not in the standard')})")
        self.code = code


@dataclass(frozen=True, slots=True)
class Reply:
    """Registers or bits in the order of their addresses, and how long the device took."""

    data: Sequence[int] | Sequence[bool]
    seconds: float


class Connection(Protocol):
    """One device within reach, over a socket of its own or a shared line."""

    @property
    def tries_at_first(self) -> int:
        """So many requests without an answer, before there was any, mean that nobody is there."""

    def read(self, table: Table, start: int, count: int) -> Reply:
        """Raises NoAnswer, Declined, or Trouble when the connection is gone."""

    def recover(self) -> None:
        """After NoAnswer: makes sure that a late answer is never taken for the next one. Raises Trouble."""

    def gave_up(self) -> None:
        """The device is taken for silent; the session is about to end."""

    def close(self) -> None:
        """Lets go of the device. May be called from another thread, and twice."""


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


def exchange(client: Client, unit: int, table: Table, start: int, count: int, name: str) -> Reply:
    """One request for registers or bits. Raises NoAnswer, Declined, Trouble (the connection is gone).

    The function and the number of values of the answer are checked too: on a serial line an answer carries no number.
    """
    requests: dict[Table, Any] = {
        "coil": client.read_coils,
        "discrete": client.read_discrete_inputs,
        "holding": client.read_holding_registers,
        "input": client.read_input_registers,
    }
    began = time.monotonic()
    answer = guarded(lambda: requests[table](start, count=count, device_id=unit), name)
    seconds = time.monotonic() - began
    function = _FUNCTIONS[table]
    if answer.function_code == function | 0x80:
        raise Declined(answer.exception_code)
    data = answer.bits if table in BIT_TABLES else answer.registers
    expected = (count + 7) // 8 * 8 if table in BIT_TABLES else count
    if answer.function_code != function or len(data) != expected:
        raise NoAnswer(f"{name} answered something else than what was asked ({table}:{start}, {count} values).")
    return Reply(data[:count], seconds)


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

    def read(self, table: Table, start: int, count: int) -> Reply:
        time.sleep(max(self._last + self._device.pause_s - time.monotonic(), 0))
        try:
            return exchange(self._client, self._device.unit, table, start, count, self._name)
        finally:
            self._last = time.monotonic()

    def recover(self) -> None:
        self._client.close()
        self._client = self._connect()

    def gave_up(self) -> None:
        """Nobody shares this connection: nothing to say to anybody."""

    def close(self) -> None:
        self._client.close()
