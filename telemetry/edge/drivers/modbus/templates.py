"""Register maps of common devices: an engineer picks tags from one instead of typing addresses."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from telemetry.edge.drivers.modbus.registers import Table, place

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "modbus"


class Register(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One value. `offset` counts from the start of its block, or of the model where it stands in one."""

    name: str
    table: Table = "holding"
    offset: int
    type: str = ""
    unit: str = ""
    kind: Literal["number", "text", "bool", "counter"] = "number"
    meaning: str = ""


class Template(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A register map. `source` names the public document it was written from.

    `sunspec_models`: the device says itself where a model with one of these numbers begins; then offsets count from
    its two words of head. Values come without scale: a map of whole numbers with a factor has the factor on its tags.
    """

    name: str
    meaning: str = ""
    source: str
    sunspec_models: list[int] = []
    registers: list[Register]

    def addresses(self, base: int = 0) -> list[tuple[str, Register]]:
        """The address of each register, `base` registers further on."""
        return [(f"{one.table}:{one.offset + base}", one) for one in self.registers]


@cache
def templates() -> dict[str, Template]:
    """All register maps by the name of their file, each checked. Raises when one is not as it must be."""
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        template = msgspec.json.decode(path.read_bytes(), type=Template)
        for address, register in template.addresses():
            place(address, register.type)
        found[path.stem] = template
    return found
