"""Siemens S7 controls, read only (beta)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from telemetry.edge.devices.common import Polled


class S7(Polled, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="s7"):
    """A tag's address is `DB1.DBX0.3`, `DB1.DBB2`, `DB1.DBW4`, `DB1.DBD8`, `M10.0`, `MW12`, `I0.0`, `Q0.1`; its type
    says how the bytes are read: `bool`, `int` and `uint` (as long as the address: byte, word, double word), `real`
    (DBD), `lreal` (eight bytes from a DBD), `string:<length>` (a STRING that begins at a DBB).

    Beta: proved with a simulated control only. S7-1200 and 1500 must allow PUT/GET, and their blocks must not be
    optimised. Rack and slot: 0 and 1 for S7-1200 and 1500, 0 and 2 for S7-300 and most 400.
    """

    host: str
    rack: Annotated[int, msgspec.Meta(ge=0, le=7)] = 0
    slot: Annotated[int, msgspec.Meta(ge=0, le=31)] = 1
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 102
