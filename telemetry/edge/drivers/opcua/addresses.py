"""Node ids as people write them: with a namespace's URI or number, and with the element of an array in brackets."""

from __future__ import annotations

import binascii
import re
import uuid
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import unquote

from telemetry.edge.drivers.opcua import library as ua

_WRITTEN = re.compile(r"(?:nsu=(?P<uri>[^;]+);|ns=(?P<index>\d{1,5});)?(?P<kind>[isgb])=(?P<name>.+)", re.DOTALL)
_ELEMENT = re.compile(r"(?P<node>.+)\[(?P<element>\d+(?:,\d+)*)\]", re.DOTALL)


class BadAddress(ValueError):
    """An address that names no node of this server; its sentence says why."""


class Place(NamedTuple):
    """A node, and the element of its array as an index range ("" for the whole value)."""

    node: ua.NodeId
    element: str = ""


def places(address: str, namespaces: Sequence[str]) -> list[Place]:
    """What an address can mean, the likelier first. Raises BadAddress.

    Brackets at the end can be part of a name: some controls show each element of an array as a node of its own,
    `s=MAIN.speed[2]`. So the address is first taken as it stands; numbers and GUIDs have no brackets.
    """
    with_element = _ELEMENT.fullmatch(address)
    if with_element is None:
        return [Place(node_id(address, namespaces))]
    found = [Place(node_id(with_element["node"], namespaces), with_element["element"])]
    if re.search(r"(^|;)s=", address):
        found.insert(0, Place(node_id(address, namespaces)))
    return found


def node_id(address: str, namespaces: Sequence[str]) -> ua.NodeId:
    """The node id of an address without element. Namespaces are looked up: their numbers move between restarts."""
    written = _WRITTEN.fullmatch(address.strip())
    if written is None:
        raise BadAddress(f"{address!r} is no node id. Expected something like nsu=http://…;s=Name, ns=2;i=1001.")
    index = int(written["index"] or 0)
    if written["uri"] is not None:
        uri = unquote(written["uri"])
        if uri not in namespaces:
            raise BadAddress(f"{address!r}: the server has no namespace {uri!r}.")
        index = list(namespaces).index(uri)
    try:
        return _made(written["kind"], written["name"], index)
    except (ValueError, binascii.Error, ua.UaError) as error:
        raise BadAddress(f"{address!r} is no node id: {error}.") from error


def _made(kind: str, name: str, index: int) -> ua.NodeId:
    if kind == "i":
        if not 0 <= int(name) < 2**32:
            raise ValueError("the number is out of range")
        return ua.node(int(name), index)
    if kind == "g":
        return ua.node(uuid.UUID(name), index)
    if kind == "b":
        return ua.node(b64decode(name, validate=True), index)
    return ua.node(name, index)


def written(node: ua.NodeId, namespaces: Sequence[str]) -> str:
    """A node id as an address that stays true when the server's namespaces get other numbers."""
    index = int(node.NamespaceIndex)
    # References may name the namespace itself instead of its number.
    named = str(getattr(node, "NamespaceUri", None) or "")
    if named in namespaces:
        index = list(namespaces).index(named)
    start = ""
    if index:
        uri = namespaces[index] if index < len(namespaces) else ""
        start = f"nsu={uri.replace('%', '%25').replace(';', '%3B')};" if uri else f"ns={index};"
    identifier = node.Identifier
    if isinstance(identifier, int):
        return f"{start}i={identifier}"
    if isinstance(identifier, uuid.UUID):
        return f"{start}g={identifier}"
    if isinstance(identifier, bytes):
        return f"{start}b={b64encode(identifier).decode()}"
    return f"{start}s={identifier}"
