"""What a report shows: plain values in a fixed shape. Everything that is drawn of it is drawn from its stored form.

Stored, a number is a decimal string, a moment ISO 8601 in UTC, a length of time its seconds: the same content gives the
same bytes for ever, whatever the reader's language is.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

SCHEMA = "millwright.report/1"
Value = str | Decimal | int | datetime | date | None


class Kind(StrEnum):
    """What a value is: it decides how it is written, aligned and summed by whoever opens the file.

    QUANTITY and MONEY carry their unit or currency beside them; DURATION is in seconds, PERCENT of a hundred.
    """

    TEXT = "text"
    QUANTITY = "quantity"
    DURATION = "duration"
    PERCENT = "percent"
    MONEY = "money"
    TIME = "time"
    DAY = "day"


NUMBERS = frozenset({Kind.QUANTITY, Kind.DURATION, Kind.PERCENT, Kind.MONEY})


@dataclass(frozen=True)
class Column:
    """A column of a table; `needs` is the capability without which nobody gets it."""

    key: str
    label: str
    kind: Kind = Kind.TEXT
    unit: str = ""
    needs: str = ""


@dataclass(frozen=True)
class Figure:
    """One figure with its name; `detail` says in a sentence what it is made of."""

    key: str
    label: str
    value: Value
    kind: Kind = Kind.TEXT
    unit: str = ""
    detail: str = ""
    needs: str = ""


@dataclass(frozen=True)
class Figures:
    """Figures side by side."""

    key: str
    title: str
    items: Sequence[Figure]
    needs: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under typed columns; `total` is a last row of sums; `empty` what is said when there is no row."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    total: Sequence[Value] | None = None
    empty: str = ""
    needs: str = ""


@dataclass(frozen=True)
class Bars:
    """Bars, the longest first where it is a Pareto: (label, value)."""

    key: str
    title: str
    bars: Sequence[tuple[str, Decimal]]
    kind: Kind = Kind.DURATION
    unit: str = ""
    needs: str = ""


@dataclass(frozen=True)
class Note:
    """A sentence; a finding is one that somebody should act on."""

    text: str
    is_finding: bool = False
    needs: str = ""


Part = Figures | Table | Bars | Note
_PARTS: dict[str, type[Part]] = {"figures": Figures, "table": Table, "bars": Bars, "note": Note}
_NAMES = {kind: name for name, kind in _PARTS.items()}


@dataclass(frozen=True)
class Content:
    """A whole report: of which site and line (codes; no line: several), in which zone and language it was written."""

    title: str
    subtitle: str
    site: str
    site_name: str
    zone: str
    parts: Sequence[Part] = field(default_factory=tuple)
    line: str = ""
    language: str = "en"

    def stored(self) -> dict[str, Any]:
        """Its form in a table: nothing but texts, lists and nulls."""
        head = {name: str(getattr(self, name)) for name in _HEAD}
        return {"schema": SCHEMA, **head, "parts": [_stored_part(part) for part in self.parts]}

    def place_zone(self) -> ZoneInfo:
        """The zone in which its moments are written."""
        return ZoneInfo(self.zone)


_HEAD = ("title", "subtitle", "site", "site_name", "zone", "line", "language")


def read_content(stored: dict[str, Any]) -> Content:
    """The content of a stored form, values typed again. Raises KeyError or ValueError for something else."""
    if stored["schema"] != SCHEMA:
        raise ValueError(f"not a {SCHEMA}: {stored['schema']}")
    return Content(**{name: stored[name] for name in _HEAD}, parts=tuple(_read_part(part) for part in stored["parts"]))


def digest_of(stored: dict[str, Any]) -> str:
    """The SHA-256 of a stored form, keys in order, UTF-8: equal contents have equal digests."""
    text = json.dumps(stored, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def cut_for(content: Content, holds: Callable[[str], bool]) -> tuple[Content, list[str]]:
    """A content without what the asker may not see, and the capabilities that what is left asks for.

    A column, figure or part with `needs` goes out as a whole: neither its name nor its place stays behind.
    """
    used: set[str] = set()

    def kept(needs: str) -> bool:
        if not needs:
            return True
        if not holds(needs):
            return False
        used.add(needs)
        return True

    parts: list[Part] = []
    for part in content.parts:
        if not kept(part.needs):
            continue
        if isinstance(part, Table):
            part = _cut_table(part, [place for place, column in enumerate(part.columns) if kept(column.needs)])
        elif isinstance(part, Figures):
            part = replace(part, items=[item for item in part.items if kept(item.needs)])
            if not part.items:
                continue
        parts.append(part)
    return replace(content, parts=tuple(parts)), sorted(used)


def _cut_table(table: Table, places: Sequence[int]) -> Table:
    return replace(
        table,
        columns=[table.columns[place] for place in places],
        rows=[[row[place] for place in places] for row in table.rows],
        total=None if table.total is None else [table.total[place] for place in places],
    )


def plain(value: Any) -> str | None:
    """A value as it is stored."""
    if value is None:
        return None
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        number = Decimal(value).normalize()
        return f"{number + 0:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def typed(text: str | None, kind: Kind) -> Value:
    """A stored value as what it is."""
    if text is None:
        return None
    if kind in NUMBERS:
        return Decimal(text)
    if kind == Kind.TIME:
        return datetime.fromisoformat(text)
    if kind == Kind.DAY:
        return date.fromisoformat(text)
    return text


def _stored_part(part: Part) -> dict[str, Any]:
    stored: dict[str, Any] = {"part": _NAMES[type(part)]}
    if isinstance(part, Note):
        return {**stored, "text": str(part.text), "finding": "yes" if part.is_finding else ""}
    stored |= {"key": part.key, "title": str(part.title)}
    if isinstance(part, Figures):
        items = [
            {
                "key": item.key,
                "label": str(item.label),
                "kind": item.kind.value,
                "unit": item.unit,
                "value": plain(item.value),
                "detail": str(item.detail),
            }
            for item in part.items
        ]
        return {**stored, "items": items}
    if isinstance(part, Bars):
        bars = [[str(label), plain(value)] for label, value in part.bars]
        return {**stored, "kind": part.kind.value, "unit": part.unit, "bars": bars}
    columns = [
        {"key": column.key, "label": str(column.label), "kind": column.kind.value, "unit": column.unit}
        for column in part.columns
    ]
    rows = [[plain(value) for value in row] for row in part.rows]
    total = None if part.total is None else [plain(value) for value in part.total]
    return {**stored, "columns": columns, "rows": rows, "total": total, "empty": str(part.empty)}


def _read_part(stored: dict[str, Any]) -> Part:
    kind = _PARTS[stored["part"]]
    if kind is Note:
        return Note(stored["text"], is_finding=bool(stored["finding"]))
    key, title = stored["key"], stored["title"]
    if kind is Figures:
        items = [
            Figure(
                key=item["key"],
                label=item["label"],
                value=typed(item["value"], Kind(item["kind"])),
                kind=Kind(item["kind"]),
                unit=item["unit"],
                detail=item["detail"],
            )
            for item in stored["items"]
        ]
        return Figures(key, title, items)
    if kind is Bars:
        bars = [(label, Decimal(value)) for label, value in stored["bars"]]
        return Bars(key, title, bars, Kind(stored["kind"]), stored["unit"])
    columns = [Column(one["key"], one["label"], Kind(one["kind"]), one["unit"]) for one in stored["columns"]]
    kinds = [column.kind for column in columns]

    def row(values: Sequence[str | None]) -> list[Value]:
        return [typed(value, kind) for value, kind in zip(values, kinds, strict=True)]

    total = None if stored["total"] is None else row(stored["total"])
    return Table(key, title, columns, [row(values) for values in stored["rows"]], total, stored["empty"])
