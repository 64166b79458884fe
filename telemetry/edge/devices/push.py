"""Devices that post their values to this gateway."""

from __future__ import annotations

from typing import Annotated

import msgspec

from telemetry.edge.devices.common import Polled


class Push(Polled, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="push"):
    """Listens on `bind`:`port` for JSON posts with the token of `token_file`. A tag's address is a path in the JSON."""

    bind: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    token_file: str
    time_path: str = ""
