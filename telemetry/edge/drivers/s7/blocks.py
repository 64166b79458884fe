"""Where a value stands in an S7 control, and how its bytes are read."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from telemetry.edge.drivers.plan import BadAddress
from telemetry.wire import Quality, Value

MOST_BYTES, WIDEST_GAP = 200, 16
"""A control with the smallest packets (240 bytes) answers so many bytes in one."""
LAST_BYTE = 65_535
LONGEST_STRING = 198
_STRING_HEAD = 2

_DB = re.compile(r"DB(\d{1,5})[.,]DB(?:X(\d{1,5})\.([0-7])|([BWD])(\d{1,5}))")
_AREA = re.compile(r"([MIEQA])(?:(\d{1,5})\.([0-7])|([BWD])(\d{1,5}))")
# E and A are the German names of inputs and outputs.
_AREAS = {"M": "M", "I": "I", "E": "I", "Q": "Q", "A": "Q"}
_SIZES = {"B": 1, "W": 2, "D": 4}
_FORMATS = {("int", 1): "b", ("int", 2): ">h", ("int", 4): ">i", ("uint", 1): "B", ("uint", 2): ">H", ("uint", 4): ">I"}
_STRING = re.compile(r"string:(\d{1,3})")
TYPES = "bool, int, uint, real, lreal, string:<length>"


@dataclass(frozen=True, slots=True)
class Place:
    """`count` bytes from `start` of a block (`space`: DB1, M, I, Q); `bit` is one bit of a byte, 0 the lowest."""

    space: str
    start: int
    count: int
    type: str
    bit: int | None = None

    @property
    def end(self) -> int:
        """The byte after the last one."""
        return self.start + self.count


def limits(space: str) -> tuple[int, int]:
    """The most bytes of a request and the widest gap that is read along."""
    return MOST_BYTES, WIDEST_GAP


def place(address: str, type_name: str = "") -> Place:
    """Reads an address like `DB1.DBW4` with the type of its tag. Raises BadAddress.

    Without a type a bit is `bool`, anything else a number without sign.
    """
    text = address.strip().upper()
    in_block, in_area = _DB.fullmatch(text), _AREA.fullmatch(text)
    if in_block:
        space, (byte, bit, letter, start) = f"DB{int(in_block[1])}", in_block.groups()[1:]
    elif in_area:
        space, (byte, bit, letter, start) = _AREAS[in_area[1]], in_area.groups()[1:]
    else:
        raise BadAddress(
            f"{address!r} is not an S7 address. Expected 'DB1.DBX0.3', 'DB1.DBB2', 'DB1.DBW4', 'DB1.DBD8', 'M10.0', "
            "'MW12', 'I0.0' or 'Q0.1'."
        )
    kind = type_name.strip().lower() or ("uint" if bit is None else "bool")
    if bit is not None:
        if kind != "bool":
            raise BadAddress(f"{address!r} is one bit. Expected type bool, found {kind!r}.")
        found = Place(space, int(byte), 1, kind, int(bit))
    else:
        found = Place(space, int(start), _length(kind, letter, address), kind)
    if found.end - 1 > LAST_BYTE:
        raise BadAddress(f"{address!r} with type {kind} ends behind byte {LAST_BYTE}, the last there can be.")
    return found


def _length(kind: str, letter: str, address: str) -> int:
    if kind in ("int", "uint"):
        return _SIZES[letter]
    if kind in ("real", "lreal") and letter == "D":
        return 4 if kind == "real" else 8
    match = _STRING.fullmatch(kind)
    if match and letter == "B" and 1 <= int(match[1]) <= LONGEST_STRING:
        return _STRING_HEAD + int(match[1])
    raise BadAddress(
        f"{address!r} cannot have the type {kind!r}. Expected one of {TYPES}: real and lreal at a double word (DBD), "
        f"a string of 1 to {LONGEST_STRING} characters at a byte (DBB), bool at a bit."
    )


def value(where: Place, data: bytes) -> tuple[Value, int]:
    """The value and quality of the bytes of `where`; a string longer than it may be is none."""
    if where.bit is not None:
        return bool(data[0] >> where.bit & 1), Quality.GOOD
    if where.type in ("real", "lreal"):
        (number,) = struct.unpack(">f" if where.type == "real" else ">d", data)
        return number, Quality.GOOD
    if where.type.startswith("string:"):
        length = data[1]
        if length > min(data[0], len(data) - _STRING_HEAD):
            return None, Quality.CONFIGURATION_ERROR
        return data[_STRING_HEAD : _STRING_HEAD + length].decode("latin-1"), Quality.GOOD
    (whole,) = struct.unpack(_FORMATS[where.type, where.count], data)
    return whole, Quality.GOOD
