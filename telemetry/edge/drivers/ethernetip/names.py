"""Names of tags in a Logix control, and what the bytes of an answer mean: the control says the type with each value."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from telemetry.edge.drivers.plan import BadAddress, Field, Group
from telemetry.wire import Quality, Value

MOST_TAGS = 20
"""So many numbers fit into the smallest packets (500 bytes); answers that do not are asked for in halves."""

_WORD = r"[A-Za-z_]\w*(?:\[\d+(?:,\d+){0,2}\])?"
_NAME = re.compile(rf"((?:Program:\w+\.)?{_WORD}(?:\.{_WORD})*)(?:\.(\d{{1,2}}))?")

_BOOL, _SHORT_STRING, _STRUCTURE, _STRING = 0xC1, 0xDA, 0x02A0, 0x0FCE
_FORMATS = {
    0xC2: "<b",
    0xC3: "<h",
    0xC4: "<i",
    0xC5: "<q",
    0xC6: "<B",
    0xC7: "<H",
    0xC8: "<I",
    0xC9: "<Q",
    0xCA: "<f",
    0xCB: "<d",
    0xD1: "<B",
    0xD2: "<H",
    0xD3: "<I",
    0xD4: "<Q",
}
_FLOATS = {0xCA, 0xCB}


class NotAValue(Exception):
    """The bytes are of something that is not one value; the sentence says what to ask for instead."""


@dataclass(frozen=True, slots=True)
class Place:
    """A name in the control; `bit` is one bit of a whole number, 0 the lowest."""

    name: str
    bit: int | None = None


def place(address: str, type_name: str = "") -> Place:
    """Reads an address like `Program:Main.PartCount`. The control itself knows the type. Raises BadAddress."""
    match = _NAME.fullmatch(address.strip())
    if match is None:
        raise BadAddress(
            f"{address!r} is not the name of a tag in a control. Expected 'PartCount', 'Program:Main.PartCount', "
            "'Speeds[3]', 'Motor.Current', or 'Status.4' for one bit."
        )
    return Place(match[1], None if match[2] is None else int(match[2]))


def groups(fields: Iterable[Field]) -> list[Group]:
    """At most 20 tags of one period share a request; `start` of a group is only a number to tell groups apart."""
    found: list[Group] = []
    number = 0
    for period_s, members in groupby(
        sorted(fields, key=lambda one: one.tag.period_s), key=lambda one: one.tag.period_s
    ):
        same = list(members)
        for start in range(0, len(same), MOST_TAGS):
            chosen = [_numbered(one, number + at) for at, one in enumerate(same[start : start + MOST_TAGS])]
            found.append(Group("tags", number, len(chosen), period_s, chosen))
            number += len(chosen)
    return found


@dataclass(frozen=True, slots=True)
class Numbered:
    """A place with its number in the plan, by which a group's answers are told apart."""

    name: str
    bit: int | None
    start: int
    count: int = 1
    space: str = "tags"

    @property
    def end(self) -> int:
        """The number after this one."""
        return self.start + 1


def _numbered(one: Field, number: int) -> Field:
    return Field(one.tag, Numbered(one.place.name, one.place.bit, number))


def value(data: bytes, bit: int | None = None) -> tuple[Value, int]:
    """The value and quality of an answer: two bytes of type, then the value. Raises NotAValue."""
    try:
        return _value(data, bit), Quality.GOOD
    except (struct.error, IndexError) as error:
        raise NotAValue(f"the answer is cut off: {data.hex(' ')}") from error


def _value(data: bytes, bit: int | None) -> Value:
    (code,) = struct.unpack_from("<H", data)
    if code in _FORMATS:
        (number,) = struct.unpack_from(_FORMATS[code], data, 2)
        if bit is None:
            return float(number) if code in _FLOATS else int(number)
        if code in _FLOATS or bit >= 8 * struct.calcsize(_FORMATS[code]):
            raise NotAValue(f"it has no bit {bit}. Expected a whole number with that many bits")
        return bool(number >> bit & 1)
    if bit is not None:
        raise NotAValue(f"it has no bit {bit}. Expected a whole number")
    if code == _BOOL:
        return data[2] != 0
    if code == _SHORT_STRING:
        return _text(data[3 : 3 + data[2]], data[2])
    if code == _STRUCTURE and struct.unpack_from("<H", data, 2)[0] == _STRING:
        (length,) = struct.unpack_from("<i", data, 4)
        return _text(data[8 : 8 + max(length, 0)], length)
    if code == _STRUCTURE:
        raise NotAValue("it is a structure. Expected one of its members, like Motor.Current")
    raise NotAValue(f"its type {code:#06x} is not known. Expected a number, a bool or a string")


def _text(data: bytes, length: int) -> str:
    if len(data) != length:
        raise NotAValue("it is a string longer than its answer")
    return data.decode("latin-1")
