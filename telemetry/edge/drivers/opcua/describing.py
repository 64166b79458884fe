"""What a node says of itself, as the engineer's page shows it."""

from __future__ import annotations

from typing import Literal

from telemetry.edge.drivers.opcua import library as ua
from telemetry.edge.drivers.opcua import values
from telemetry.edge.questions import Found
from telemetry.wire import Quality, Value

Kind = Literal["", "number", "text", "bool", "counter"]
_LONGEST_TEXT = 200


def fill(found: Found, said: ua.DataValue, element: str = "", *, whole: bool = False) -> None:
    """Value, quality, kind and type of one answer. `whole`: the answer is the array, not the element asked for."""
    code = int(said.StatusCode.value) if said.StatusCode is not None else 0
    found.quality = values.quality_of(code)
    found.type = type_of(said)
    raw = values.variant_of(said)
    if whole and isinstance(raw, list):
        raw, element = raw[int(element)], ""
    if element or whole:
        found.type = found.type.removesuffix("[]")
    try:
        value = values.plain(raw, element)
    except values.NoValue as refusal:
        found.quality, found.kind, found.meaning = int(Quality.CONFIGURATION_ERROR), "", f"{found.name} {refusal}"
        return
    found.value = value[:_LONGEST_TEXT] if isinstance(value, str) else value
    found.kind = kind_of(value)
    if code >> 31:
        found.meaning = f"The server says {ua.name_of(code)}."


def fill_variable(found: Found, said: ua.DataValue, type_name: str) -> None:
    """As `fill`, for a variable found by browsing, whose meaning is known. An array goes deeper: to its elements."""
    meaning = found.meaning
    fill(found, said)
    found.meaning = meaning
    if isinstance(values.variant_of(said), list):
        found.has_children = True
        found.quality = int(Quality.GOOD)
        found.type = f"{type_name}[]" if type_name else found.type
    elif type_name:
        found.type = type_name


def kind_of(value: Value) -> Kind:
    """What kind of tag could hold the value."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else ""


def type_of(said: ua.DataValue) -> str:
    """The name of the value's own type, with [] for an array."""
    if said.Value is None or said.Value.VariantType is None:
        return ""
    name = str(getattr(said.Value.VariantType, "name", ""))
    return "" if name == "Null" else name + ("[]" if isinstance(said.Value.Value, list) else "")
