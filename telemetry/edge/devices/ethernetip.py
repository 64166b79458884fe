"""EtherNet/IP controls (Rockwell Logix), read only (beta)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from telemetry.edge.devices.common import Polled


class EthernetIp(Polled, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="ethernetip"):
    """A tag's address is its name in the control, like `Program:Main.PartCount`, `Speeds[3]` or `Status.4` for one bit.

    The control itself says the type, so tags need none. Beta: proved with a simulated control only.
    """

    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 44818
    slot: Annotated[int, msgspec.Meta(ge=0, le=31)] = 0
