"""Rows of a kind as a workbook or a plain table that can be imported again unchanged. Cells are never formulas."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from factory_core.importing.kinds import Field, FieldType, Kind, Value
from factory_core.importing.matching.literal import marked, starts_formula
from factory_core.importing.workbook import Cell, write_workbook

# A table program keeps so many digits of a number; longer ones are written as text to keep them all.
_KEPT_DIGITS = 15
_NAMES = (FieldType.TEXT, FieldType.REFERENCE)
AS_TEXT = "@"
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def csv_lines(kind: Kind, rows: Iterable[Mapping[str, Value]], *, zone: str = "UTC") -> Iterator[bytes]:
    """The rows as lines of a plain table, one by one: UTF-8 with mark, comma, point, ISO dates; header = labels.

    `zone` names the site's time zone, in which moments are written, with their distance from UTC.
    """
    echo = csv.writer(_Echo(), lineterminator="\r\n")
    yield b"\xef\xbb\xbf" + echo.writerow([marked(str(field.label), is_plain=True) for field in kind.fields])
    place = ZoneInfo(zone)
    for row in rows:
        yield echo.writerow([_plain(field, row.get(field.name), place) for field in kind.fields])


class _Echo:
    """Gives each line back to the one who writes it."""

    def write(self, line: str) -> bytes:
        return line.encode()


def write_xlsx(kind: Kind, rows: Iterable[Mapping[str, Value]], target: BinaryIO, *, zone: str = "UTC") -> int:
    """The rows as a workbook written to `target` row by row; returns how many there were. `zone` as in `csv_lines`."""
    place = ZoneInfo(zone)

    def lines() -> Iterator[list[Cell]]:
        yield [marked(str(field.label), is_plain=False) for field in kind.fields]
        for row in rows:
            yield [_workbook_cell(field, row.get(field.name), place) for field in kind.fields]

    return write_workbook(sheet_title(kind), lines(), target) - 1


def sheet_title(kind: Kind) -> str:
    """The kind's label as a sheet may be called: 31 characters, none of those that formulas need."""
    return "".join("-" if letter in r"[]:*?/\'" else letter for letter in str(kind.label))[:31] or kind.name[:31]


def shown(field: Field, value: Value, place: ZoneInfo) -> str:
    """A value as text that is read back equal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Decimal):
        return unmistakable(value)
    if isinstance(value, datetime):
        return value.astimezone(place).isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(field.choices.get(value, value))


def unmistakable(value: Decimal) -> str:
    """A number that cannot be taken for thousands: "1.2340" instead of "1.234"."""
    plain = format(value, "f")
    whole, _point, fraction = plain.partition(".")
    return plain + "0" if len(fraction) == 3 and len(whole.lstrip("-")) <= 3 else plain


def _plain(field: Field, value: Value, place: ZoneInfo) -> str:
    text = shown(field, value, place)
    return marked(text, is_plain=True) if isinstance(value, str) else text


def _workbook_cell(field: Field, value: Value, place: ZoneInfo) -> Cell:
    if value is None:
        return None
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        digits = str(value).lstrip("-").replace(".", "").strip("0")
        return value if len(digits) <= _KEPT_DIGITS and field.form not in _NAMES else str(value)
    if isinstance(value, date) and not isinstance(value, datetime) and field.form is FieldType.DATE:
        return value
    text = shown(field, value, place)
    return marked(text, is_plain=False) if isinstance(value, str) else text


def write_text(cell: Any, text: str) -> None:
    """Make a workbook's cell hold a text: never a formula, whatever it begins with."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"
    if starts_formula(text):
        cell.quotePrefix = True
