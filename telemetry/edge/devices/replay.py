"""Recorded logs."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from telemetry.edge.devices.common import Code, NotNegative


class Replay(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="replay"):
    """Recorded logs played again. `prefix` stands before each key as it is; `speed` 0 = as fast as possible."""

    code: Code
    files: Annotated[list[str], msgspec.Meta(min_length=1)]
    prefix: str = ""
    order: Literal["name", "random"] = "name"
    seed: int = 1
    speed: NotNegative = 1.0
    clock: Literal["original", "shifted"] = "original"
    repeat: bool = False
