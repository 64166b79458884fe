"""Files that machines drop into a folder."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from telemetry.edge.devices.common import Polled


class Folder(Polled, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="folder"):
    """CSV files in `path`. A tag's address is a column's heading. Read files move to `done`, unreadable to `refused`.

    A configuration from the server may only name folders below `drop` of gateway.toml.
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
