"""A report as a workbook: every value typed, every text a text, never a formula."""

import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from factory_core.reporting.content import Bars, Content, Figures, Kind, Note, Table, Value
from factory_core.reporting.shown import headed, is_number
from factory_core.reporting.texts import printable

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DAY_S = 86400
FORMATS = {
    Kind.QUANTITY: "#,##0.######",
    Kind.DURATION: "[h]:mm:ss",
    Kind.PERCENT: "0.0%",
    Kind.TIME: "yyyy-mm-dd hh:mm:ss",
    Kind.DAY: "yyyy-mm-dd",
}
WHOLE_QUANTITY = "#,##0"
FORBIDDEN_IN_TITLES = re.compile(r"[\[\]:*?/\\']")
LONGEST_TITLE, WIDEST, LONGEST_TEXT = 31, 60, 32_000
BOLD, HEADING = Font(bold=True), Font(bold=True, size=14)


def as_workbook(content: Content, heads: Sequence[tuple[str, str]]) -> bytes:
    """The report's figures and notes on a first sheet, each table and each Pareto on a sheet of its own.

    `heads` are name and text of what stands on top: data time, who made it.
    """
    with translation.override(content.language):
        book = Workbook(write_only=True)
        sheets = _Sheets(book, content)
        first = sheets.new(_("Report"), [34, 22, 12, 60])
        first.append([sheets.text(content.title, HEADING)])
        first.append([sheets.text(content.subtitle)])
        for name, text in heads:
            first.append([sheets.text(name, BOLD), sheets.text(text)])
        for part in content.parts:
            if isinstance(part, Note):
                first.append([sheets.text(part.text, BOLD if part.is_finding else None)])
            elif isinstance(part, Figures):
                first.append([])
                first.append([sheets.text(part.title, BOLD)])
                for item in part.items:
                    value = sheets.cell(item.value, item.kind, item.unit)
                    unit = item.unit if item.kind in (Kind.QUANTITY, Kind.MONEY) else ""
                    first.append([sheets.text(item.label), value, sheets.text(unit), sheets.text(item.detail)])
        for part in content.parts:
            if isinstance(part, Table):
                sheets.table(part)
            elif isinstance(part, Bars):
                sheets.bars(part)
        out = io.BytesIO()
        book.save(out)
    return out.getvalue()


class _Sheets:
    """The sheets of one workbook, and the cells on them."""

    def __init__(self, book: Workbook, content: Content) -> None:
        self.book, self.zone = book, content.place_zone()
        self.taken: set[str] = set()
        self.at: Any = None

    def new(self, title: str, widths: Sequence[int], *, frozen: str = "") -> Any:
        """A further sheet under a name no other has."""
        plain = FORBIDDEN_IN_TITLES.sub(" ", printable(title)).strip()[:LONGEST_TITLE] or "…"
        name, number = plain, 2
        while name.casefold() in self.taken:
            name, number = f"{plain[: LONGEST_TITLE - 4]} ({number})", number + 1
        self.taken.add(name.casefold())
        self.at = self.book.create_sheet(name)
        for place, width in enumerate(widths, 1):
            self.at.column_dimensions[get_column_letter(place)].width = width
        if frozen:
            self.at.freeze_panes = frozen
        return self.at

    def text(self, value: str, font: Font | None = None) -> Any:
        """A text, whatever it begins with."""
        cell = WriteOnlyCell(self.at, printable(str(value))[:LONGEST_TEXT])
        # Set after the value: by itself the library takes "=1+1" for a formula and "#N/A" for an error.
        cell.data_type = "s"
        if font is not None:
            cell.font = font
        return cell

    def cell(self, value: Value, kind: Kind, unit: str = "", font: Font | None = None) -> Any:
        """A value typed by its kind."""
        if value is None:
            return None
        if isinstance(value, Decimal):
            number = {Kind.DURATION: value / DAY_S, Kind.PERCENT: value / 100}.get(kind, value)
            cell = WriteOnlyCell(self.at, number)
            cell.number_format = f'#,##0.00 "{unit}"' if kind == Kind.MONEY else FORMATS.get(kind, "General")
            if kind == Kind.QUANTITY and value == value.to_integral_value():
                cell.number_format = WHOLE_QUANTITY
        elif isinstance(value, datetime):
            # Workbooks know no zones: the wall clock of the site is what a person there expects.
            cell = WriteOnlyCell(self.at, value.astimezone(self.zone).replace(tzinfo=None))
            cell.number_format = FORMATS[Kind.TIME]
        elif isinstance(value, date):
            cell = WriteOnlyCell(self.at, value)
            cell.number_format = FORMATS[Kind.DAY]
        else:
            return self.text(str(value), font)
        if font is not None:
            cell.font = font
        return cell

    def table(self, table: Table) -> None:
        """A table with its head, which stays when one scrolls."""
        widths = [
            _width(headed(column), [row[place] for row in table.rows]) for place, column in enumerate(table.columns)
        ]
        sheet = self.new(table.title, widths, frozen="A2")
        heads = []
        for column in table.columns:
            head = self.text(headed(column), BOLD)
            head.alignment = Alignment(horizontal="right" if is_number(column.kind) else "left")
            heads.append(head)
        sheet.append(heads)
        for row in table.rows:
            sheet.append([self.cell(value, c.kind, c.unit) for value, c in zip(row, table.columns, strict=True)])
        if table.total is not None:
            pairs = zip(table.total, table.columns, strict=True)
            sheet.append([self.cell(value, column.kind, column.unit, BOLD) for value, column in pairs])
        if not table.rows:
            sheet.append([self.text(table.empty)])

    def bars(self, bars: Bars) -> None:
        """A Pareto as two columns."""
        sheet = self.new(bars.title, [_width(bars.title, [label for label, _value in bars.bars]), 16])
        sheet.append([self.text(bars.title, BOLD), self.text(bars.unit, BOLD)])
        for label, value in bars.bars:
            sheet.append([self.text(label), self.cell(value, bars.kind, bars.unit)])


def _width(head: str, values: Sequence[Value]) -> int:
    longest = max((len(str(value)) for value in values[:200] if value is not None), default=0)
    return min(max(len(head), longest, 8) + 3, WIDEST)
