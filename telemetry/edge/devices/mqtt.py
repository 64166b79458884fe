"""Plain MQTT topics of other programs and sensors."""

from __future__ import annotations

from typing import Annotated

import msgspec

from telemetry.edge.devices.common import Polled


class Mqtt(Polled, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="mqtt"):
    """A broker to listen at. A tag's address is `topic` or `topic#path.in.the.json`; `+` may stand for one level.

    `time_path`: where in the JSON the moment stands (ISO 8601, seconds or milliseconds); without it, the arrival.
    `client_id` names the session the broker keeps while this gateway is away; empty: made of the device's code and
    this computer.
    """

    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 1883
    tls: bool = False
    ca_file: str = ""
    user: str = ""
    password_file: str = ""
    time_path: str = ""
    client_id: Annotated[str, msgspec.Meta(max_length=120)] = ""
