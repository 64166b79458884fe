"""Opening a file inside the cage: told by content, measured, handed to the reader of its kind."""

import hashlib
import os
from collections.abc import Iterator
from typing import IO

from factory_core.importing.files import archive as archives
from factory_core.importing.files import sniff
from factory_core.importing.files.cells import (
    EMPTY,
    Book,
    Cell,
    CellForm,
    Chosen,
    Finding,
    Limits,
    Line,
    Lines,
    Request,
    Sheet,
    Stop,
    Table,
)
from factory_core.importing.files.formats import day_number
from factory_core.importing.files.layout import chosen_table, tables_of
from factory_core.importing.files.sorting import Sort, Sorter
from factory_core.importing.files.source import RawRow, SheetFacts, Source
from factory_core.importing.files.traps import of_sheet, shown

_BATCH_ROWS = 500
_BATCH_CHARACTERS = 200_000
_MOST_FINDINGS = 1000


def opened(file: IO[bytes], request: Request) -> Source:
    """The reader for what the file is. Raises Stop for what will not be read."""
    size = os.fstat(file.fileno()).st_size
    limits = request.limits
    if size > limits.file_bytes:
        raise Stop("file_too_large", found=str(size >> 20), limit=str(limits.file_bytes >> 20))
    start = file.read(8192)
    if not start.strip(b"\xef\xbb\xbf \t\r\n\0"):
        raise Stop("empty_file")
    content = sniff.content_of(start)
    if content == "zip":
        return _packed(file, size, request)
    if content in ("compound", "xls"):
        from factory_core.importing.files import xls

        file.seek(0)
        whole = file.read()
        if content == "compound":
            xls.refuse_parts(whole)
        sniff.agree(request.name, "xls")
        return xls.XlsBook(whole, limits)
    sniff.agree(request.name, content)
    from factory_core.importing.files.log import LogBook, is_log
    from factory_core.importing.files.text import TextBook

    if not request.delimiter and is_log(start, request.name):
        return LogBook(file, request.name, limits, request.encoding)

    return TextBook(file, request.name, limits, request.encoding, request.delimiter)


def _packed(file: IO[bytes], size: int, request: Request) -> Source:
    from factory_core.importing.files import ods, xlsx

    archive = archives.opened(file, size, request.limits)
    kind = sniff.archive_kind(archive)
    sniff.agree(request.name, kind)
    looks, look = xlsx.looked(archive)
    archives.measured(file, archive, size, request.limits, look)
    if kind == "ods":
        return ods.OdsBook(archive, request.limits)
    return xlsx.XlsxBook(archive, kind, looks, request.limits)


def book_of(file: IO[bytes], request: Request) -> Book:
    """The whole file in short: sheets, first rows, guessed tables, traps."""
    source = opened(file, request)
    facts = source.sheets()
    if len(facts) > request.limits.sheets:
        raise Stop("archive_bomb", reason="sheets", found=str(len(facts)), limit=str(request.limits.sheets))
    book = Book(_digest(file), os.fstat(file.fileno()).st_size, source.format, source.encoding, source.delimiter)
    book.is_1904 = source.is_1904
    book.findings += source.findings
    if source.is_1904:
        book.findings.append(Finding("counts_from_1904"))
    for each in facts:
        rows, is_whole = scanned(source, each, request.limits)
        tables = tables_of(rows, each.merges, is_whole, source.is_1904) if rows else []
        rows = [_with_numbers(row, tables[0], source.is_1904) for row in rows] if tables else rows
        book.sheets.append(_sheet(each, tables, rows, is_whole, request.limits))
        book.findings += of_sheet(each, book.sheets[-1], rows, bool(source.delimiter) or source.format == "log")
    if not any(sheet.rows for sheet in book.sheets):
        raise Stop("empty_file")
    del book.findings[_MOST_FINDINGS:]
    return book


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


def scanned(source: Source, facts: SheetFacts, limits: Limits) -> tuple[list[RawRow], bool]:
    """The first rows of a sheet, and whether they are all."""
    rows: list[RawRow] = []
    room = limits.scan_cells
    for row in source.rows(facts.name):
        if len(rows) >= limits.scan_rows or room < 0:
            return rows, False
        rows.append(row)
        room -= len(row.cells)
    return rows, True


