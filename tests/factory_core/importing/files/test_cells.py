"""Cells say what the person sees: zeros kept, numbers exact, dates dates, formulas by their stored results."""

from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from factory_core.importing.files import Cell, CellForm, open_book, rows_of
from factory_core.importing.files.formats import day_number, day_text, number_cell, padded
from tests.factory_core.importing.files.evil import packed, parts, sheet
from tests.factory_core.importing.files.real import first_table, uncaged

__all__ = ["uncaged"]
pytestmark = pytest.mark.usefixtures("uncaged")

TEXT, NUMBER, DATE, BOOL, ERROR, EMPTY = (
    CellForm.TEXT,
    CellForm.NUMBER,
    CellForm.DATE,
    CellForm.BOOL,
    CellForm.ERROR,
    CellForm.EMPTY,
)


@pytest.mark.parametrize(
    ("raw", "code", "form", "text", "note"),
    [
        ("20565.620599999998", "0.0000", NUMBER, "20565.6206", ""),
        ("0.1", "General", NUMBER, "0.1", ""),
        ("92.741280000000017", "General", NUMBER, "92.74128", ""),
        ("1200", "#,##0", NUMBER, "1200", ""),
        ("-3.5", "#,##0.00;[Red]-#,##0.00", NUMBER, "-3.5", ""),
        ("0.000000125", "General", NUMBER, "0.000000125", ""),
        ("123", "00000", TEXT, "00123", "padded"),
        ("1234567", "00000", TEXT, "1234567", "padded"),
        ("42", '"P-"0000', TEXT, "P-0042", "padded"),
        ("123456789", r"000\-00\-0000", TEXT, "123-45-6789", "padded"),
        ("100000", "0.00E+00", NUMBER, "100000", "exponent"),
        ("1.2345678901234567E+19", "General", NUMBER, "12345678901234600000", "long_digits"),
        ("12345678901234567890", "General", NUMBER, "12345678901234567890", "long_digits"),
        ("0.19", "0%", NUMBER, "0.19", "percent"),
        ("46085", "dd/mm/yyyy", DATE, "2026-03-04", ""),
        ("46085.211886574077", "yyyy-mm-dd hh:mm", DATE, "2026-03-04T05:05:07", ""),
        ("46085", "[$-407]d. mmmm yyyy;@", DATE, "2026-03-04", ""),
        ("0.25", "h:mm", TEXT, "06:00:00", "time"),
        ("1.5", "[h]:mm", TEXT, "36:00:00", "duration"),
        ("75123", "m/d/yyyy", DATE, "2105-09-04", ""),
        ("9999999", "m/d/yyyy", NUMBER, "9999999", "typed_as_date"),
        ("-1", "m/d/yyyy", NUMBER, "-1", "typed_as_date"),
        ("60", "m/d/yyyy", NUMBER, "60", "typed_as_date"),
        ("12", '0 "mm"', NUMBER, "12", ""),
        ("5", '#,##0 "days"', NUMBER, "5", ""),
    ],
)
def test_a_number_and_its_format(raw: str, code: str, form: CellForm, text: str, note: str) -> None:
    assert number_cell(raw, code, is_1904=False) == Cell(form, text, note)


@pytest.mark.parametrize(
    ("serial", "text"), [(1, "1900-01-01"), (59, "1900-02-28"), (61, "1900-03-01"), (46085, "2026-03-04")]
)
def test_days_count_as_spreadsheets_count_them(serial: int, text: str) -> None:
    assert day_text(serial, is_1904=False) == text
    assert day_number(text) == str(serial)


def test_days_from_1904_are_1462_later() -> None:
    assert day_text(44623, is_1904=True) == "2026-03-04"
    assert day_number("2026-03-04", is_1904=True) == "44623"


def test_a_column_of_numbers_under_a_date_format_gives_the_numbers() -> None:
    assert number_cell("43659", "m/d/yyyy", False, is_number=True) == Cell(NUMBER, "43659", "typed_as_date")


def test_zeros_of_a_quoted_text_are_no_digits() -> None:
    assert padded(7, '"00-"000') == "00-007"


def rows_in(path: Path) -> list[list[Cell]]:
    book = open_book(path, path.name)
    name, table = first_table(book)
    with rows_of(path, path.name, name, table) as rows:
        return [cells for _, cells in rows]


