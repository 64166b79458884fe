"""What the settings of all devices have in common."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from telemetry.wire import Value

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"^[^\s|/\\]+$")]
TagName = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\s\x00]+$")]


class Tag(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One stream of values: where in the device it is found, and how the raw value becomes a reading.

    `name` is the tag's name on the server, `address` the place in the device (node id, register, topic, path …).
    A number is sent as raw * `scale` + `offset`; a raw word or number found in `values` (as text: "3", "true") is
    replaced and sent as it stands there.
    A value is sent when it changed by more than `deadband` (engineering units), and every `repeat_s` anyhow;
    `period_s` is how often the device is asked, or asked to look. Lane "e" is for scans and alarms.
    `type` says how raw bytes are read where the protocol itself does not (Modbus, S7).
    """

    name: TagName
    address: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
    type: str = ""
    lane: Literal["s", "e"] = "s"
    period_s: Positive = 1.0
    scale: float = 1.0
    offset: float = 0.0
    values: dict[str, Value] = {}
    deadband: NotNegative = 0.0
    repeat_s: Positive = 60.0


class Polled(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A device with tags. `timeout_s`: how long one answer may take."""

    code: Code
    tags: list[Tag] = []
    timeout_s: Positive = 3.0