def _with_numbers(row: RawRow, table: Table, is_1904: bool) -> RawRow:
    """The row with the numbers that were typed as dates, in the columns of which this is known by now."""
    places = [column.number - 1 for column in table.columns if column.is_number and column.number <= len(row.cells)]
    if not places or row.number < table.first_row:
        return row
    cells = list(row.cells)
    for place in places:
        if cells[place].form is CellForm.DATE and (number := day_number(cells[place].text, is_1904)):
            cells[place] = Cell(CellForm.NUMBER, number, "typed_as_date")
    return row._replace(cells=cells)


def _sheet(facts: SheetFacts, tables: list[Table], rows: list[RawRow], is_whole: bool, limits: Limits) -> Sheet:
    sheet = Sheet(facts.name, facts.is_hidden, tables=tables)
    sheet.rows = rows[-1].number if is_whole and rows else facts.rows
    sheet.columns = max((len(row.cells) for row in rows), default=0)
    by_number = {row.number: row.cells for row in rows[: limits.preview_rows]}
    shown = min(limits.preview_rows, sheet.rows)
    sheet.preview = [by_number.get(number, []) for number in range(1, shown + 1)]
    return sheet


def table_of(file: IO[bytes], request: Request) -> Chosen:
    """The table under the header that a person chose."""
    source = opened(file, request)
    facts = _named(source, request.sheet)
    rows, is_whole = scanned(source, facts, request.limits)
    return Chosen(chosen_table(rows, request.header_rows, facts.merges, is_whole, source.is_1904))


def _named(source: Source, name: str) -> SheetFacts:
    for facts in source.sheets():
        if facts.name == name:
            return facts
    raise Stop("no_such_sheet", found=name)


def lines_of(file: IO[bytes], request: Request, findings: list[Finding]) -> Iterator[Lines]:
    """The lines of a table in batches; sections, totals and repeated headers are left out."""
    source = opened(file, request)
    table = request.table
    assert table is not None  # noqa: S101 - the parent asks for rows with a table only
    _named(source, request.sheet)
    sorter = Sorter(table)
    numbers = frozenset(column.number for column in table.columns if column.is_number)
    wanted = [column.number - 1 for column in table.columns]
    told = dict(table.sections)
    totals = set(table.totals)
    section = ""
    batch: list[Line] = []
    room = _BATCH_CHARACTERS
    for row in source.rows(request.sheet, numbers):
        if row.number < table.first_row:
            continue
        if table.last_row is not None and row.number > table.last_row:
            break
        sort = sorter.sort(row)
        if row.number <= table.scanned_to:
            # The person has seen these rows, and what the table says about them holds.
            if row.number in told:
                section = told[row.number]
                continue
            if row.number in totals or sort in (Sort.HEADER, Sort.NOTHING):
                continue
        elif sort is Sort.END:
            findings.append(Finding("table_ends", request.sheet, row.number))
            break
        elif sort is not Sort.LINE:
            if sort is Sort.SECTION:
                section = sorter.section
            if sort is not Sort.NOTHING and len(findings) < _MOST_FINDINGS:
                findings.append(Finding(f"left_out_{sort.name.lower()}", request.sheet, row.number))
            continue
        # What was scanned was told with the book.
        if row.fault and row.number > table.scanned_to and len(findings) < _MOST_FINDINGS:
            findings.append(Finding(row.fault, request.sheet, row.number, 0, shown(row), len(row.cells)))
        line = Line(row.number, _cut(row, wanted), section, row.fault)
        batch.append(line)
        room -= sum([len(cell.text) for cell in line.cells])
        if len(batch) >= _BATCH_ROWS or room < 0:
            yield Lines(batch)
            batch, room = [], _BATCH_CHARACTERS
    yield Lines(batch)


def _cut(row: RawRow, wanted: list[int]) -> list[Cell]:
    width = len(row.cells)
    return [row.cells[place] if place < width else EMPTY for place in wanted]
