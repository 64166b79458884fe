"""What every reader of a format gives to the layout: its sheets and, row by row, their cells."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from factory_core.importing.files.cells import Cell, Finding

# Top row, left column, bottom row, right column; from 1.
Merge = tuple[int, int, int, int]
# Merged cells matter where headers stand; fifty thousand of them further down do not.
MERGES_TO_ROW = 100
MOST_MERGES = 2000


class SheetFacts(NamedTuple):
    """A sheet as the format describes it; `rows` is the last row that holds anything."""

    name: str
    is_hidden: bool
    rows: int
    merges: list[Merge]
    formulas: int = 0
    hidden_rows: int = 0


class RawRow(NamedTuple):
    """One row that holds something: number from 1, cells from column 1 to the last filled one, its fault or ""."""

    number: int
    cells: list[Cell]
    fault: str = ""


class Source(Protocol):
    """An opened file. Rows that hold nothing are not given; their numbers are missing."""

    format: str
    encoding: str
    delimiter: str
    is_1904: bool
    findings: list[Finding]

    def sheets(self) -> list[SheetFacts]:
        """All sheets in the order of the file."""

    def rows(self, sheet: str, numbers: frozenset[int] = frozenset()) -> Iterator[RawRow]:
        """The filled rows of a sheet; in the columns `numbers` dates are the numbers they were typed as."""
