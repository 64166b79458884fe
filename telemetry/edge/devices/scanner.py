"""Barcode scanners on a serial line, or acting as a keyboard."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from telemetry.edge.devices.common import Polled

Mark = Annotated[str, msgspec.Meta(max_length=20)]


class Scanner(Polled, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="scanner"):
    """`port`: a serial port (/dev/ttyACM0), or for a keyboard wedge its event device (/dev/input/by-id/…-event-kbd).

    The one tag's address is `scan`; its lane should be "e", so that no scan is ever left out. `layout` is the key
    layout the scanner was set to. `terminator` ends a scan on a serial line (any: CR, LF or both). `prefix` and
    `suffix` are what the scanner was told to put around each code; a scan without them is dropped as incomplete.
    """

    kind: Literal["serial", "keyboard"] = "serial"
    port: str
    baud: Annotated[int, msgspec.Meta(ge=300)] = 9600
    layout: Literal["us", "de"] = "us"
    terminator: Literal["any", "cr", "lf", "crlf"] = "any"
    prefix: Mark = ""
    suffix: Mark = ""
