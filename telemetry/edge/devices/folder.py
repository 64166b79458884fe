"""Files that machines drop into a folder."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from telemetry.edge.devices.common import Polled


class Folder(Polled, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="folder"):
    """CSV files in `path`. A tag's address is a column's heading. Read files move to `done`, unreadable to `refused`.

    A configuration from the server may only name folders below `drop` of gateway.toml. An empty `delimiter` is found
    out. `time_format` is written as in strptime (%d.%m.%Y %H:%M:%S); empty: ISO 8601, or seconds or milliseconds since
    1970. `time_zone` (Europe/Berlin) is that of times without one; empty: UTC. A file is read when it has not changed
    for `settle_s`. A tag's `type` may be "number" (words are bad cells) or "text" (digits stay words).
    """

    path: str
    pattern: str = "*.csv"
    delimiter: Literal["", ",", ";", "\t", "|"] = ""
    decimal: Literal[".", ","] = "."
    encoding: str = "utf-8"
    time_column: str
    time_format: str = ""
    time_zone: str = ""
    settle_s: Annotated[float, msgspec.Meta(ge=0)] = 2.0
