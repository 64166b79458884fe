"""What the engineer's page asks a gateway about a device, and what the gateway answers."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from telemetry.wire import Value

LARGEST_FOUND = 500


class Question(msgspec.Struct, kw_only=True):
    """`browse`: what lies under `address` (empty: at the top). `read`: the values at `addresses` now.

    `device` is a device's settings as in the gateway's configuration, known to the gateway or not yet.
    """

    id: int = 0
    kind: Literal["browse", "read"] = "browse"
    device: dict[str, Any]
    address: str = ""
    addresses: list[str] = []


class Found(msgspec.Struct, kw_only=True):
    """One thing in a device: a branch (`has_children`) or something a tag can be made of.

    `name` is short, `path` names its parents. `kind` as a tag's kind on the server. `meaning` is what the device
    itself says it is, in the words of its standard (an MTConnect type, a Sparkplug property, an OPC UA type).
    """

    address: str
    name: str
    path: str = ""
    has_children: bool = False
    kind: Literal["", "number", "text", "bool", "counter"] = ""
    type: str = ""
    unit: str = ""
    meaning: str = ""
    value: Value = None
    quality: int = 192


class Answer(msgspec.Struct, kw_only=True):
    """`trouble` is a sentence when the gateway could not look; `more` when not everything found is listed."""

    id: int = 0
    found: list[Found] = []
    more: bool = False
    trouble: str = ""


class Questions(msgspec.Struct, kw_only=True):
    """The server's answer to a waiting gateway: open questions, and the version its configuration has now."""

    config_version: int = 0
    questions: list[Question] = []
