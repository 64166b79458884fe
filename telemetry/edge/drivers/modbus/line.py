"""Serial lines: several devices share one port, take turns, and a dead one does not slow the others."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from telemetry.edge.devices import Modbus
from telemetry.edge.drivers.modbus.client import Client, decoded, exchange, guarded
from telemetry.edge.drivers.plan import Field, Group
from telemetry.edge.drivers.polling import Broken, Declined, NoAnswer, Reply
from telemetry.edge.drivers.session import Trouble
from telemetry.wire import Value

SHARE_OF_SILENCE = 20
"""While others answer, silent devices are asked again after so many times what it cost: they take at most 5 %."""
_LONGEST_PAUSE_S = 60.0
_QUIET_CHARACTERS = 3.5
_SHORTEST_QUIET_S = 0.00175
_ECHO = 8
_FENCE_TRIES = 3


class Line:
    """One serial port of this process. Its users wait for their turn in the order they came."""

    def __init__(self, port: str) -> None:
        self.port = port
        self.users: list[Modbus] = []
        self.answering: set[int] = set()
        self.silent: set[int] = set()
        self._client: Client | None = None
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._quiet_until = 0.0
        self._came_in = 0
        self._ask_silent_at = 0.0

    @contextmanager
    def turn(self, device: Modbus, closed: threading.Event) -> Iterator[Client]:
        """The port, for one request, after the silence that separates two frames.

        Raises Trouble when `closed` while waiting, when the port cannot be opened, and for a device that does not
        answer while others do: not yet.
        """
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            self._changed.wait_for(lambda: self._waiting[0] is ticket or closed.is_set())
        try:
            if closed.is_set():
                raise Trouble(f"The connection over {self.port} was closed.")
            self._spare_the_others(device)
            client = self._open(device)
            # The client is shared, the patience is each device's own; pymodbus reads it anew for each request.
            client.comm_params.timeout_connect = device.timeout_s
            time.sleep(max(self._quiet_until - time.monotonic(), 0))
            try:
                self._came_in = 0
                yield client
            except NoAnswer as silence:
                if self._came_in:
                    raise Broken(f"{silence} What came in was broken: check cable, termination and speed.") from None
                raise
            except Declined:
                raise
            except BaseException:
                # Whatever a serial library raises when an adapter is pulled out: the next request opens the port anew.
                self.drop()
                raise
            finally:
                quiet = max(_QUIET_CHARACTERS * 11 / device.baud, _SHORTEST_QUIET_S, device.pause_s)
                self._quiet_until = time.monotonic() + quiet
        finally:
            with self._changed:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def wake(self) -> None:
        """Lets those who wait for their turn see that they were closed."""
        with self._changed:
            self._changed.notify_all()

    def _spare_the_others(self, device: Modbus) -> None:
        waits = time.monotonic() < self._ask_silent_at
        if waits and self.answering - {device.unit} and device.unit in self.silent:
            raise Trouble(
                f"Unit {device.unit} on {self.port} does not answer. While others on its line answer, silent "
                "units are asked seldom and one at a time."
            )

    def answered(self, device: Modbus) -> None:
        """A device answered: it is asked whenever it wants to be."""
        self.answering.add(device.unit)
        self.silent.discard(device.unit)

    def fell_silent(self, device: Modbus) -> None:
        """A device did not answer several times: while others answer it has to wait."""
        self.answering.discard(device.unit)
        self.silent.add(device.unit)
        self._ask_silent_at = time.monotonic() + min(SHARE_OF_SILENCE * device.timeout_s, _LONGEST_PAUSE_S)

    def _open(self, device: Modbus) -> Client:
        from pymodbus.client import ModbusSerialClient

        if self._client is None:
            client: Client = ModbusSerialClient(
                self.port,
                baudrate=device.baud,
                parity=device.parity,
                stopbits=device.stop_bits,
                timeout=device.timeout_s,
                retries=0,
                trace_packet=self._listen,
            )
            if not client.connect():
                raise Trouble(_why_closed(self.port))
            self._client = client
        return self._client

    def _listen(self, sending: bool, data: bytes) -> bytes:
        self._came_in += 0 if sending else len(data)
        return data

    def drop(self) -> None:
        """Closes the port; the next request opens it anew."""
        if self._client is not None:
            self._client.close()
            self._client = None


_lines: dict[str, Line] = {}
_lines_lock = threading.Lock()


def _join(device: Modbus) -> Line:
    with _lines_lock:
        line = _lines.setdefault(os.path.realpath(device.serial), Line(device.serial))
        for other in line.users:
            if (other.baud, other.parity, other.stop_bits) != (device.baud, device.parity, device.stop_bits):
                raise Trouble(
                    f"Device {other.code} uses {device.serial} with {other.baud} baud, parity {other.parity}, "
                    f"{other.stop_bits} stop bits. Expected the same here: one line has one setting."
                )
            if other.unit == device.unit:
                raise Trouble(f"Device {other.code} is unit {device.unit} of {device.serial} already.")
        line.users.append(device)
        return line


def _leave(line: Line, device: Modbus) -> None:
    with _lines_lock:
        line.users = [other for other in line.users if other is not device]
        line.answering.discard(device.unit)
        if not line.users:
            line.drop()
            _lines.pop(os.path.realpath(device.serial), None)


class SerialConnection:
    """One device on a line."""

    def __init__(self, device: Modbus) -> None:
        self._device = device
        self._name = f"Unit {device.unit} on {device.serial}"
        self._closed = threading.Event()
        self._line = _join(device)

    @property
    def tries_at_first(self) -> int:
        return 1 if self._line.answering else 2

    def read(self, group: Group) -> Reply:
        with self._line.turn(self._device, self._closed) as client:
            try:
                reply = exchange(client, self._device.unit, group, self._name)
            except Declined:
                self._line.answered(self._device)
                raise
        self._line.answered(self._device)
        return reply

    def value(self, one: Field, group: Group, reply: Reply) -> tuple[Value, int]:
        return decoded(self._device, one, group, reply)

    def recover(self) -> None:
        """Sends an echo request with a number of its own: once it comes back, no older answer is under way.

        Answers on a serial line look all alike, so one that comes late would be taken for the next one. A device that
        has no echo says so with an exception, which is as good. Raises NoAnswer.
        """
        for _ in range(_FENCE_TRIES):
            mark = secrets.token_bytes(2)
            with self._line.turn(self._device, self._closed) as client:
                answer = guarded(partial(client.diag_query_data, mark, device_id=self._device.unit), self._name)
            if answer.function_code == _ECHO | 0x80 or getattr(answer, "message", None) == mark:
                return
            # Something older came. The echo follows it; both are thrown away before the next try.
            self._closed.wait(self._device.timeout_s)
        raise NoAnswer(f"{self._name} sends answers nobody asked for. Expected one master on the line.")

    def gave_up(self) -> None:
        self._line.fell_silent(self._device)

    def close(self) -> None:
        self._closed.set()
        self._line.wake()
        _leave(self._line, self._device)


def _why_closed(port: str) -> str:
    if not Path(port).exists():
        return f"The serial port {port} is not there. Expected a name like /dev/ttyUSB0; check the adapter."
    if not os.access(port, os.R_OK | os.W_OK):
        return f"This program may not use {port}. Expected its user in the group that owns it (mostly 'dialout')."
    return f"The serial port {port} cannot be opened. Another program, or another part of this one, may be using it."
