"""The doors to the caged reader: the book, the table under a chosen header, the rows of a table."""

from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from factory_core.importing.files.cage import Reader
from factory_core.importing.files.cells import (
    Book,
    Cell,
    Chosen,
    Ended,
    Finding,
    Limits,
    Lines,
    Mark,
    Opened,
    Piece,
    Request,
    Stop,
    Table,
)
from factory_core.importing.files.sentences import refusal, told, why

_LIMITS = Limits()
# A whole file is read aside, while everybody else goes first: how much it works is bounded, not how long that takes.
_PATIENT = Limits(wait_seconds=1800)


def open_book(path: Path, name: str, *, encoding: str = "", delimiter: str = "", limits: Limits = _LIMITS) -> Book:
    """What a file holds: sheets, first rows, guessed tables, traps. `name` is what its owner calls it.

    Raises a refusal of this package for a file that is not read.
    """
    request = Request(name, limits, encoding=encoding, delimiter=delimiter)
    try:
        with Reader(path, request) as reader:
            answer = next(iter(reader))
    except Stop as stop:
        raise refusal(stop, name) from stop
    assert isinstance(answer, Opened)  # noqa: S101 - the answer to this question
    book = answer.book
    headers = {
        (sheet.name, column.number): column.header
        for sheet in book.sheets
        for table in sheet.tables[:1]
        for column in table.columns
    }
    for finding in book.findings:
        told(finding, lambda about: headers.get((about.sheet, about.column), ""))
    for sheet in book.sheets:
        for table in sheet.tables:
            table.why = why(table.why)
    return book


def table_at(
    path: Path,
    name: str,
    sheet: str,
    header_rows: tuple[int, ...],
    *,
    encoding: str = "",
    delimiter: str = "",
    limits: Limits = _LIMITS,
) -> Table | None:
    """The table under one or two header rows that a person chose; None where such a row holds nothing.

    Raises a refusal as `open_book` does.
    """
    request = Request(name, limits, sheet, header_rows=header_rows, encoding=encoding, delimiter=delimiter)
    try:
        with Reader(path, request) as reader:
            answer = next(iter(reader))
    except Stop as stop:
        raise refusal(stop, name) from stop
    assert isinstance(answer, Chosen)  # noqa: S101 - the answer to this question
    if answer.table is not None:
        answer.table.why = why(answer.table.why)
    return answer.table


def mark_file(
    path: Path, name: str, sheet: str, marks: list[Mark], target: BinaryIO, *, limits: Limits = _LIMITS
) -> None:
    """Write a workbook as it stands to `target`, with marks on a sheet, in the order of rows and columns.

    Raises a refusal as `open_book` does; then `target` holds the beginning of a file.
    """
    try:
        with Reader(path, Request(name, limits, sheet, marks=marks)) as reader:
            for message in reader:
                if isinstance(message, Ended):
                    return
                assert isinstance(message, Piece)  # noqa: S101 - the answer to this question
                target.write(message.data)
    except Stop as stop:
        raise refusal(stop, name) from stop


class Rows:
    """The lines of a table, streamed: iterate for (row number in the file, cells of the table's columns).

    `section` and `fault` belong to the row given last: the title above it, and "" or the code of what is wrong with the
    whole row ("broken_row": too many cells, "joined_row": put together again, to be checked). `findings` says what came
    up behind the rows that `open_book` looked at, and is complete when the rows are. Closing ends the reader's process.
    """

    def __init__(self, path: Path, request: Request) -> None:
        self.section = ""
        self.fault = ""
        self.findings: list[Finding] = []
        self._name = request.name
        self._reader = Reader(path, request)
        self._rows = self._read()
        self._headers = {column.number: column.header for column in request.table.columns} if request.table else {}

    def __iter__(self) -> Iterator[tuple[int, list[Cell]]]:
        return self

    def __next__(self) -> tuple[int, list[Cell]]:
        return next(self._rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # Nobody closed it, or the file could not even be opened.
        if hasattr(self, "_rows"):
            self.close()

    def close(self) -> None:
        """End the reader; no further row is given."""
        self._rows.close()
        self._reader.close()

    def _read(self) -> Generator[tuple[int, list[Cell]], None, None]:
        try:
            for message in self._reader:
                if isinstance(message, Ended):
                    self.findings = [
                        told(finding, lambda about: self._headers.get(about.column, "")) for finding in message.findings
                    ]
                    return
                if isinstance(message, Lines):
                    for line in message.lines:
                        self.section, self.fault = line.section, line.fault
                        yield line.number, line.cells
        except Stop as stop:
            raise refusal(stop, self._name) from stop
        finally:
            self._reader.close()


def rows_of(
    path: Path,
    name: str,
    sheet: str,
    table: Table,
    *,
    encoding: str = "",
    delimiter: str = "",
    limits: Limits = _PATIENT,
) -> Rows:
    """The lines of a table, with bounded memory. Section titles, totals, repeated headers and blank rows are left out.

    Raises a refusal as `open_book` does, when the rows are asked for.
    """
    request = Request(name, limits, sheet, table, encoding=encoding, delimiter=delimiter)
    return Rows(path, request)
