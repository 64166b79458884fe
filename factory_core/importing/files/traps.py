"""What a person should know about a sheet before it is mapped: the traps, each with its place and an example."""

from collections import Counter
from itertools import islice

from factory_core.importing.files.cells import Cell, CellForm, Column, Finding, Sheet, Table
from factory_core.importing.files.headers import cells_at, repeated
from factory_core.importing.files.sorting import Sort, Sorter
from factory_core.importing.files.source import RawRow, SheetFacts
from factory_core.importing.files.words import NOTHING, looks_like_figure

_MOST_OF_A_KIND = 10
_DESTROYED = "00:00.0"
# What cells say about themselves, as traps of their column.
_NOTED = ("typed_as_date", "long_digits", "exponent", "padded")


def of_sheet(facts: SheetFacts, sheet: Sheet, rows: list[RawRow], is_text: bool) -> list[Finding]:
    """The traps of a sheet as far as it was scanned."""
    found: list[Finding] = []
    if facts.is_hidden:
        found.append(Finding("hidden_sheet", facts.name))
    if facts.hidden_rows:
        found.append(Finding("hidden_rows", facts.name, count=facts.hidden_rows))
    found += _of_cells(facts, rows)
    found += _of_rows(facts.name, rows)
    if not sheet.tables:
        return found
    best = sheet.tables[0]
    found += _of_table(facts.name, best)
    found += _of_header(facts.name, best, rows)
    for other in sorted(sheet.tables[1:_MOST_OF_A_KIND], key=lambda each: each.first_row):
        found.append(
            Finding("another_table", facts.name, row=other.first_row, value=other.title[:80], count=other.lines)
        )
    lines = lines_of(best, rows)
    for column in best.columns:
        found += _of_column(facts.name, column, lines, is_text)
    same = len(lines) - len({tuple(cell.text for cell in row.cells) for row in lines})
    if same:
        found.append(Finding("identical_rows", facts.name, count=same))
    return found


def lines_of(table: Table, rows: list[RawRow]) -> list[RawRow]:
    """The lines of a table among these rows."""
    sorter = Sorter(table)
    lines = []
    for row in rows:
        if row.number < table.first_row or (table.last_row is not None and row.number > table.last_row):
            continue
        sort = sorter.sort(row)
        if sort is Sort.END:
            break
        if sort is Sort.LINE:
            lines.append(row)
    return lines


def _of_cells(facts: SheetFacts, rows: list[RawRow]) -> list[Finding]:
    formulas = [
        (row.number, place) for row in rows for place, cell in enumerate(row.cells, 1) if cell.note == "formula"
    ]
    blank = [place for place in formulas if _at(rows, place).form is CellForm.EMPTY]
    errors = [
        (row.number, place, cell.text)
        for row in rows
        for place, cell in enumerate(row.cells, 1)
        if cell.form is CellForm.ERROR
    ]
    found = []
    if formulas or facts.formulas:
        row, column = formulas[0] if formulas else (0, 0)
        found.append(Finding("formulas", facts.name, row, column, count=max(facts.formulas, len(formulas))))
    if blank:
        found.append(Finding("formula_without_value", facts.name, *blank[0], count=len(blank)))
    if errors:
        row, column, text = errors[0]
        found.append(Finding("error_cells", facts.name, row, column, text, len(errors)))
    return found


def _at(rows: list[RawRow], place: tuple[int, int]) -> Cell:
    return next(row.cells[place[1] - 1] for row in rows if row.number == place[0])


def _of_rows(name: str, rows: list[RawRow]) -> list[Finding]:
    return [
        Finding(row.fault, name, row.number, count=len(row.cells), value=shown(row))
        for row in islice((row for row in rows if row.fault), 100)
    ]


def shown(row: RawRow) -> str:
    """What stands in a torn row: the text put together, or all of its cells."""
    joined = [cell.text for cell in row.cells if cell.note == "joined"]
    return (joined or [" · ".join(cell.text for cell in row.cells)])[0][:200]


def _of_table(name: str, table: Table) -> list[Finding]:
    found = []
    first = table.header_rows[0] if table.header_rows else table.first_row
    if table.why == "no_header":
        found.append(Finding("no_header", name, table.first_row))
    if table.title:
        found.append(Finding("title_above", name, first, value=table.title[:120]))
    if len(table.header_rows) > 1:
        found.append(Finding("two_line_header", name, first))
    if table.sections:
        row, title = table.sections[0]
        found.append(Finding("sections", name, row, value=title[:80], count=len(table.sections)))
    if table.totals:
        found.append(Finding("totals_left_out", name, table.totals[0], count=len(table.totals)))
    for twice in repeated({column.number: column.header for column in table.columns})[:_MOST_OF_A_KIND]:
        number = [column.number for column in table.columns if column.header.casefold() == twice][1]
        found.append(Finding("same_header_twice", name, first, number, twice))
    return found


def _of_header(name: str, table: Table, rows: list[RawRow]) -> list[Finding]:
    blanks = [
        Finding("header_blanks", name, row.number, place, cell.text.strip()[:80])
        for row in rows
        if row.number in table.header_rows
        for place, cell in enumerate(row.cells, 1)
        if cell.text != cell.text.strip()
    ]
    for first in blanks[:1]:
        first.count = len(blanks)
    return blanks[:1]


def _of_column(name: str, column: Column, lines: list[RawRow], is_text: bool) -> list[Finding]:
    cells = cells_at(lines, column.number)
    if not cells:
        return []
    found = []
    number = column.number

    def trap(code: str, value: str, count: int) -> None:
        row = next(row.number for row in lines if number <= len(row.cells) and row.cells[number - 1].text == value)
        found.append(Finding(code, name, row, number, value[:80], count))

    if not column.header:
        trap("unnamed_column", cells[0].text, len(cells))
    texts = [cell.text for cell in cells if cell.form is CellForm.TEXT and not cell.note]
    destroyed = sum(text == _DESTROYED for text in texts)
    if destroyed and destroyed >= 0.9 * sum(text.casefold() not in NOTHING for text in texts):
        trap("destroyed_dates", _DESTROYED, destroyed)
        return found
    notes = Counter(cell.note for cell in cells)
    for note in _NOTED:
        if notes[note]:
            trap(note, next(cell.text for cell in cells if cell.note == note), notes[note])
    blanks = [text for text in texts if text != text.strip()]
    if blanks:
        trap("outer_blanks", blanks[0], len(blanks))
    nothing = [text for text in texts if text.strip().casefold() in NOTHING]
    if nothing:
        trap("words_for_nothing", nothing[0], len(nothing))
    figures = [text for text in texts if looks_like_figure(text)]
    if figures and not is_text and len(figures) >= 0.8 * len(cells):
        trap("numbers_as_text", figures[0], len(figures))
    codes = [text for text in figures if text.strip().isdecimal()]
    if codes and len(figures) < 0.5 * len(texts):
        zeros = [text for text in codes if text.strip()[0] == "0" and len(text.strip()) > 1]
        trap("codes_like_numbers", (zeros or codes)[0], len(codes))
    return found
