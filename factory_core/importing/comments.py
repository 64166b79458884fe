"""The table of a file as a workbook with its faults marked: bad cells coloured, the reasons beside them, and a last
column that says what to do. Put right there, it can be brought again."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from factory_core.importing.exporting import AS_TEXT, write_text
from factory_core.importing.files import Cell, CellForm
from factory_core.importing.kinds import Kind
from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.queries.rows import unpacked

_BAD, _DOUBTFUL = "F8C9CE", "FBE3B8"
# A table program keeps so many digits of a number.
_KEPT_DIGITS = 15


def commented_workbook(run: ImportRun, kind: Kind, rows: Iterable[StagedRow], target: BinaryIO) -> int:
    """Write the table of a run with its faults; rows stand where they stood in the file. Gives how many are marked.

    Written row by row, so a long file needs no more memory than a short one.
    """
    # Loaded when somebody asks for a workbook: it costs every process a fifth of a second.
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet((run.sheet or _("Table"))[:31].translate(str.maketrans("", "", "[]:*?/\\'")) or "1")
    columns = run.table["columns"]
    last = max(column["number"] for column in columns)
    labels = {each.name: str(each.label) for each in kind.fields}
    by_field = {name: number for number, name in run.mapping.items() if name}
    header_row = max(run.table["first_row"] - 1, 1)
    sheet.freeze_panes = f"A{header_row + 1}"
    line = _above(sheet, run, header_row)
    head: list[Any] = [None] * (last + 1)
    for column in columns:
        head[column["number"] - 1] = _text(sheet, column["header"], bold=True)
    head[last] = _text(sheet, _("What to do"), bold=True)
    sheet.append(head)
    line += 1
    marked = 0
    for row in rows:
        while line < row.number - 1:
            sheet.append([])
            line += 1
        sheet.append(_row(sheet, row, columns, last, by_field, labels))
        line += 1
        marked += bool(row.problems)
    book.save(target)
    return marked


def _above(sheet: Any, run: ImportRun, header_row: int) -> int:
    """Titles over the header stay, so that every row keeps its number."""
    preview: list[list[Any]] = next((one["preview"] for one in run.book["sheets"] if one["name"] == run.sheet), [])
    for number in range(1, header_row):
        cells = preview[number - 1] if number <= len(preview) else []
        sheet.append([_cell(sheet, Cell(CellForm(cell[0]), *cell[1:2])) for cell in cells])
    return header_row - 1


def _row(
    sheet: Any,
    row: StagedRow,
    columns: list[dict[str, Any]],
    last: int,
    by_field: dict[str, str],
    labels: dict[str, str],
) -> list[Any]:
    told: dict[str, list[tuple[str, bool]]] = {}
    advice = []
    for name, _code, sentence, expected, is_warning in row.problems:
        told.setdefault(by_field.get(name, ""), []).append((f"{sentence} {expected}".strip(), is_warning))
        where = f"{labels[name]}: " if name in labels else ""
        advice.append(where + (expected or sentence))
    line: list[Any] = [None] * (last + 1)
    for place, column in enumerate(columns):
        number = str(column["number"])
        found = unpacked(row.cells[place]) if place < len(row.cells) else Cell(CellForm.EMPTY)
        if number in row.fixes:
            found = Cell(CellForm.TEXT, str(row.fixes[number]))
        cell = _cell(sheet, found)
        line[column["number"] - 1] = _marked(sheet, cell, told[number]) if number in told else cell
    if advice:
        line[last] = _text(sheet, " ".join(advice))
    return line


def _marked(sheet: Any, cell: Any, told: list[tuple[str, bool]]) -> Any:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    cell = cell if cell is not None else _text(sheet, "")
    colour = _DOUBTFUL if all(is_warning for _sentence, is_warning in told) else _BAD
    cell.fill = PatternFill("solid", fgColor=colour)
    cell.comment = Comment("\n".join(sentence for sentence, _is_warning in told), "Millwright", height=120, width=320)
    return cell


def _cell(sheet: Any, found: Cell) -> Any:
    """A cell that is read again as it was."""
    from openpyxl.cell import WriteOnlyCell

    if found.form is CellForm.EMPTY or not found.text:
        return None
    if found.form is CellForm.NUMBER and len(found.text.lstrip("-").replace(".", "")) <= _KEPT_DIGITS:
        return WriteOnlyCell(sheet, Decimal(found.text))
    if found.form is CellForm.BOOL:
        return WriteOnlyCell(sheet, found.text == "true")
    if found.form is CellForm.DATE and found.text[:4] >= "1900":
        cell = WriteOnlyCell(sheet, datetime.fromisoformat(found.text))
        cell.number_format = "yyyy-mm-dd" if len(found.text) <= 10 else "yyyy-mm-dd hh:mm:ss"
        return cell
    return _text(sheet, found.text)


def _text(sheet: Any, text: str, *, bold: bool = False) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(sheet)
    cell.number_format = AS_TEXT
    write_text(cell, text)
    if bold:
        cell.font = Font(bold=True)
    return cell
