"""Keeps one Modbus device polled."""

from __future__ import annotations

from telemetry.edge.devices import Modbus
from telemetry.edge.drivers.modbus.client import TcpConnection, library
from telemetry.edge.drivers.modbus.line import SerialConnection
from telemetry.edge.drivers.modbus.registers import limits, place
from telemetry.edge.drivers.plan import groups, readable
from telemetry.edge.drivers.polling import Connection, Poller
from telemetry.edge.drivers.session import Out, Trouble


def session(device: Modbus, out: Out) -> None:
    """Polls a device until `out.stopping`. Raises Trouble when it does not answer."""
    library()
    fields, unreadable = readable(device.tags, place)
    connection = connect(device)
    try:
        Poller(device.code, connection, out, groups(fields, limits), unreadable).run()
    finally:
        connection.close()


def connect(device: Modbus) -> Connection:
    """Raises Trouble when nothing is there."""
    if bool(device.host) == bool(device.serial):
        raise Trouble(f"Device {device.code} has host {device.host!r} and serial {device.serial!r}. Expected one.")
    return TcpConnection(device) if device.host else SerialConnection(device)
