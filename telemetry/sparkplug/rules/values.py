"""What a raw value means by its datatype: signs, truth, texts. A doubtful number is refused, never guessed."""

import math
from enum import IntEnum
from typing import Final

from telemetry.wire import MAX_TEXT, Value


class Datatype(IntEnum):
    """The datatypes of Sparkplug B; 0 means that nobody said."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15
    DATASET = 16
    BYTES = 17
    FILE = 18
    TEMPLATE = 19


_WHOLE: Final = {
    Datatype.INT8: (8, True), Datatype.INT16: (16, True), Datatype.INT32: (32, True), Datatype.INT64: (64, True),
    Datatype.UINT8: (8, False), Datatype.UINT16: (16, False), Datatype.UINT32: (32, False),
    Datatype.UINT64: (64, False), Datatype.DATETIME: (64, False),
}  # fmt: skip
_TEXTS: Final = {Datatype.STRING, Datatype.TEXT, Datatype.UUID}
_BITS: Final = {"int_value": 32, "long_value": 64}
# What a tag can be made of, by datatype, in the words of a tag's kind.
_KINDS: Final = {
    **dict.fromkeys(_WHOLE, "number"), Datatype.FLOAT: "number", Datatype.DOUBLE: "number",
    Datatype.BOOLEAN: "bool", **dict.fromkeys(_TEXTS, "text"),
}  # fmt: skip


class NeedsType(Exception):
    """A whole number whose datatype nobody said yet: it could be negative."""


class NotAValue(Exception):
    """Bytes, a file, or something that its datatype cannot be."""


def kind_of(datatype: int) -> str:
    """number, bool or text; empty for what cannot be collected."""
    return _KINDS.get(datatype, "")  # type: ignore[call-overload,no-any-return]  # any number may arrive


def value_of(field: str, raw: object, datatype: int) -> Value:
    """The value in a field of a metric, by its datatype. Raises NeedsType and NotAValue."""
    if isinstance(raw, str):
        return _text(raw, datatype)
    if isinstance(raw, bool):
        return _truth(raw, datatype)
    if isinstance(raw, float):
        return _real(raw, datatype)
    if isinstance(raw, int):
        return _whole(field, raw, datatype)
    raise NotAValue("bytes are not collected")


def _text(raw: str, datatype: int) -> str:
    if datatype and datatype not in _TEXTS:
        raise NotAValue("a text came for a number")
    return raw.replace("\0", "")[:MAX_TEXT]


def _truth(raw: bool, datatype: int) -> bool:
    if datatype not in (Datatype.UNKNOWN, Datatype.BOOLEAN):
        raise NotAValue("on or off came for something else")
    return raw


def _real(raw: float, datatype: int) -> float:
    if datatype not in (Datatype.UNKNOWN, Datatype.FLOAT, Datatype.DOUBLE):
        raise NotAValue("a fraction came for something else")
    if not math.isfinite(raw):
        raise NotAValue("not a finite number")
    return raw


def _whole(field: str, raw: int, datatype: int) -> Value:
    if datatype == Datatype.UNKNOWN:
        raise NeedsType
    if datatype == Datatype.BOOLEAN and raw in (0, 1):
        return bool(raw)
    bits = _BITS[field]
    if datatype in (Datatype.FLOAT, Datatype.DOUBLE) and raw < 1 << (bits - 1):
        return float(raw)
    if datatype not in _WHOLE:
        raise NotAValue("a whole number came for something else")
    width, signed = _WHOLE[Datatype(datatype)]
    if signed and width > bits and raw >= 1 << (bits - 1):
        raise NotAValue("a long number came in a short field: its sign is lost")
    if signed:
        raw = _signed(raw, width, bits)
    low, high = (-(1 << (width - 1)), (1 << (width - 1)) - 1) if signed else (0, (1 << width) - 1)
    if not low <= raw <= high:
        raise NotAValue("the number does not fit its datatype")
    return raw


def _signed(raw: int, width: int, bits: int) -> int:
    """Senders either sign-extend to the field's width (Int8 -5 = 4294967291) or cut to the datatype's (251)."""
    if raw < 1 << width:
        return raw - (1 << width) if raw >= 1 << (width - 1) else raw
    return raw - (1 << bits)
