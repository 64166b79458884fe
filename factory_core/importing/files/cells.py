"""What a file is, seen from outside: book, sheets, tables, cells, findings. Shared by the caged reader and its parent.

Nothing here imports Django: the caged process loads this module.
"""

from enum import IntEnum

import msgspec

# Every answer of the reader begins with its length in so many bytes.
LENGTH_BYTES = 4


class CellForm(IntEnum):
    """What a cell holds."""

    EMPTY = 0
    TEXT = 1
    NUMBER = 2
    DATE = 3
    BOOL = 4
    ERROR = 5


class Cell(msgspec.Struct, frozen=True, array_like=True):
    """One cell. `text` is canonical: numbers as exact plain decimals, dates ISO, booleans true/false, texts as shown.

    `note` says what the person should know about it: "formula" (the stored result was read), "padded" (the number
    format adds the leading zeros that are read), "typed_as_date" (a number that the file shows as a date),
    "long_digits" (more digits than a spreadsheet keeps), "exponent" (shown as 1E+05), "percent", "time", "duration",
    "joined" (a cell put together again in a broken row).
    """

    form: CellForm
    text: str = ""
    note: str = ""


EMPTY = Cell(CellForm.EMPTY)
# Looking a form up on its class takes longer than making a cell; the readers make millions.
NO_FORM, TEXT, NUMBER, DATE, BOOL, ERROR = CellForm


class Limits(msgspec.Struct, frozen=True):
    """How much a file may take. Bytes, seconds, counts."""

    file_bytes: int = 50 << 20
    unpacked_bytes: int = 100 << 20
    ratio: int = 100
    # Below this size a high ratio does no harm: an empty styled sheet is packed a hundredfold.
    ratio_from_bytes: int = 10 << 20
    members: int = 2000
    sheets: int = 200
    columns: int = 1000
    rows: int = 1_048_576
    cell_characters: int = 32_767
    memory_bytes: int = 512 << 20
    cpu_seconds: int = 60
    # Only the time the parent waits for the reader counts; a slow consumer does not kill its reader.
    wait_seconds: float = 90.0
    # How far a sheet is read for the preview and for guessing its tables.
    scan_rows: int = 3000
    scan_cells: int = 60_000
    preview_rows: int = 50


class Finding(msgspec.Struct):
    """One trap in the file, named to the person. `row` and `column` count from 1; 0 stands for none."""

    code: str
    sheet: str = ""
    row: int = 0
    column: int = 0
    value: str = ""
    count: int = 0
    sentence: str = ""


class Column(msgspec.Struct, frozen=True):
    """A column of a table. `header` is "" where cells stand under no title.

    `is_number`: its dates are meant as numbers. `is_figures`: most of its cells are numbers or dates.
    """

    number: int
    header: str
    is_number: bool = False
    is_figures: bool = False


class Table(msgspec.Struct):
    """A table guessed on a sheet. Row numbers count from 1.

    `last_row` is None while the table goes on behind `scanned_to`, the last row that was looked at; what stands there
    is sorted into lines, sections and totals while the rows are read.
    """

    header_rows: tuple[int, ...]
    first_row: int
    last_row: int | None
    columns: list[Column]
    sections: list[tuple[int, str]] = []
    totals: list[int] = []
    title: str = ""
    confidence: float = 0.0
    why: str = ""
    scanned_to: int = 0
    # Lines counted as far as scanned.
    lines: int = 0
    # The leftmost column that nearly every line fills; 0 where there is none.
    key: int = 0
    # How many cells a line usually has.
    usual_fill: int = 0


class Sheet(msgspec.Struct):
    """A sheet: how far it is filled, the tables guessed on it, and its first rows as they stand."""

    name: str
    is_hidden: bool = False
    rows: int = 0
    columns: int = 0
    tables: list[Table] = []
    preview: list[list[Cell]] = []


class Book(msgspec.Struct):
    """A file as a whole."""

    digest: str
    size: int
    format: str
    encoding: str = ""
    delimiter: str = ""
    is_1904: bool = False
    sheets: list[Sheet] = []
    findings: list[Finding] = []


class Line(msgspec.Struct, array_like=True):
    """One row of a table on its way out of the cage. `fault` is "" or the code of what is wrong with the whole row."""

    number: int
    cells: list[Cell]
    section: str = ""
    fault: str = ""


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """What is put on one cell of a workbook: a colour, a text in its place (None: what is there stays), a comment.

    `colour` is 0 for none, 1 for doubtful, 2 for bad. `if_empty`: the text yields to whatever stands there.
    """

    row: int
    column: int
    colour: int = 0
    text: str | None = None
    comment: str = ""
    if_empty: bool = False


class Request(msgspec.Struct):
    """What the parent asks the reader. `sheet` and `table` are given for rows; `header_rows` for a header chosen;
    `marks` for the file itself with marks on its sheet, in the order of rows and columns."""

    name: str
    limits: Limits
    sheet: str = ""
    table: Table | None = None
    header_rows: tuple[int, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    marks: list[Mark] = []


class Lines(msgspec.Struct, tag="lines"):
    """A batch of rows."""

    lines: list[Line]


class Opened(msgspec.Struct, tag="book"):
    """The answer to a question for the whole."""

    book: Book


class Chosen(msgspec.Struct, tag="table"):
    """The answer to a question for the table under a chosen header; None where nothing stands there."""

    table: Table | None


class Refused(msgspec.Struct, tag="refused"):
    """The reader will not read this file."""

    code: str
    values: dict[str, str]


class Piece(msgspec.Struct, tag="piece"):
    """The next bytes of a file."""

    data: bytes


class Ended(msgspec.Struct, tag="ended"):
    """All was given; what came up on the way."""

    findings: list[Finding]


Message = Lines | Opened | Chosen | Piece | Refused | Ended


class Stop(Exception):
    """Inside the reader: the file is refused. `code` names the refusal, `values` fill its sentence."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
