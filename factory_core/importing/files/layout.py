"""Which tables stand on a sheet: title above, one or two header rows, lines, sections, totals; then the next table."""

import itertools
from collections import Counter
from math import log
from statistics import median

import msgspec

from factory_core.importing.files.cells import CellForm, Column, Table
from factory_core.importing.files.formats import day_number
from factory_core.importing.files.headers import Guess, cells_at, filled_of, header_of, names
from factory_core.importing.files.sorting import Sort, Sorter
from factory_core.importing.files.source import Merge, RawRow
from factory_core.importing.files.words import is_figure, names_day, names_number

_PROFILE = 400
_MOST_TABLES = 20
_LONGEST_TITLE = 300
# The years in which dates of a factory lie.
_FIRST_DAY, _LAST_DAY = 18_264, 73_415


def tables_of(rows: list[RawRow], merges: list[Merge], is_whole: bool, is_1904: bool) -> list[Table]:
    """The tables among the first rows of a sheet, the best first. `is_whole`: nothing follows these rows."""
    tables: list[Table] = []
    place = 0
    inherited: Table | None = None
    while place < len(rows) and len(tables) < _MOST_TABLES:
        rest = rows[place:]
        guess = header_of(rest, merges)
        # The title of an option block may be followed by lines under the header of the block before.
        if inherited is not None and (guess.lines == 0 or not _is_new_header(rest, guess)):
            table = _under_inherited(rest, inherited)
            start = 1
        else:
            table = table_at(rest, guess, merges, is_1904)
            start = guess.place + guess.lines
        end = _sorted_into(table, rest, start)
        if table.lines or table.header_rows:
            tables.append(table)
        if end is None:
            table.last_row = None if not is_whole else table.last_row
            break
        place += max(end, start, 1)
        inherited = table if table.header_rows else None
    return sorted(tables, key=lambda each: -each.confidence * log(each.lines + 2))


def chosen_table(
    rows: list[RawRow], header_rows: tuple[int, ...], merges: list[Merge], is_whole: bool, is_1904: bool
) -> Table | None:
    """The table under the header that a person chose; None where no such row is filled."""
    place = next((place for place, row in enumerate(rows) if row.number == header_rows[0]), None)
    if place is None:
        return None
    lines = 2 if len(header_rows) > 1 and place + 1 < len(rows) else 1
    table = table_at(rows[place:], Guess(0, lines, 1.0, "chosen"), merges, is_1904)
    if _sorted_into(table, rows[place:], lines) is None and not is_whole:
        table.last_row = None
    return table


def _is_new_header(rest: list[RawRow], guess: Guess) -> bool:
    """A header of its own comes soon and is more than the first line of a block without one."""
    return guess.score >= 0.75 and guess.place <= 3 and guess.why != "no_header" and _has_words_alone(rest[guess.place])


def _has_words_alone(row: RawRow) -> bool:
    filled = filled_of(row)
    return len(filled) > 1 and not any(is_figure(row.cells[column - 1]) for column in filled)


def table_at(rest: list[RawRow], guess: Guess, merges: list[Merge], is_1904: bool) -> Table:
    """The table under a guessed header, described by its first lines."""
    start = guess.place + guess.lines
    header_cells = [row.cells for row in rest[guess.place : start]]
    body = [row for row in rest[start : start + _PROFILE] if row.cells not in header_cells]
    found = names(rest, guess, merges)
    used = Counter(column for row in body for column in filled_of(row))
    numbers = sorted({column for column, name in found.items() if name} | set(used))
    columns = [_column(number, found.get(number, ""), body, is_1904) for number in numbers]
    header_rows = tuple(row.number for row in rest[guess.place : start])
    above = [cell.text.strip() for row in rest[: guess.place] for cell in row.cells if cell.form is CellForm.TEXT]
    table = Table(
        header_rows=header_rows,
        first_row=(header_rows[-1] if header_rows else rest[0].number - 1) + 1,
        last_row=None,
        columns=columns,
        title=" · ".join(above)[:_LONGEST_TITLE],
        confidence=round(min(guess.score, 1.0), 2),
        why=guess.why,
    )
    _describe(table, body)
    return table


def _describe(table: Table, body: list[RawRow]) -> None:
    """How a line of this table usually looks: how many cells, and which column is never empty."""
    inside = [column.number for column in table.columns]
    fills = [len(filled_of(row).intersection(inside)) for row in body]
    table.usual_fill = int(median(fills)) if fills else len(inside)
    full = [row for row, fill in zip(body, fills, strict=True) if fill >= table.usual_fill * 0.6]
    for column in inside:
        if full and sum(column in filled_of(row) for row in full) >= 0.9 * len(full):
            table.key = column
            break


def _under_inherited(rest: list[RawRow], inherited: Table) -> Table:
    """A further block under the columns of the table before it; its own first row is its title."""
    title = next((cell.text.strip() for cell in rest[0].cells if cell.form is CellForm.TEXT), "")
    return msgspec.structs.replace(
        inherited,
        first_row=rest[0].number + 1,
        last_row=None,
        sections=[],
        totals=[],
        title=title[:_LONGEST_TITLE],
        confidence=round(inherited.confidence * 0.5, 2),
        why="same_columns",
        lines=0,
    )


def _sorted_into(table: Table, rest: list[RawRow], start: int) -> int | None:
    """Sort the rows from `start` on into the table; the place where another begins, or None."""
    sorter = Sorter(table)
    last = table.first_row - 1
    end = None
    for place, row in enumerate(rest[start:], start):
        sort = sorter.sort(row)
        if sort is Sort.END:
            end = place
            break
        if sort is Sort.LINE:
            table.lines += 1
            last = row.number
        elif sort is Sort.SECTION:
            table.sections.append((row.number, sorter.section))
        elif sort is Sort.TOTAL:
            table.totals.append(row.number)
        table.scanned_to = row.number
    # A title without lines under it is a remark at the foot.
    table.sections = [section for section in table.sections if section[0] < last]
    table.last_row = last
    table.scanned_to = max(table.scanned_to, last)
    return end


def _column(number: int, header: str, body: list[RawRow], is_1904: bool) -> Column:
    cells = cells_at(body, number)
    figures = sum(is_figure(cell) for cell in cells)
    dates = [cell.text for cell in cells if cell.form is CellForm.DATE]
    typed = sum(cell.note == "typed_as_date" for cell in cells)
    return Column(
        number,
        header,
        is_number=len(dates) + typed >= max(0.8 * len(cells), 1) and _are_numbers(header, dates, typed, is_1904),
        is_figures=bool(cells) and figures >= 0.7 * len(cells),
    )


def _are_numbers(header: str, dates: list[str], typed: int, is_1904: bool) -> bool:
    """Whether a column of dates was meant as numbers: named so, counting up by one, or far from any year of work."""
    if typed and not dates:
        return True
    days = [int(number) for text in dates if (number := day_number(text, is_1904))]
    if len(days) < len(dates):
        # A time of day was typed with them: these are moments.
        return False
    if names_number(header):
        return True
    strange = sum(not _FIRST_DAY <= day <= _LAST_DAY for day in days)
    if strange > 0.5 * len(days):
        return True
    steps = [later - earlier for earlier, later in itertools.pairwise(days)]
    return len(steps) >= 20 and steps.count(1) >= 0.95 * len(steps) and not names_day(header)
