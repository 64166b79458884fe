"""Machines that exist only in this program."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from telemetry.edge.devices.common import Code, Positive


class Simulator(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="simulator"):
    """A machine that exists only in this program. `prefix` defaults to the code: tags are `<prefix>.<name>`.

    `history_from` (a time with offset): the first start also sends the machine's life from then until now, once.
    """

    code: Code
    prefix: str = ""
    cycle_s: Positive = 20.0
    pattern: Literal["steady", "mixed", "troubled", "dark"] = "mixed"
    seed: int = 1
    speed: Positive = 1.0
    sample_s: Positive = 1.0
    scrap_rate: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.02
    amps: Positive = 8.0
    history_from: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
