"""OPC UA servers: machine controls, umati and Machinery interfaces."""

from __future__ import annotations

from typing import Literal

from telemetry.edge.devices.common import Polled


class OpcUa(Polled, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="opcua"):
    """`url` like opc.tcp://10.0.0.5:4840. A tag's address is a node id with its namespace's URI or number.

    Files are named relative to the gateway's folder; a password is read from `password_file`, never sent.
    """

    url: str
    security: Literal["none", "sign", "sign_and_encrypt"] = "sign_and_encrypt"
    user: str = ""
    password_file: str = ""
    trusted: str = "trust/opcua"
