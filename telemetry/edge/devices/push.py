"""Devices that post their values to this gateway."""

from __future__ import annotations

from typing import Annotated

import msgspec

from telemetry.edge.devices.common import Polled


class Push(Polled, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="push"):
    """Listens on `bind`:`port` for JSON posts with a token of `token_file`. A tag's address is a path in the JSON.

    `token_file` has one token a line, so that a new one can be valid beside the old. `time_path` is the moment's place
    in the JSON; without it, the arrival. With `certificate_file` and `key_file` (PEM) it listens with TLS.
    """

    bind: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    token_file: str
    time_path: str = ""
    certificate_file: str = ""
    key_file: str = ""
