"""What goes out comes back unchanged, in workbooks and in plain tables, and nothing of it is ever calculated."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory_core.importing.exporting import csv_lines, unmistakable, write_xlsx
from factory_core.importing.files import CellForm, open_book, rows_of
from factory_core.importing.kinds import FieldType, Kind, Value
from factory_core.importing.matching import Decision, Reader, Why, decide, literal, read_value, shape_of, suggest
from tests.world.importing import a_field, a_kind, text
from tests.world.kinds import SUPPLY

KIND = a_kind(
    "things",
    a_field(name="code", label="Code"),
    a_field(FieldType.REFERENCE, "unit", label="Unit"),
    a_field(FieldType.WHOLE, "pieces", label="Pieces"),
    a_field(FieldType.NUMBER, "price", label="Price"),
    a_field(FieldType.DATE, "due_on", label="Due"),
    a_field(FieldType.MOMENT, "made_at", label="Made at"),
    a_field(FieldType.YES_NO, "is_sold", label="Sold"),
    a_field(FieldType.CHOICE, "supply", label="Supply", choices=SUPPLY),
)
TRICKY = [
    *("=1+1", "+49 30 1234", "-5", "@sum", "'=x", "''-y", "'80s", "-", "N/A", "NULL", "'-", "00123", "1E5", "12-3"),
    *("5.10", "12345678901234567890", "TRUE", "a;b,c", 'say "no"', "two\nlines", "März · Ł", "03/04/2026", "00:00.0"),
    *("=cmd|' /C calc'!A0", "x" * 300, "#REF!", "1,5", "_x0041_"),
]
ROWS: list[dict[str, Value]] = [
    {
        "code": code,
        "unit": f"={number}" if number % 2 else "pcs",
        "pieces": number - 3,
        "price": Decimal(number * 1001).scaleb(-3),
        "due_on": date(2026, 1, 1 + number),
        "made_at": datetime(2026, 10, 25, 0, 30, number, tzinfo=UTC),
        "is_sold": number % 3 == 0,
        "supply": "MAKE" if number % 2 else "BUY",
    }
    for number, code in enumerate(TRICKY)
]
ROWS += [
    {
        "code": "last",
        "unit": None,
        "pieces": None,
        "price": Decimal("-12345678901234567890.123"),
        "due_on": None,
        "made_at": datetime(2026, 7, 4, 12, 30, 15, 250000, tzinfo=UTC),
        "is_sold": None,
        "supply": None,
    }
]


def read_back(kind: Kind, path: Path) -> list[dict[str, Value]]:
    """The rows of a file as an import reads them; every column must be taken for what it is."""
    book = open_book(path, path.name)
    (sheet,) = book.sheets
    with rows_of(
        path, path.name, sheet.name, sheet.tables[0], encoding=book.encoding, delimiter=book.delimiter
    ) as found:
        rows = [cells for _number, cells in found]
    columns = list(zip(*rows, strict=True))
    shapes = [shape_of(column) for column in columns]
    headers = [column.header for column in sheet.tables[0].columns]
    suggestions = suggest(kind, headers, shapes)
    assert [(each.field, each.why, each.confidence) for each in suggestions] == [
        (field.name, Why.SAME_NAME, 1.0) for field in kind.fields
    ]
    readers = [
        Reader(field, decide(field, shape, zone="Europe/Berlin"))
        for field, shape in zip(kind.fields, shapes, strict=True)
    ]
    read = [[reader.read(cell) for reader, cell in zip(readers, row, strict=True)] for row in rows]
    # That a text looks like a formula is told, and stops nothing.
    told = [problem for row in read for _value, problem in row if problem and problem.code != "formula_text"]
    assert told == []
    return [{field.name: value for field, (value, _) in zip(kind.fields, row, strict=True)} for row in read]


def test_a_workbook_comes_back_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "things.xlsx"
    with path.open("wb") as target:
        assert write_xlsx(KIND, ROWS, target, zone="Europe/Berlin") == len(ROWS)
    assert read_back(KIND, path) == ROWS


def test_a_plain_table_comes_back_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "things.csv"
    path.write_bytes(b"".join(csv_lines(KIND, ROWS, zone="Europe/Berlin")))
    assert read_back(KIND, path) == ROWS


def test_no_cell_of_a_workbook_is_a_formula() -> None:
    target = io.BytesIO()
    write_xlsx(KIND, ROWS, target)
    sheet = openpyxl.load_workbook(target)[KIND.label]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A2"].quotePrefix) == ("=1+1", "s", True)
    assert (sheet["A13"].value, sheet["A13"].number_format) == ("00123", "@")


@pytest.mark.parametrize("code", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "-"])
def test_no_text_of_a_plain_table_begins_like_a_formula(code: str) -> None:
    kind = a_kind("things", a_field(name="code", label="Code"))
    lines = b"".join(csv_lines(kind, [{"code": code}])).decode("utf-8-sig")
    assert lines.split("\r\n", 1)[1].lstrip('"').startswith("'" + code)


def test_a_negative_number_of_a_plain_table_stays_a_number() -> None:
    kind = a_kind("things", a_field(FieldType.NUMBER, "price", label="Price"))
    assert list(csv_lines(kind, [{"price": Decimal("-1.5")}]))[1] == b"-1.5\r\n"


@pytest.mark.parametrize(
    ("value", "written"), [("1.234", "1.2340"), ("-12.345", "-12.3450"), ("1234.567", "1234.567"), ("1.5", "1.5")]
)
def test_a_number_cannot_be_taken_for_thousands(value: str, written: str) -> None:
    assert unmistakable(Decimal(value)) == written


@settings(deadline=None)
@given(st.text(alphabet="'=+-@aN/ \t", min_size=1, max_size=6).filter(lambda each: each == each.strip()), st.booleans())
def test_any_text_comes_back_from_its_mark(shown: str, is_plain: bool) -> None:
    written = literal.marked(shown, is_plain=is_plain)
    assert not (is_plain and literal.starts_formula(written))
    value, problem = read_value(text(written), a_field(), Decision(), {})
    assert value == shown
    assert problem is None or (problem.code, problem.is_warning) == ("formula_text", True)


def test_what_no_workbook_can_hold_is_left_out() -> None:
    kind = a_kind("things", a_field(name="code", label="Code"))
    target = io.BytesIO()
    write_xlsx(kind, [{"code": "a\x00b\x0bc"}], target)
    assert openpyxl.load_workbook(target).active["A2"].value == "abc"


def test_text_cells_are_text(tmp_path: Path) -> None:
    path = tmp_path / "things.xlsx"
    with path.open("wb") as target:
        write_xlsx(KIND, ROWS, target)
    book = open_book(path, path.name)
    first = [row[0].form for row in book.sheets[0].preview[1:] if row]
    assert set(first) == {CellForm.TEXT}


def test_other_programs_read_dates_numbers_and_the_last_columns_as_they_are() -> None:
    kind = a_kind(
        "things",
        *(a_field(FieldType.NUMBER, f"n{number}", label=f"N{number}") for number in range(30)),
        a_field(FieldType.DATE, "on", label="On"),
        a_field(name="text", label="A & <B> 'C'"),
    )
    target = io.BytesIO()
    row: dict[str, Value] = {"n0": Decimal("1E+3"), "n29": Decimal("-0.00005"), "on": date(1900, 3, 1)}
    write_xlsx(kind, [row | {"text": "_x0041_ & <b>"}, {"on": date(1900, 2, 28), "text": " a\rb\n"}], target)
    sheet = openpyxl.load_workbook(target).active
    assert sheet.freeze_panes == "A2"
    assert (sheet["AF1"].value, sheet["A2"].value, sheet["AD2"].value) == ("A & <B> 'C'", 1000, -0.00005)
    assert (str(sheet["AE2"].value), sheet["AE2"].number_format) == ("1900-03-01 00:00:00", "yyyy-mm-dd")
    assert (sheet["AE3"].value, sheet["AF2"].value) == ("1900-02-28", "_x005F_x0041_ & <b>")
