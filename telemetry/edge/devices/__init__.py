"""What a gateway's configuration may say of a device: one kind of settings a protocol, told apart by `driver`."""

from telemetry.edge.devices.common import Polled, Tag
from telemetry.edge.devices.ethernetip import EthernetIp
from telemetry.edge.devices.folder import Folder
from telemetry.edge.devices.modbus import Modbus
from telemetry.edge.devices.mqtt import Mqtt
from telemetry.edge.devices.mtconnect import MTConnect
from telemetry.edge.devices.opcua import OpcUa
from telemetry.edge.devices.push import Push
from telemetry.edge.devices.replay import Replay
from telemetry.edge.devices.s7 import S7
from telemetry.edge.devices.scanner import Scanner
from telemetry.edge.devices.simulator import Simulator

Connected = OpcUa | Modbus | S7 | EthernetIp | Mqtt | MTConnect | Push | Scanner | Folder
"""Devices that exist outside this program: each is kept connected by `drivers.keeping`."""

Device = Simulator | Replay | Connected

_KINDS = (Simulator, Replay, OpcUa, Modbus, S7, EthernetIp, Mqtt, MTConnect, Push, Scanner, Folder)
DRIVERS = frozenset(str(kind.__struct_config__.tag) for kind in _KINDS)


def driver_of(device: Device) -> str:
    """The key of a device's driver, as it stands in the configuration."""
    return str(type(device).__struct_config__.tag)


__all__ = [
    "DRIVERS",
    "S7",
    "Connected",
    "Device",
    "EthernetIp",
    "Folder",
    "MTConnect",
    "Modbus",
    "Mqtt",
    "OpcUa",
    "Polled",
    "Push",
    "Replay",
    "Scanner",
    "Simulator",
    "Tag",
    "driver_of",
]
