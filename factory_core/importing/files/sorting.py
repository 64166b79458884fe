"""Rows under a header, one after the other: line, section title, total, repeated header, or the end of the table.

The same sorter looks at the first rows for the guess and at all rows when they are taken, so both agree.
"""

from enum import IntEnum

from factory_core.importing.files.cells import NO_FORM, TEXT, Cell, Table
from factory_core.importing.files.source import RawRow
from factory_core.importing.files.words import is_figure, is_whole_total, names_total

_LONGEST_SECTION = 120


class Sort(IntEnum):
    """What a row is to its table."""

    LINE = 0
    SECTION = 1
    TOTAL = 2
    HEADER = 3
    NOTHING = 4
    END = 5


class Sorter:
    """Sorts the rows of one table in the order of the file; remembers the section it is in."""

    def __init__(self, table: Table) -> None:
        self.columns = [column.number for column in table.columns]
        self.figures = {column.number for column in table.columns if column.is_figures}
        self.headers = {column.number: _same(column.header) for column in table.columns if column.header}
        self.key, self.usual = table.key, table.usual_fill
        self.has_sections = self.has_total = False
        self.section = ""
        self.before = max(table.header_rows, default=table.first_row - 1)
        if not table.header_rows or table.header_rows[-1] != table.first_row - 1:
            self.before = table.first_row - 1

    def sort(self, row: RawRow) -> Sort:
        """What this row is. Raises nothing."""
        gap = row.number - self.before - 1
        filled = [
            (column, cell)
            for column in self.columns
            if column <= len(row.cells) and (cell := row.cells[column - 1]).form is not NO_FORM
        ]
        if not filled:
            return Sort.NOTHING
        self.before = row.number
        if len(filled) >= self.usual > 2 and not gap and filled[0][0] == self.key and self._is_plain(filled):
            return Sort.LINE
        return self._sort_odd(filled, gap)

    def _is_plain(self, filled: list[tuple[int, Cell]]) -> bool:
        first = filled[0][1]
        if first.form is not TEXT:
            return True
        return _same(first.text) != self.headers.get(filled[0][0]) and not is_whole_total(first.text)

    def _sort_odd(self, filled: list[tuple[int, Cell]], gap: int) -> Sort:
        if self._repeats_header(filled):
            return Sort.HEADER
        if self._is_total(filled):
            self.has_total = True
            return Sort.TOTAL
        if self._is_section(filled):
            if self.has_total and gap and not self.has_sections:
                # Totals closed the only block; under a new title begins another table.
                return Sort.END
            self.has_sections = True
            self.section = filled[0][1].text.strip()
            return Sort.SECTION
        if gap and self._is_other_header(filled):
            return Sort.END
        return Sort.LINE

    def _repeats_header(self, filled: list[tuple[int, Cell]]) -> bool:
        same = sum(_same(cell.text) == self.headers.get(column) for column, cell in filled)
        return len(self.headers) > 0 and same >= max(len(self.headers) * 0.8, 1) and same >= len(filled) * 0.8

    def _is_total(self, filled: list[tuple[int, Cell]]) -> bool:
        texts = [cell.text for _, cell in filled if cell.form is TEXT and not is_figure(cell)]
        has_figure = any(is_figure(cell) for _, cell in filled)
        if texts and is_whole_total(texts[0]) and has_figure and len(texts) <= 2 and len(filled) <= max(self.usual, 2):
            return True
        lacks_key = self.key > 0 and filled[0][0] != self.key
        if lacks_key and self.usual >= 4 and len(filled) <= max(2, self.usual * 0.35):
            return True
        few = len(filled) <= max(2, self.usual * 0.6)
        return few and has_figure and len(filled) < self.usual and any(names_total(text) for text in texts[:1])

    def _is_section(self, filled: list[tuple[int, Cell]]) -> bool:
        column, cell = filled[0]
        return (
            len(filled) == 1
            and self.usual >= 3
            and cell.form is TEXT
            and column in self.columns[:2]
            and len(cell.text) <= _LONGEST_SECTION
            and not is_figure(cell)
        )

    def _is_other_header(self, filled: list[tuple[int, Cell]]) -> bool:
        """After blank rows: words alone, and words where this table has figures."""
        return (
            len(filled) >= 2
            and all(cell.form is TEXT and not is_figure(cell) for _, cell in filled)
            and sum(column in self.figures for column, _ in filled) >= max(1, len(self.figures) // 2)
            and bool(self.figures)
        )


def _same(text: str) -> str:
    return " ".join(text.split()).casefold()
