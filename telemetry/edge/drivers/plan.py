"""Which places of a device are asked for together, for protocols that read a stretch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Protocol

from telemetry.edge.devices import Tag
from telemetry.edge.drivers.session import Trouble


class BadAddress(Trouble):
    """A tag's address or type cannot be meant; its sentence says what was expected."""


class Place(Protocol):
    """A stretch of a device's memory: `count` units from `start`, up to but not including `end`, of one `space`."""

    @property
    def space(self) -> str:
        """The table or block; what stands in another one is asked for separately."""

    @property
    def start(self) -> int: ...

    @property
    def count(self) -> int: ...

    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Field:
    """A tag and where it stands; the place is of the kind of its protocol."""

    tag: Tag
    place: Any


@dataclass(slots=True)
class Group:
    """One request: `count` units from `start`, every `period_s`; `due` on the monotonic clock.

    `refused`: the device does not have these.
    """

    space: str
    start: int
    count: int
    period_s: float
    fields: list[Field] = field(default_factory=list)
    due: float = 0.0
    refused: bool = False

    def __str__(self) -> str:
        if len(self.fields) == 1:
            return self.fields[0].tag.address
        last = self.start + self.count - 1
        return f"{self.space}:{self.start}" + (f" to {last}" if last > self.start else "")

    def halves(self) -> list[Group]:
        """The same fields in two requests, cut in the middle of them; empty when that would ask for the same again."""
        middle = len(self.fields) // 2
        parts = [
            _spanning(part, self.period_s, self.due) for part in (self.fields[:middle], self.fields[middle:]) if part
        ]
        same = [(part.start, part.count) for part in parts] == [(self.start, self.count)]
        return [] if same else parts


def readable(tags: Iterable[Tag], place: Callable[[str, str], Any]) -> tuple[list[Field], list[tuple[Tag, str]]]:
    """The tags with an address `place` understands, and the others with a sentence each."""
    found: list[Field] = []
    unreadable: list[tuple[Tag, str]] = []
    for tag in tags:
        try:
            found.append(Field(tag, place(tag.address, tag.type)))
        except BadAddress as error:
            unreadable.append((tag, str(error)))
    return found, unreadable


def groups(fields: Iterable[Field], limits: Callable[[str], tuple[int, int]]) -> list[Group]:
    """Fields of one space and period side by side share a request.

    `limits` of a space: the most units of a request, and the widest gap that is read along.
    """
    found: list[Group] = []
    ordered = sorted(fields, key=lambda one: (one.place.space, one.tag.period_s, one.place.start, one.place.end))
    for (space, period_s), members in groupby(ordered, key=lambda one: (one.place.space, one.tag.period_s)):
        most, widest = limits(space)
        together: list[Field] = []
        end = 0
        for member in members:
            fits = together and (
                member.place.start - end <= widest and max(end, member.place.end) - together[0].place.start <= most
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
    return Group(fields[0].place.space, start, end - start, period_s, fields, due)
