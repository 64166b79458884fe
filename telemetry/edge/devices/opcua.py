"""OPC UA servers: machine controls, umati and Machinery interfaces."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from telemetry.edge.devices.common import Polled

ServerUrl = Annotated[str, msgspec.Meta(pattern=r"^opc\.tcp://[^\s/@]+(/\S*)?$")]


class OpcUa(Polled, forbid_unknown_fields=True, kw_only=True, tag_field="driver", tag="opcua"):
    """`url` like opc.tcp://10.0.0.5:4840. A tag's address is a node id with its namespace's URI or number.

    `nsu=http://maker.example/press;s=Press.Current`, `ns=3;i=1201`, and `…[2]` for one element of an array.
    Files are named relative to the gateway's folder; a password is read from `password_file`, never sent in clear.
    `trusted` is the folder with the certificates of the servers this gateway may speak with; in its subfolder `own`
    is the gateway's own certificate, in `rejected` those of servers nobody has accepted yet.
    """

    url: ServerUrl
    security: Literal["none", "sign", "sign_and_encrypt"] = "sign_and_encrypt"
    user: str = ""
    password_file: str = ""
    trusted: str = "trust/opcua"
