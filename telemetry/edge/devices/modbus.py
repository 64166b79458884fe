"""Modbus over TCP or a serial line."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from telemetry.edge.devices.common import NotNegative, Polled, Positive

UnitId = Annotated[int, msgspec.Meta(ge=0, le=255)]
# Only a device file: the serial library also takes addresses that open sockets or write files.
SerialPort = Annotated[str, msgspec.Meta(pattern=r"^(/dev/(?!.*\.\.)[\w./:-]+)?$")]


class Modbus(Polled, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="modbus"):
    """Either `host` (TCP) or `serial` (RTU, like /dev/ttyUSB0). A tag's address is `holding:100`, `input:3`,
    `coil:0`, `discrete:7`, or `holding:100.4` for one bit; its type is `int16 uint16 int32 uint32 int64 uint64
    float32 float64 bool string:<registers>`. `words`: which word of a longer number comes first.

    Addresses count from 0 as on the wire: register 40101 of a manual is mostly `holding:100`. Devices with the same
    `serial` share the line, and must agree on its `baud`, `parity` and `stop_bits`. `pause_s` lies between two
    requests to this device.
    """

    host: str = ""
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 502
    serial: SerialPort = ""
    baud: Annotated[int, msgspec.Meta(ge=300)] = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    unit: UnitId = 1
    words: Literal["big", "little"] = "big"
    pause_s: NotNegative = 0.0
    timeout_s: Positive = 1.0
