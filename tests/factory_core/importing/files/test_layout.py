"""Where tables stand: under titles and two-line headers, between sections and totals, several on a sheet."""

from pathlib import Path

import openpyxl
import pytest

from factory_core.importing.files import Table, WrongExtension, open_book, rows_of, table_at
from factory_core.importing.files.refusals import NoSuchSheet
from tests.factory_core.importing.files.real import first_table, uncaged

__all__ = ["uncaged"]
pytestmark = pytest.mark.usefixtures("uncaged")

Grid = list[list[object]]
LINES: Grid = [["A-1", "Bolt", 4, 0.5], ["A-2", "Nut", 8, 0.25], ["A-3", "Washer", 8, 0.1]]
HEADER: list[object] = ["Part", "Name", "Pieces", "Price"]
BLANK: list[object] = []


def workbook(path: Path, grid: Grid, *merges: str) -> Path:
    book = openpyxl.Workbook()
    for line in grid:
        book.active.append(line)
    for merge in merges:
        book.active.merge_cells(merge)
    book.save(path)
    return path


def text_file(path: Path, grid: Grid, *_: str) -> Path:
    path.write_text("\n".join(";".join("" if value is None else str(value) for value in line) for line in grid))
    return path


def read(path: Path) -> tuple[Table, list[str], list[str]]:
    """The best table, its first column, and the codes of the traps."""
    book = open_book(path, path.name)
    name, table = first_table(book)
    with rows_of(path, path.name, name, table) as rows:
        return table, [cells[0].text for _, cells in rows], [finding.code for finding in book.findings]


@pytest.fixture(params=["xlsx", "csv"])
def build(request: pytest.FixtureRequest, tmp_path: Path):
    maker = {"xlsx": workbook, "csv": text_file}[request.param]
    return lambda grid, *merges: maker(tmp_path / f"a.{request.param}", grid, *merges)


PARTS = ["A-1", "A-2", "A-3"]


def test_a_title_block_above(build) -> None:
    grid = [["Works North GmbH"], ["Parts list", None, "as of", "2026-03-04"], BLANK, BLANK, HEADER, *LINES]
    table, parts, codes = read(build(grid))

    assert (table.header_rows, table.first_row, table.last_row, parts) == ((5,), 6, 8, PARTS)
    assert table.title.startswith("Works North GmbH · Parts list")
    assert "title_above" in codes


@pytest.mark.parametrize("word", ["Total", "Summe", "Suma total", "Gesamt", "Razem", "TOTAL:", "Sous-total"])
def test_totals_at_the_end_are_no_lines(build, word: str) -> None:
    table, parts, codes = read(build([HEADER, *LINES, [word, None, 20, 4.8], BLANK, [None, None, "VAT", 0.9]]))
    assert parts == PARTS
    assert table.totals[0] == 5
    assert "totals_left_out" in codes


def test_a_part_named_like_a_total_is_a_line(build) -> None:
    grid = [HEADER, *LINES, ["A-4", "Total stop valve", 1, 9], ["A-5", "Sum gear", 2, 8]]
    assert read(build(grid))[1] == [*PARTS, "A-4", "A-5"]


def test_sections_with_their_subtotals_are_one_table(build) -> None:
    grid = [
        HEADER,
        ["Fasteners"],
        *LINES[:2],
        ["Subtotal", None, 12, 4],
        BLANK,
        ["Others"],
        LINES[2],
        ["Total", None, 20, 5],
    ]
    path = build(grid)
    table, parts, _ = read(path)
    with rows_of(path, path.name, open_book(path, path.name).sheets[0].name, table) as rows:
        sections = [rows.section for _ in rows]

    assert parts == PARTS
    assert sections == ["Fasteners", "Fasteners", "Others"]
    assert table.sections == [(2, "Fasteners"), (7, "Others")]
    assert table.totals == [5, 9]


def test_a_header_repeated_on_every_page_is_no_line(build) -> None:
    assert read(build([HEADER, LINES[0], HEADER, LINES[1], BLANK, HEADER, LINES[2]]))[1] == PARTS


def test_two_tables_on_one_sheet(build) -> None:
    other: Grid = [["Supplier", "City", "Days"], ["Acme", "Ulm", 4], ["Bolts Ltd", "York", 9]]
    path = build([HEADER, *LINES, BLANK, BLANK, *other])
    book = open_book(path, path.name)
    first, second = sorted(book.sheets[0].tables, key=lambda table: table.first_row)

    assert (first.last_row, second.header_rows, second.last_row) == (4, (7,), 9)
    with rows_of(path, path.name, book.sheets[0].name, second) as rows:
        assert [[cell.text for cell in cells][:3] for _, cells in rows] == [
            ["Acme", "Ulm", "4"],
            ["Bolts Ltd", "York", "9"],
        ]
    (said,) = [finding for finding in book.findings if finding.code == "another_table"]
    assert said.count in (2, 3)


def test_two_lines_of_header_joined_by_merged_cells(tmp_path: Path) -> None:
    grid = [
        ["Price list 2026"],
        ["Part", "Price", None, "Stock"],
        [None, "EUR", "USD", None],
        ["A-1", 1.5, 1.7, 4],
        ["A-2", 2.5, 2.8, 5],
    ]
    path = workbook(tmp_path / "a.xlsx", grid, "A1:D1", "A2:A3", "B2:C2", "D2:D3")
    table, parts, codes = read(path)

    assert table.header_rows == (2, 3)
    assert [column.header for column in table.columns] == ["Part", "Price / EUR", "Price / USD", "Stock"]
    assert parts == ["A-1", "A-2"]
    assert "two_line_header" in codes


