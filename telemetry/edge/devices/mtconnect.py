"""MTConnect agents."""

from __future__ import annotations

from telemetry.edge.devices.common import Polled


class MTConnect(Polled, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="mtconnect"):
    """`url` of the agent, `device` its name or uuid there (empty: its only one). A tag's address is a dataItemId."""

    url: str
    device: str = ""
