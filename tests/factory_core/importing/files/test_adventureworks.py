"""A whole old system: every workbook and every text gives the rows that it has, whatever its letters and dates."""

import lzma
from pathlib import Path

import pytest

from factory_core.importing.files import CellForm, open_book, rows_of
from tests.factory_core.importing.files.real import DATA, expected, first_table, lines, needs_data, uncaged

__all__ = ["uncaged"]
pytestmark = needs_data
OLD = DATA / "adventureworks"
# The 1,336 customers with a store stand in the workbook; all stand in the text.
COUNTS_IN_WORKBOOKS = {"Customer": 1336}


def counts() -> dict[str, int]:
    return dict(expected()["adventureworks"]["row_counts"])


@pytest.mark.parametrize("path", sorted(OLD.glob("xlsx/*.xlsx")), ids=lambda path: path.stem)
def test_every_sheet_gives_its_rows(path: Path) -> None:
    book = open_book(path, path.name)
    for sheet in book.sheets:
        want = COUNTS_IN_WORKBOOKS.get(sheet.name, counts()[sheet.name])
        assert sheet.rows == want + 1
        assert len(sheet.tables) == 1
        assert sheet.tables[0].header_rows == (1,)
        with rows_of(path, path.name, sheet.name, sheet.tables[0]) as rows:
            assert sum(1 for _ in rows) == want
            assert rows.findings == []


@pytest.mark.usefixtures("uncaged")
@pytest.mark.parametrize("path", sorted(OLD.glob("csv/*.csv")), ids=lambda path: path.stem)
def test_every_text_gives_its_rows(path: Path) -> None:
    assert len(lines(path)) == counts()[path.stem]


@pytest.mark.usefixtures("uncaged")
@pytest.mark.parametrize("path", sorted(OLD.glob("csv_de_locale/*.csv")), ids=lambda path: path.stem)
def test_the_german_twins_give_as_many(path: Path) -> None:
    book = open_book(path, path.name)
    assert book.delimiter == ";"
    assert book.encoding in ("cp1252", "utf-8")
    if path.stem in counts():
        assert len(lines(path)) == counts()[path.stem]


def test_french_letters_come_out_right() -> None:
    path = OLD / "csv_de_locale" / "ProductDescription_fr.csv"
    assert lines(path)[0]["Description"] == "Acier chromé."


@pytest.mark.parametrize(
    "name",
    [
        "Production.WorkOrder.csv.xz",
        "Production.TransactionHistoryArchive.csv.xz",
        "Production.BillOfMaterials.csv",
        "Purchasing.PurchaseOrderHeader.csv",
    ],
)
def test_destroyed_dates_are_named_and_stay_text(name: str, tmp_path: Path) -> None:
    path = OLD / "as_found" / name
    if path.suffix == ".xz":
        path = tmp_path / path.stem
        path.write_bytes(lzma.decompress((OLD / "as_found" / name).read_bytes()))
    book = open_book(path, path.name)
    sheet, table = first_table(book)
    destroyed = {finding.column for finding in book.findings if finding.code == "destroyed_dates"}
    dates = {column.number for column in table.columns if column.header.endswith("Date")}

    assert destroyed == dates
    with rows_of(path, path.name, sheet, table) as rows:
        count, forms = 0, set[CellForm]()
        for _, cells in rows:
            count += 1
            forms.update(cell.form for cell in cells)
    assert forms <= {CellForm.TEXT, CellForm.EMPTY}
    assert count == counts()[name.split(".")[1]]


def test_order_numbers_typed_as_dates_are_numbers() -> None:
    path = OLD / "as_found" / "SalesOrderHeader.xlsx"
    book = open_book(path, path.name)
    sheet, table = first_table(book)

    assert [column.header for column in table.columns if column.is_number] == ["SalesOrderID"]
    assert [finding.column for finding in book.findings if finding.code == "typed_as_date"] == [1]
    with rows_of(path, path.name, sheet, table) as rows:
        cells = [row[:2] for _, row in rows]
    assert {cell.note for cell, _ in cells} == {"typed_as_date"}
    assert [int(cell.text) for cell, _ in cells] == list(range(43659, 75124))
    assert (cells[0][1].form, cells[0][1].text) == (CellForm.DATE, "2011-05-31")