def test_two_lines_of_header_in_a_text_file(tmp_path: Path) -> None:
    grid: Grid = [
        ["Part", "Price", None, "Stock"],
        [None, "EUR", "USD", None],
        ["A-1", 1.5, 1.7, 4],
        ["A-2", 2.5, 2.8, 5],
    ]
    table, parts, _ = read(text_file(tmp_path / "a.csv", grid))
    assert [column.header for column in table.columns] == ["Part", "Price / EUR", "Price / USD", "Stock"]
    assert parts == ["A-1", "A-2"]


def test_words_alone_are_a_table_too(build) -> None:
    grid: Grid = [["Code", "Meaning"], ["EA", "Each"], ["KT", "Kit"], ["PR", "Pair"]]
    table, parts, _ = read(build(grid))
    assert (table.header_rows, parts) == ((1,), ["EA", "KT", "PR"])


def test_a_sheet_without_header_says_so(build) -> None:
    table, parts, codes = read(build([[1, 2.5, 3], [4, 5.5, 6], [7, 8.5, 9]]))
    assert (table.header_rows, table.first_row, parts) == ((), 1, ["1", "4", "7"])
    assert "no_header" in codes


def test_lines_of_a_log_are_no_header(build) -> None:
    grid: Grid = [[f"2017-01-24T18:33:2{n}.767113Z", "Speed", "UNAVAILABLE"] for n in range(6)]
    table, parts, codes = read(build(grid))
    assert (table.header_rows, len(parts)) == ((), 6)
    assert "no_header" in codes


@pytest.mark.parametrize("named", [("2024", "2025", "2026"), ("2026-03-02", "2026-03-09", "2026-03-16")])
def test_years_and_days_may_name_columns(build, named: tuple[str, ...]) -> None:
    grid: Grid = [["Part", "Name", *named], ["A-1", "Bolt", 4, 5, 6], ["A-2", "Nut", 7, 8, 9]]
    table, parts, _ = read(build(grid))
    assert (table.header_rows, parts) == ((1,), ["A-1", "A-2"])
    assert [column.header for column in table.columns] == ["Part", "Name", *named]


def test_a_person_chooses_another_header(build) -> None:
    path = build([HEADER, *LINES])
    sheet = open_book(path, path.name).sheets[0].name
    table = table_at(path, path.name, sheet, (2,))
    assert table is not None
    assert [column.header for column in table.columns][:2] == ["A-1", "Bolt"]
    with rows_of(path, path.name, sheet, table) as rows:
        assert [cells[0].text for _, cells in rows] == ["A-2", "A-3"]
    assert table_at(path, path.name, sheet, (99,)) is None
    with pytest.raises(NoSuchSheet, match="Elsewhere"):
        table_at(path, path.name, "Elsewhere", (1,))


def test_a_table_goes_on_behind_the_rows_that_were_looked_at(tmp_path: Path) -> None:
    many: Grid = [[f"P-{number}", "Bolt", number, 0.5] for number in range(1, 5001)]
    more: Grid = [*many, ["Total", None, 1, 2], BLANK, ["Option: brass"], ["B-1", "Bolt", 1, 2]]
    path = text_file(tmp_path / "a.csv", [HEADER, *more])
    book = open_book(path, "a.csv")
    name, table = first_table(book)

    assert (table.last_row, table.scanned_to, book.sheets[0].rows) == (None, 3000, 5005)
    with rows_of(path, "a.csv", name, table) as rows:
        parts = [cells[0].text for _, cells in rows]
        assert [(finding.code, finding.row) for finding in rows.findings] == [
            ("left_out_total", 5002),
            ("table_ends", 5004),
        ]
    assert parts == [line[0] for line in many]


def test_hidden_sheets_are_listed_and_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in [HEADER, *LINES]:
        book.active.append(line)
    book.create_sheet("Old").append(["x", "y"])
    book["Old"].sheet_state = "hidden"
    book.active.row_dimensions[3].hidden = True
    book.save(tmp_path / "a.xlsx")
    read_book = open_book(tmp_path / "a.xlsx", "a.xlsx")

    assert [(sheet.name, sheet.is_hidden) for sheet in read_book.sheets] == [("Sheet", False), ("Old", True)]
    found = {finding.code: finding for finding in read_book.findings}
    assert found["hidden_sheet"].sheet == "Old"
    assert found["hidden_rows"].count == 1


def test_the_preview_shows_the_first_rows_as_they_stand(build) -> None:
    path = build([["Title"], BLANK, HEADER, *LINES])
    preview = open_book(path, path.name).sheets[0].preview
    assert [[cell.text for cell in row][:2] for row in preview] == [
        ["Title"],
        [],
        ["Part", "Name"],
        ["A-1", "Bolt"],
        ["A-2", "Nut"],
        ["A-3", "Washer"],
    ]


def test_a_file_that_is_not_what_it_says_gives_no_rows_either(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", [HEADER, *LINES])
    _, table = first_table(open_book(path, "a.csv"))
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(WrongExtension, match="a PDF"), rows_of(path, "a.txt", "a", table) as rows:
        next(rows)
