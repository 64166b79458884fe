"""The file with its faults marked: bad cells coloured, the reasons in comments, and a last column that says what to do.
Put right there, it can be brought again. What is no xlsx comes as its table, rebuilt as a workbook."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from factory_core.errors import Invalid
from factory_core.importing.exporting import AS_TEXT, write_text
from factory_core.importing.files import Cell, CellForm, Mark, mark_file
from factory_core.importing.kinds import Kind
from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.queries.pages import rows_of, sheet_named
from factory_core.importing.queries.rows import unpacked
from factory_core.importing.services.staging import file_of

_BAD, _DOUBTFUL = "F8C9CE", "FBE3B8"
# A table program keeps so many digits of a number.
_KEPT_DIGITS = 15
# More comments no table program opens gladly, and a process holds them at once.
_MOST_MARKS = 20_000


def can_be_marked(run: ImportRun, kind: Kind) -> bool:
    """Whether the file itself can be given back with marks: a workbook of which nothing was to be forgotten."""
    return run.book.get("format") == "xlsx" and not kind.is_private


def commented_file(run: ImportRun, kind: Kind, target: BinaryIO, *, may_have_file: bool) -> None:
    """Write the file as it stands with its faults marked, where it can be marked and `may_have_file`; else its table.

    What people typed over stands in its place. Formulas of the file stay, with a comment where one was typed over.
    """
    if may_have_file and can_be_marked(run, kind):
        marks = list(_marks(run, kind))
        if 0 < len(marks) <= _MOST_MARKS:
            try:
                mark_file(file_of(run), run.file_name, run.sheet, marks, target)
            except (Invalid, FileNotFoundError):
                # Built in a way that this cannot mark, or gone from the disk: the sheet itself says what it is.
                target.seek(0)
                target.truncate()
            else:
                return
    commented_workbook(run, kind, rows_of(run).iterator(chunk_size=2000), target)


def _marks(run: ImportRun, kind: Kind) -> Iterator[Mark]:
    columns, table = run.table["columns"], run.table
    numbers = {str(column["number"]): place for place, column in enumerate(columns)}
    last, rows = columns[-1], rows_of(run)
    # A file that was marked before has the column already, with words that may be true no longer.
    place = len(columns) - 1 if last["header"] == _("What to do") else None
    advised = last["number"] if place is not None else max(last["number"], sheet_named(run, run.sheet)["columns"]) + 1
    if place is None:
        rows = rows.exclude(problems=[], fixes={})
        if table["header_rows"]:
            yield Mark(table["header_rows"][-1], advised, 0, _("What to do"), if_empty=True)
    by_field = {name: number for number, name in run.mapping.items() if name}
    labels = {each.name: str(each.label) for each in kind.fields}
    for row in rows.iterator(chunk_size=2000):
        told, advice = _told(row, by_field, labels)
        marks = {}
        for number in {*told, *row.fixes} & numbers.keys():
            marks[int(number)] = _mark(row, int(number), numbers[number], told.get(number, []))
        if advice or (place is not None and unpacked(row.cells[place]).text):
            marks[advised] = Mark(row.number, advised, 0, advice, if_empty=place is None)
        yield from (marks[number] for number in sorted(marks))


def _mark(row: StagedRow, number: int, place: int, told: list[tuple[str, bool]]) -> Mark:
    fixed = row.fixes.get(str(number))
    sentences = [sentence for sentence, _is_warning in told]
    if fixed is not None and place < len(row.cells) and unpacked(row.cells[place]).note == "formula":
        sentences.append(_("On the screen “%(text)s” was put in place of what this formula gives.") % {"text": fixed})
        fixed = None
    colour = 0 if not told else 1 if all(is_warning for _sentence, is_warning in told) else 2
    return Mark(row.number, number, colour, None if fixed is None else str(fixed), "\n".join(sentences))


def _told(
    row: StagedRow, by_field: dict[str, str], labels: dict[str, str]
) -> tuple[dict[str, list[tuple[str, bool]]], str]:
    """What is wrong with a row: (sentence, is a warning) by column, and what to do about all of it."""
    told: dict[str, list[tuple[str, bool]]] = {}
    advice = []
    for name, _code, sentence, expected, is_warning in row.problems:
        told.setdefault(by_field.get(name, ""), []).append((f"{sentence} {expected}".strip(), is_warning))
        where = f"{labels[name]}: " if name in labels else ""
        advice.append(where + (expected or sentence))
    return told, " ".join(advice)


def commented_workbook(run: ImportRun, kind: Kind, rows: Iterable[StagedRow], target: BinaryIO) -> int:
    """Write the table of a run with its faults; rows stand where they stood in the file. Gives how many are marked.

    Written row by row, so a long file needs no more memory than a short one.
    """
    # Loaded when somebody asks for a workbook: it costs every process a fifth of a second.
    from openpyxl import Workbook
    from openpyxl.comments import Comment

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
    head[last].comment = Comment(
        _("This is the table of “%(file)s” made anew: the file itself could not be marked.") % {"file": run.file_name},
        "Millwright",
        height=120,
        width=320,
    )
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
    told, advice = _told(row, by_field, labels)
    line: list[Any] = [None] * (last + 1)
    for place, column in enumerate(columns):
        number = str(column["number"])
        found = unpacked(row.cells[place]) if place < len(row.cells) else Cell(CellForm.EMPTY)
        if number in row.fixes:
            found = Cell(CellForm.TEXT, str(row.fixes[number]))
        cell = _cell(sheet, found)
        line[column["number"] - 1] = _marked(sheet, cell, told[number]) if number in told else cell
    if advice:
        line[last] = _text(sheet, advice)
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
