"""Bills of materials and inventories as people keep them: their lines, pieces, costs, sections, torn rows."""

from decimal import Decimal

import pytest

from factory_core.importing.files import open_book, rows_of
from tests.factory_core.importing.files.real import DATA, expected, first_table, lines, money, needs_data, texts

pytestmark = needs_data
MESSY = DATA / "messy_workbooks"


def cases() -> dict:
    return expected()["messy_workbooks"]["cases"]


@pytest.mark.parametrize("name", ["ciaa/ciaa-nxp-bom.xls", "ciaa/ciaa-nxp-bom.ods"])
def test_a_spanish_bill_of_materials_ends_before_its_costs_and_its_option(name: str) -> None:
    case = cases()[name]
    book = open_book(MESSY / name, name)
    sheet, table = first_table(book)

    assert [column.header for column in table.columns][:9] == case["header_cells"]
    assert (table.header_rows, table.first_row, table.last_row) == ((1,), 2, 102)
    assert table.totals == [case["first_total_row_index"] + 1, 105, 106, 107, 109, 110, 111, 113]
    option = book.sheets[0].tables[1]
    assert option.first_row == case["option_block_row_index"] + 2
    assert option.title == "Opción: CIAA con Borneras Desmontables"
    assert option.lines == 4
    assert {"totals_left_out", "another_table", "unnamed_column"} <= {finding.code for finding in book.findings}

    rows = texts(MESSY / name, sheet, table)
    assert len(rows) == case["bom_lines"]
    assert sum(Decimal(row["Cantidad por PCB"]) for row in rows) == Decimal(case["pieces_per_board"])
    cost = sum(Decimal(row["Costo por PCB (USD FOB DigiKey)"]) for row in rows)
    assert cost == Decimal(str(case["sum_of_line_costs"]))


def test_a_latin_file_with_a_title_above_and_a_section_inside() -> None:
    case = cases()["ciaa/CIAA_K60-BoM.csv"]
    path = MESSY / "ciaa/CIAA_K60-BoM.csv"
    book = open_book(path, path.name)
    sheet, table = first_table(book)

    assert (book.encoding, book.delimiter) == ("cp1252", ";")
    assert table.header_rows == (case["lines_before_header"] + 1,)
    assert "Versión FSL Freescale K60" in table.title
    assert [title for _, title in table.sections] == [title for title, _ in case["section_titles"]]
    rows = texts(path, sheet, table)
    assert len(rows) == case["bom_lines"]
    assert sum(int(row["CANT"]) for row in rows) == case["pieces"]
    assert sum(not row["PN-DIGI-KEY"] for row in rows) == case["lines_without_part_number"]
    assert {finding.code for finding in book.findings} >= {"encoding_guessed", "title_above", "sections"}


def test_each_row_knows_the_section_it_stands_under() -> None:
    path = MESSY / "ciaa/CIAA_K60-BoM.csv"
    sheet, table = first_table(open_book(path, path.name))
    with rows_of(path, path.name, sheet, table) as rows:
        under = {number: rows.section for number, _ in rows}

    assert (under[8], under[124 - 1]) == ("", "")
    assert [number for number, section in under.items() if section] == [126, 127, 128, 129, 130]
    assert under[130] == "Elementos sin Part Number"


def test_two_states_of_a_bill_differ_in_one_part() -> None:
    case = cases()["ciaa/bom_v0.1.xls -> bom_v0.2.xls"]
    old, new = ({tuple(row.values()) for row in lines(MESSY / f"ciaa/bom_v0.{number}.xls")} for number in (1, 2))

    assert (len(old), len(new)) == (case["lines_v01"], case["lines_v02"])
    assert [[text.strip() for text in row] for row in old - new] == case["only_in_v01"]
    assert [[text.strip() for text in row] for row in new - old] == case["only_in_v02"]


def test_rows_torn_by_commas_are_named_and_read_whole() -> None:
    case = cases()["osr_parts_list.csv"]
    path = MESSY / "osr_parts_list.csv"
    book = open_book(path, path.name)
    sheet, table = first_table(book)
    blanks = [finding.count for finding in book.findings if finding.code == "header_blanks"]
    assert blanks == [case["header_cells_with_outer_blanks"]]
    torn = [finding for finding in book.findings if finding.code == "joined_row"]

    assert [finding.row for finding in torn] == case["broken_row_numbers"]
    assert "(6mm OD, 8mm Length)" in torn[0].sentence
    whole, found = Decimal(0), {}
    with rows_of(path, path.name, sheet, table) as rows:
        for number, cells in rows:
            by = {column.header: cell.text for column, cell in zip(table.columns, cells, strict=True)}
            cost = money(by["cost pp"]) * Decimal(by["# req in assy"]) * Decimal(by["assembly multiplier"])
            whole += cost
            if rows.fault:
                found[number] = cost
    assert len(found) == case["rows_broken_by_unquoted_commas"]
    assert whole - sum(found.values()) == Decimal(case["cost_of_unbroken_rows"])
    assert whole == Decimal(case["cost_after_repair"])


def test_part_numbers_that_look_like_numbers_stay_as_they_are_written() -> None:
    case = cases()["kicost_part_list_big.csv"]
    path = MESSY / "kicost_part_list_big.csv"
    book = open_book(path, path.name)
    numbers = [row["manf#"] for row in lines(path)]
    codes = {finding.code: finding for finding in book.findings}

    assert (len(numbers), len(set(numbers))) == (case["rows"], case["distinct"])
    assert set(case["leading_zero"]) <= set(numbers)
    assert codes["identical_rows"].count == case["duplicates"]
    assert codes["codes_like_numbers"].count == case["numeric_looking"]


def test_identical_rows_are_counted_and_all_are_given() -> None:
    case = cases()["ne_1033_data.xlsx"]
    path = MESSY / "ne_1033_data.xlsx"
    rows = lines(path)
    same = [finding for finding in open_book(path, path.name).findings if finding.code == "identical_rows"]

    assert len(rows) == case["rows"]
    assert [finding.count for finding in same] == [case["exact_duplicate_rows"]]
    assert sum(Decimal(row["quantity"]) for row in rows) == Decimal(case["quantity"])
    assert sum(Decimal(row["acquisition_cost"]) for row in rows) == Decimal(case["acquisition_cost_sum"])
    assert sum(Decimal(row["total_cost"]) for row in rows) == Decimal(case["total_cost_sum"])
    assert (min(row["ship_date"] for row in rows), max(row["ship_date"] for row in rows)) == (
        "2006-03-07",
        "2014-01-30",
    )
