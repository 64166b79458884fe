"""What changed between a report and the same one made anew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from factory_core.reporting.content import Bars, Content, Figures, Kind, Note, Table, Value
from factory_core.reporting.shown import shown

MOST = 200


@dataclass(frozen=True)
class Change:
    """One value that is different: where it stands, what it was, what it is; empty: it was or is not there."""

    where: str
    before: str
    after: str


def changes_between(before: Content, after: Content) -> list[Change]:
    """The differing values of two contents of the same report, in the order of the newer one, at most 200."""
    old, new = dict(_values(before)), dict(_values(after))
    found = []
    for place in [*new, *(place for place in old if place not in new)]:
        if old.get(place) != new.get(place):
            found.append(Change(" · ".join(part for part in place if part), old.get(place, ""), new.get(place, "")))
    return found[:MOST]


def _values(content: Content) -> Iterator[tuple[tuple[str, ...], str]]:
    zone = content.place_zone()

    def said(value: Value, kind: Kind, unit: str) -> str:
        return shown(value, kind, unit, zone)

    seen: dict[tuple[str, ...], int] = {}
    for part in content.parts:
        if isinstance(part, Note):
            yield ("", part.text), part.text
        elif isinstance(part, Figures):
            for item in part.items:
                yield (part.title, item.label), said(item.value, item.kind, item.unit)
        elif isinstance(part, Bars):
            for label, value in part.bars:
                yield (part.title, label), said(value, part.kind, part.unit)
        elif isinstance(part, Table):
            for row in [*part.rows, *([part.total] if part.total is not None else [])]:
                name = (part.title, _row_name(row, part))
                # Two rows of one name are told apart by their order.
                seen[name] = seen.get(name, 0) + 1
                label = name[1] if seen[name] == 1 else f"{name[1]} ({seen[name]})"
                for cell, column in zip(row, part.columns, strict=True):
                    yield (part.title, label, column.label), said(cell, column.kind, column.unit)


def _row_name(row: Sequence[Value], table: Table) -> str:
    cells = zip(row, table.columns, strict=True)
    return next((str(value) for value, column in cells if column.kind == Kind.TEXT and value), "")
