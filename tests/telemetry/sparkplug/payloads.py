"""Payloads as edge nodes build them, with our own types; the peers' payloads come from `tests/peers/spb_*.js`."""

from typing import Any

from telemetry.sparkplug.rules.schema import Payload
from telemetry.sparkplug.rules.values import Datatype

FIELDS = {
    Datatype.FLOAT: "float_value", Datatype.DOUBLE: "double_value", Datatype.BOOLEAN: "boolean_value",
    Datatype.STRING: "string_value", Datatype.INT64: "long_value", Datatype.UINT64: "long_value",
}  # fmt: skip


def metric(payload: Any, name: str = "", value: Any = None, kind: Datatype = Datatype.DOUBLE, **more: Any) -> Any:
    """Add a metric; `told=False` leaves the datatype out, as data messages may."""
    told = more.pop("told", True)
    added = payload.metrics.add(**more)
    if name:
        added.name = name
    if told:
        added.datatype = kind
    if value is None:
        added.is_null = True
    else:
        setattr(added, FIELDS.get(kind, "int_value"), value)
    return added


def payload(at_ms: int = 0, seq: int | None = None, **values: Any) -> Any:
    """A payload with double metrics by name."""
    made = Payload()
    if at_ms:
        made.timestamp = at_ms
    if seq is not None:
        made.seq = seq
    for name, value in values.items():
        metric(made, name, value)
    return made


def birth(
    at_ms: int, bd_seq: int | None = 0, seq: int = 0, aliases: dict[str, int] | None = None, **values: Any
) -> Any:
    """A node's birth."""
    made = payload(at_ms, seq, **values)
    if bd_seq is not None:
        metric(made, "bdSeq", bd_seq, Datatype.UINT64)
    for each in made.metrics:
        if aliases and each.name in aliases:
            each.alias = aliases[each.name]
    return made


def death(bd_seq: int | None = 0) -> Any:
    """A node's will."""
    made = Payload()
    if bd_seq is not None:
        metric(made, "bdSeq", bd_seq, Datatype.UINT64)
    return made
