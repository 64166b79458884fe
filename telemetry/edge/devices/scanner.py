"""Barcode scanners on a serial line, or acting as a keyboard."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from telemetry.edge.devices.common import Polled


class Scanner(Polled, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="scanner"):
    """`port`: a serial port (/dev/ttyACM0), or for a keyboard wedge its event device (/dev/input/by-id/…-kbd).

    The one tag's address is `scan`. `layout` is the key layout the scanner was set to.
    """

    kind: Literal["serial", "keyboard"] = "serial"
    port: str
    baud: Annotated[int, msgspec.Meta(ge=300)] = 9600
    layout: Literal["us", "de"] = "us"
