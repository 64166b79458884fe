"""Which registers are asked for together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from telemetry.edge.devices import Tag
from telemetry.edge.drivers.modbus.registers import BIT_TABLES, Place, Table

MOST_REGISTERS = 120
WIDEST_GAP = 8
_BITS_A_REGISTER = 16


@dataclass(frozen=True, slots=True)
class Field:
    """A tag and where it stands."""

    tag: Tag
    place: Place


@dataclass(slots=True)
class Group:
    """One request: `count` registers from `start`, every `period_s`; `due` on the monotonic clock.

    `refused`: the device does not have these registers.
    """

    table: Table
    start: int
    count: int
    period_s: float
    fields: list[Field] = field(default_factory=list)
    due: float = 0.0
    refused: bool = False

    def __str__(self) -> str:
        last = self.start + self.count - 1
        return f"{self.table}:{self.start}" + (f" to {last}" if last > self.start else "")

    def halves(self) -> list[Group]:
        """The same fields in two requests, cut in the middle of them; one field stays what it is, without gaps."""
        middle = len(self.fields) // 2
        parts = [part for part in (self.fields[:middle], self.fields[middle:]) if part]
        return [_spanning(part, self.period_s, self.due) for part in parts]


def groups(fields: Iterable[Field]) -> list[Group]:
    """Fields of one table and period side by side share a request: at most 120 registers, gaps of at most 8."""
    found: list[Group] = []
    ordered = sorted(fields, key=lambda one: (one.place.table, one.tag.period_s, one.place.start, one.place.end))
    for (table, period_s), members in groupby(ordered, key=lambda one: (one.place.table, one.tag.period_s)):
        scale = _BITS_A_REGISTER if table in BIT_TABLES else 1
        together: list[Field] = []
        end = 0
        for member in members:
            fits = together and (
                member.place.start - end <= WIDEST_GAP * scale
                and max(end, member.place.end) - together[0].place.start <= MOST_REGISTERS * scale
            )
            if together and not fits:
                found.append(_spanning(together, period_s))
                together = []
            end = max(end, member.place.end) if together else member.place.end
            together.append(member)
        found.append(_spanning(together, period_s))
    return found


def _spanning(fields: list[Field], period_s: float, due: float = 0.0) -> Group:
    start = min(one.place.start for one in fields)
    end = max(one.place.end for one in fields)
    return Group(fields[0].place.table, start, end - start, period_s, fields, due)
