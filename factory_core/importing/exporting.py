"""Rows of a kind as a workbook or a plain table that can be imported again unchanged. Cells are never formulas."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from factory_core.importing.kinds import Field, FieldType, Kind, Value
from factory_core.importing.matching.literal import marked, starts_formula

# A table program keeps so many digits of a number; longer ones are written as text to keep them all.
_KEPT_DIGITS = 15
_NAMES = (FieldType.TEXT, FieldType.REFERENCE)
AS_TEXT = "@"
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
# Workbooks cannot hold them.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Before it, table programs count a day that never was, and do not agree about the others.
_FIRST_DAY = date(1900, 3, 1)


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
    # Loaded when somebody asks for a workbook.
    from xlsxwriter import Workbook

    place, count = ZoneInfo(zone), 0
    with Workbook(target, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(sheet_title(kind))
        sheet.freeze_panes(1, 0)
        write = _Cells(book, sheet)
        for column, field in enumerate(kind.fields):
            write.text(0, column, marked(str(field.label), is_plain=False))
        for count, row in enumerate(rows, start=1):
            for column, field in enumerate(kind.fields):
                write.value(count, column, field, row.get(field.name), place)
    return count


class _Cells:
    """Writes cells of the only sheet of a workbook; never a formula, whatever a text begins with."""

    def __init__(self, book: Any, sheet: Any) -> None:
        self._sheet = sheet
        self._text = book.add_format({"num_format": AS_TEXT})
        self._quoted = book.add_format({"num_format": AS_TEXT, "quote_prefix": True})
        self._date = book.add_format({"num_format": "yyyy-mm-dd"})

    def value(self, row: int, column: int, field: Field, value: Value, place: ZoneInfo) -> None:
        if value is None:
            return
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            digits = str(value).lstrip("-").replace(".", "").strip("0")
            if len(digits) <= _KEPT_DIGITS and field.form not in _NAMES:
                self._sheet.write_number(row, column, value)
            else:
                self.text(row, column, str(value))
        elif field.form is FieldType.DATE and isinstance(value, date) and value >= _FIRST_DAY:
            self._sheet.write_datetime(row, column, value, self._date)
        else:
            text = shown(field, value, place)
            self.text(row, column, marked(text, is_plain=False) if isinstance(value, str) else text)

    def text(self, row: int, column: int, text: str) -> None:
        style = self._quoted if starts_formula(text) else self._text
        if self._sheet.write_string(row, column, _ILLEGAL.sub("", text), style):
            raise ValueError(f"row {row + 1}, column {column + 1}: no cell holds {len(text)} characters")


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


def write_text(cell: Any, text: str) -> None:
    """Make a workbook's cell hold a text: never a formula, whatever it begins with."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"
    if starts_formula(text):
        cell.quotePrefix = True
