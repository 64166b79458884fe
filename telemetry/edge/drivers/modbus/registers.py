"""Where a value stands in a Modbus device, and how its registers are read."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from telemetry.edge.drivers.plan import BadAddress
from telemetry.wire import Quality, Value

Table = Literal["coil", "discrete", "holding", "input"]
Words = Literal["big", "little"]

BIT_TABLES = ("coil", "discrete")
LAST_ADDRESS = 65_535
MOST_REGISTERS, WIDEST_GAP = 120, 8
_BITS_A_REGISTER = 16
LONGEST_STRING = 120

_FORMATS = {
    "int16": ">h",
    "uint16": ">H",
    "int32": ">i",
    "uint32": ">I",
    "int64": ">q",
    "uint64": ">Q",
    "float32": ">f",
    "float64": ">d",
}
TYPES = (*_FORMATS, "bool", "string:<registers>")

_ADDRESS = re.compile(r"(coil|discrete|holding|input):(\d{1,5})(?:\.(\d{1,2}))?")
_REFERENCE = re.compile(r"[0134]?\d{4,5}")
_STRING = re.compile(r"string:(\d{1,3})")


@dataclass(frozen=True, slots=True)
class Place:
    """`count` registers (or bits) from `start` of a table; `bit` is one bit of a register, 0 the lowest."""

    table: Table
    start: int
    count: int
    type: str
    bit: int | None = None

    @property
    def space(self) -> str:
        """Only registers of one table are asked for together."""
        return self.table

    @property
    def end(self) -> int:
        """The address after the last one."""
        return self.start + self.count


def limits(space: str) -> tuple[int, int]:
    """The most registers of a request and the widest gap that is read along; for bits, so many times 16."""
    scale = _BITS_A_REGISTER if space in BIT_TABLES else 1
    return MOST_REGISTERS * scale, WIDEST_GAP * scale


def place(address: str, type_name: str = "") -> Place:
    """Reads an address like `holding:100`, `input:3.4`, `coil:0` with the type of its tag. Raises BadAddress.

    Without a type a coil, an input and a bit are `bool`, a register is `uint16`.
    """
    match = _ADDRESS.fullmatch(address.strip())
    if match is None:
        raise BadAddress(_not_an_address(address.strip()))
    table, start = _table(match[1]), int(match[2])
    bit = None if match[3] is None else int(match[3])
    kind = type_name.strip() or ("bool" if bit is not None or table in BIT_TABLES else "uint16")
    count = _length(kind, address)
    if table in BIT_TABLES and (bit is not None or kind != "bool"):
        raise BadAddress(f"{address!r} is one bit. Expected type bool and no '.<bit>', found {kind!r}.")
    if bit is not None and (bit > 15 or kind != "bool"):
        raise BadAddress(f"{address!r} is a bit of a register. Expected bit 0 to 15 and type bool, found {kind!r}.")
    if start + count - 1 > LAST_ADDRESS:
        raise BadAddress(f"{address!r} with type {kind} ends behind register {LAST_ADDRESS}, the last there is.")
    return Place(table, start, count, kind, bit)


def _table(word: str) -> Table:
    tables: dict[str, Table] = {"coil": "coil", "discrete": "discrete", "holding": "holding", "input": "input"}
    return tables[word]


def _not_an_address(address: str) -> str:
    expected = "Expected 'holding:100', 'input:3', 'coil:0', 'discrete:7', or 'holding:100.4' for one bit."
    if _REFERENCE.fullmatch(address) and len(address) >= 5:
        table = {"0": "coil", "1": "discrete", "3": "input", "4": "holding"}.get(address[0])
        if table:
            return (
                f"{address!r} is a reference number of a manual, which mostly means '{table}:{int(address[1:]) - 1}' "
                f"(counted from 0). {expected}"
            )
    return f"{address!r} is not a Modbus address. {expected}"


def _length(kind: str, address: str) -> int:
    if kind in _FORMATS:
        return struct.calcsize(_FORMATS[kind]) // 2
    if kind == "bool":
        return 1
    match = _STRING.fullmatch(kind)
    if match and 1 <= int(match[1]) <= LONGEST_STRING:
        return int(match[1])
    raise BadAddress(
        f"{address!r} has the type {kind!r}. Expected one of {', '.join(TYPES)} (1 to {LONGEST_STRING} registers)."
    )


def value(where: Place, words: Words, data: Sequence[int] | Sequence[bool]) -> tuple[Value, int]:
    """The value and quality of the registers of `where`; a number that is none (NaN) is None of quality bad."""
    if where.bit is not None:
        return bool(int(data[0]) >> where.bit & 1), Quality.GOOD
    if where.type == "bool":
        return bool(data[0]), Quality.GOOD
    if where.type.startswith("string:"):
        raw = struct.pack(f">{len(data)}H", *data)
        return raw.split(b"\0", 1)[0].decode("utf-8", errors="replace").strip(), Quality.GOOD
    ordered = data if words == "big" else data[::-1]
    (number,) = struct.unpack(_FORMATS[where.type], struct.pack(f">{len(ordered)}H", *ordered))
    if isinstance(number, float) and not math.isfinite(number):
        return None, Quality.BAD
    return number, Quality.GOOD