def test_a_workbook_of_every_kind_of_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.append(["Code", "Made on", "Changed at", "Ok", "Price", "At", "Note"])
    changed = datetime.fromisoformat("2026-03-04T05:06:07")
    page.append([123, date(2026, 3, 4), changed, True, 0.1, time(6, 30), "  two\nlines "])
    page.append([77, date(2025, 1, 2), None, False, 1200, None, "=1+1"])
    page["A2"].number_format = page["A3"].number_format = "00000"
    page["E3"] = "#REF!"
    path = tmp_path / "a.xlsx"
    book.save(path)

    first, second = rows_in(path)

    assert first == [
        Cell(TEXT, "00123", "padded"),
        Cell(DATE, "2026-03-04"),
        Cell(DATE, "2026-03-04T05:06:07"),
        Cell(BOOL, "true"),
        Cell(NUMBER, "0.1"),
        Cell(TEXT, "06:30:00", "time"),
        Cell(TEXT, "  two\nlines "),
    ]
    assert second[2:5] == [Cell(EMPTY), Cell(BOOL, "false"), Cell(ERROR, "#REF!")]
    assert second[6] == Cell(EMPTY, "", "formula")
    codes = {finding.code: finding for finding in open_book(path, "a.xlsx").findings}
    assert (codes["error_cells"].row, codes["error_cells"].column) == (3, 5)
    assert (codes["formulas"].count, codes["formula_without_value"].row) == (1, 3)
    assert codes["padded"].sentence.startswith("Column Code gets its leading zeros from the number format, first 00123")


def test_stored_results_of_formulas_are_read_and_said(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1" t="str"><v>Code</v></c><c r="B1" t="str"><v>Pieces</v></c></row>'
        '<row r="2"><c r="A2" t="str"><f>"A"&amp;1</f><v>A1</v></c><c r="B2"><f>2*21</f><v>42</v></c></row>'
        '<row r="3"><c r="A3" t="str"><v>A2</v></c><c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    path = packed(tmp_path / "a.xlsx", parts() | {"xl/worksheets/sheet1.xml": sheet(rows)})

    assert rows_in(path) == [
        [Cell(TEXT, "A1", "formula"), Cell(NUMBER, "42", "formula")],
        [Cell(TEXT, "A2"), Cell(ERROR, "#DIV/0!", "formula")],
    ]
    found = {finding.code: finding for finding in open_book(path, "a.xlsx").findings}
    assert (found["formulas"].count, found["formulas"].row, found["formulas"].column) == (3, 2, 1)
    assert found["error_cells"].value == "#DIV/0!"


def test_a_workbook_that_counts_from_1904(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["Part", "Made on"])
    book.active.append(["A-1", date(2026, 3, 4)])
    book.save(tmp_path / "a.xlsx")

    read = open_book(tmp_path / "a.xlsx", "a.xlsx")

    assert read.is_1904
    assert "counts_from_1904" in {finding.code for finding in read.findings}
    assert rows_in(tmp_path / "a.xlsx")[0][1] == Cell(DATE, "2026-03-04")


def test_names_of_elements_may_have_prefixes(tmp_path: Path) -> None:
    page = sheet('<row r="1"><c r="A1" t="str"><v>Part</v></c></row><row r="2"><c r="A2"><v>7</v></c></row>')
    for tag in ("worksheet", "sheetData", "row", "c ", "c>", "v>"):
        page = page.replace(f"<{tag}", f"<x:{tag}").replace(f"</{tag}", f"</x:{tag}")
    page = page.replace("xmlns=", "xmlns:x=")
    path = packed(tmp_path / "a.xlsx", parts() | {"xl/worksheets/sheet1.xml": page})

    assert rows_in(path) == [[Cell(NUMBER, "7")]]
    assert open_book(path, "a.xlsx").sheets[0].rows == 2


ODS = (
    "<d:document-content xmlns:d='d' xmlns:table='t' xmlns:text='x' xmlns:office='o'><table:table table:name='Parts'>"
    "<table:table-row><table:table-cell><text:p>Code</text:p></table:table-cell>"
    "<table:table-cell table:number-columns-repeated='2'><text:p>Pieces</text:p></table:table-cell></table:table-row>"
    "<table:table-row table:number-rows-repeated='2'>"
    "<table:table-cell office:value-type='float' office:value='123'><text:p>00123</text:p></table:table-cell>"
    "<table:table-cell office:value-type='float' office:value='4'><text:p>4,00</text:p></table:table-cell>"
    "<table:table-cell office:value-type='date' office:date-value='2026-03-04'><text:p>04.03.26</text:p>"
    "</table:table-cell></table:table-row>"
    "<table:table-row table:number-rows-repeated='1048000'><table:table-cell table:number-columns-repeated='1024'/>"
    "</table:table-row></table:table></d:document-content>"
)


def test_open_document_cells_show_their_zeros_and_repeat(tmp_path: Path) -> None:
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    path = packed(tmp_path / "a.ods", {"mimetype": kind, "content.xml": ODS})

    assert open_book(path, "a.ods").sheets[0].rows == 3
    assert rows_in(path) == [[Cell(TEXT, "00123", "padded"), Cell(NUMBER, "4"), Cell(DATE, "2026-03-04")]] * 2
