"""Files of other people are read here: workbooks and text with delimiters, in a caged process, as streams of cells.

`open_book` says what a file holds, `table_at` describes the table under a header that a person chose, `rows_of` streams
its lines, `mark_file` gives a workbook back with marks on it. A file that will not be read is refused by one of the
classes named here. Plain Python; Django is asked for translated sentences only.
"""

from factory_core.importing.files.cells import Book, Cell, CellForm, Column, Finding, Limits, Line, Mark, Sheet, Table
from factory_core.importing.files.formats import day_number
from factory_core.importing.files.opening import Rows, mark_file, open_book, rows_of, table_at
from factory_core.importing.files.refusals import (
    ArchiveBomb,
    EmptyFile,
    ExternalReferences,
    FileTooLarge,
    MacroFile,
    NoSuchSheet,
    PasswordProtected,
    ReaderKilled,
    Unreadable,
    WrongExtension,
)

__all__ = [
    "ArchiveBomb",
    "Book",
    "Cell",
    "CellForm",
    "Column",
    "EmptyFile",
    "ExternalReferences",
    "FileTooLarge",
    "Finding",
    "Limits",
    "Line",
    "MacroFile",
    "Mark",
    "NoSuchSheet",
    "PasswordProtected",
    "ReaderKilled",
    "Rows",
    "Sheet",
    "Table",
    "Unreadable",
    "WrongExtension",
    "day_number",
    "mark_file",
    "open_book",
    "rows_of",
    "table_at",
]
