"""Siemens S7 controls, read only (beta)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from telemetry.edge.devices.common import Polled


class S7(Polled, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="s7"):
    """A tag's address is `DB1.DBX0.3`, `DB1.DBB2`, `DB1.DBW4`, `DB1.DBD8`, `M10.0`, `MW12`, `I0.0`, `Q0.1`; its type
    says how the bytes are read (`int`, `uint`, `real`, `bool`, `string:<length>`).
    """

    host: str
    rack: Annotated[int, msgspec.Meta(ge=0, le=7)] = 0
    slot: Annotated[int, msgspec.Meta(ge=0, le=31)] = 1
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 102
