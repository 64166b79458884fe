"""What an engineer asks an EtherNet/IP control: the list of its tags, where it gives one, and values now."""

from __future__ import annotations

from typing import Any, Literal

from telemetry.edge.devices import EthernetIp, Tag
from telemetry.edge.drivers.ethernetip.names import groups, place
from telemetry.edge.drivers.ethernetip.reading import Connection
from telemetry.edge.drivers.plan import readable
from telemetry.edge.drivers.polling import read_once
from telemetry.edge.drivers.session import Trouble
from telemetry.edge.questions import LARGEST_FOUND, Answer, Found, Question
from telemetry.wire import Quality, Value

Kind = Literal["", "number", "text", "bool", "counter"]

_NUMBERS = {
    *("SINT", "INT", "DINT", "LINT", "USINT", "UINT", "UDINT", "ULINT"),
    *("REAL", "LREAL", "BYTE", "WORD", "DWORD", "LWORD"),
}
_BETA = "EtherNet/IP (beta)"


def ask(device: EthernetIp, question: Question) -> Answer:
    """Lists the control's tags, the members of one, or reads names. Raises Trouble."""
    connection = Connection(device)
    try:
        if question.kind == "read":
            return _read(connection, question.addresses[:LARGEST_FOUND])
        try:
            listed = connection.plc.get_tag_list(program="*")
        except Exception as error:  # whatever the library makes of an answer it did not expect
            raise Trouble(
                f"{device.host} does not give the list of its tags. Type their names as they stand in its project, "
                "like Program:Main.PartCount."
            ) from error
    finally:
        connection.close()
    found = members(listed, question.address)
    return Answer(found=found[:LARGEST_FOUND], more=len(found) > LARGEST_FOUND)


def members(listed: list[dict[str, Any]], address: str) -> list[Found]:
    """What the uploaded list says lies under a tag; at the top, all tags of the control and its programs."""
    if not address:
        return [_found(tag["tag_name"], tag["tag_name"], "", tag) for tag in listed]
    tops = {tag["tag_name"]: tag for tag in listed}
    name = max(
        (one for one in tops if address == one or address.startswith((f"{one}.", f"{one}["))), default="", key=len
    )
    if not name:
        raise Trouble(f"The control has no tag {address!r} any more.")
    here = tops[name]
    for step in filter(None, address[len(name) :].split(".")):
        if step.startswith("["):
            here = {**here, "dim": 0}
            continue
        inside = _inside(here)
        bare = step.partition("[")[0]
        if bare not in inside:
            raise Trouble(f"The control has no {step!r} in {address!r} any more.")
        here = {**inside[bare], "dim": 0} if "[" in step else inside[bare]
    if _length(here):
        plain = {**here, "dim": 0, "dimensions": [0, 0, 0], "array": 0}
        return [_found(f"{address}[{at}]", f"[{at}]", address, plain) for at in range(_length(here))]
    return [_found(f"{address}.{one}", one, address, tag) for one, tag in _inside(here).items()]


def _inside(tag: dict[str, Any]) -> dict[str, Any]:
    """The visible members of a structure."""
    kind = tag.get("data_type")
    if not isinstance(kind, dict):
        return {}
    return {name: kind["internal_tags"][name] for name in kind["attributes"]}


def _length(tag: dict[str, Any]) -> int:
    """How many elements an array of one dimension has; larger ones are typed, not listed."""
    if tag.get("dim"):
        return int(tag["dimensions"][0]) if tag["dim"] == 1 else 0
    return int(tag.get("array") or 0)


def _found(address: str, name: str, path: str, tag: dict[str, Any]) -> Found:
    type_name = str(tag["data_type_name"])
    text = type_name == "STRING"
    branch = bool(_length(tag)) or (tag.get("tag_type") == "struct" and not text)
    kind: Kind = ""
    if not branch and not tag.get("dim"):
        kind = "text" if text else "bool" if type_name == "BOOL" else "number" if type_name in _NUMBERS else ""
    return Found(
        address=address, name=name, path=path, has_children=branch, kind=kind, type=type_name, meaning=_BETA, quality=32
    )


def _read(connection: Connection, asked: list[str]) -> Answer:
    tags = [Tag(name=one, address=one) for one in asked]
    fields, unreadable = readable(tags, place)
    values: dict[str, tuple[Value, int]] = read_once(connection, groups(fields))
    sentences = {tag.name: sentence for tag, sentence in unreadable}
    found = []
    for one in asked:
        number, quality = values.get(one, (None, int(Quality.CONFIGURATION_ERROR)))
        found.append(Found(address=one, name=one, value=number, quality=quality, meaning=sentences.get(one, _BETA)))
    return Answer(found=found)
