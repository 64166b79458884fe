"""Columns of files that nobody on the team wrote: every value, every total, and no date that is not there."""

import csv
import io
import json
import lzma
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from factory_core.importing.files import Cell, open_book, rows_of
from factory_core.importing.kinds import FieldType, Kind, Value
from factory_core.importing.matching import Reader, decide, shape_of, suggest
from tests.world import kinds
from tests.world.importing import a_field, text

DATA = Path(__file__).resolve().parents[5] / "shared" / "data"
OLD = DATA / "adventureworks"

pytestmark = pytest.mark.skipif(not OLD.exists(), reason="there is no shared/data/adventureworks beside the repository")

Table = dict[str, list[Cell]]


def table(path: Path, *only: str, delimiter: str = ",", encoding: str = "utf-8") -> Table:
    """The columns of a text file, or only some of them."""
    raw = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
    rows = list(csv.reader(io.StringIO(raw.decode(encoding)), delimiter=delimiter))
    return {
        header: [text(row[place]) for row in rows[1:]]
        for place, header in enumerate(rows[0])
        if not only or header in only
    }


def book_table(path: Path) -> Table:
    """The columns of the first table that is guessed in a file."""
    book = open_book(path, path.name)
    sheet = book.sheets[0]
    with rows_of(
        path, path.name, sheet.name, sheet.tables[0], encoding=book.encoding, delimiter=book.delimiter
    ) as found:
        rows = [cells for _number, cells in found]
    headers = [column.header for column in sheet.tables[0].columns]
    return {header: [row[place] for row in rows] for place, header in enumerate(headers)}


def values(kind: Kind, columns: Table) -> dict[str, list[Value]]:
    """All values by field, as the columns feed the fields without asking; no cell may be a problem."""
    headers = list(columns)
    shapes = [shape_of(cells) for cells in columns.values()]
    found: dict[str, list[Value]] = {}
    for each in suggest(kind, headers, shapes):
        if not each.taken or each.field is None:
            continue
        field = kind.field_named(each.field)
        decision = decide(field, shapes[each.column])
        assert decision.question == ""
        reader = Reader(field, decision)
        read = [reader.read(cell) for cell in columns[headers[each.column]]]
        assert [problem for _value, problem in read if problem] == []
        found[field.name] = [value for value, _problem in read]
    return found


def total(column: Sequence[Value]) -> Decimal:
    return sum((Decimal(str(value)) for value in column if value is not None), Decimal(0))


@pytest.mark.parametrize(
    ("name", "kind", "fields"),
    [
        ("Product", kinds.ITEMS, 17),
        ("ProductInventory", kinds.STOCK, 5),
        ("PurchaseOrderHeader", kinds.PURCHASE_ORDERS, 12),
        ("PurchaseOrderDetail", kinds.PURCHASE_ORDERS, 9),
        ("Vendor", kinds.SUPPLIERS, 5),
    ],
)
def test_the_german_twin_says_the_same_in_every_cell(name: str, kind: Kind, fields: int) -> None:
    plain = values(kind, table(OLD / "csv" / f"{name}.csv"))
    german = values(kind, table(OLD / "csv_de_locale" / f"{name}.csv", delimiter=";", encoding="cp1252"))
    assert len(plain) == fields
    assert german == plain


def test_purchase_orders_add_up_in_both_languages() -> None:
    expected = json.loads((DATA / "expected.json").read_text())["adventureworks"]["purchase_orders"]
    for columns in (
        table(OLD / "csv" / "PurchaseOrderHeader.csv"),
        table(OLD / "csv_de_locale" / "PurchaseOrderHeader.csv", delimiter=";", encoding="cp1252"),
    ):
        found = values(kinds.PURCHASE_ORDERS, columns)
        assert {name: total(found[name]) for name in ("subtotal", "tax", "freight", "grand_total")} == {
            "subtotal": Decimal(expected["SubTotal"]),
            "tax": Decimal(expected["TaxAmt"]),
            "freight": Decimal(expected["Freight"]),
            "grand_total": Decimal(expected["TotalDue"]),
        }


def test_every_destroyed_date_of_the_work_orders_is_named_and_none_is_midnight() -> None:
    numbers = ("WorkOrderID", "OrderQty", "ScrappedQty")
    columns = table(OLD / "as_found" / "Production.WorkOrder.csv.xz", "StartDate", "DueDate", *numbers)
    for header, form in (("StartDate", FieldType.MOMENT), ("DueDate", FieldType.DATE)):
        field = a_field(form)
        decision = decide(field, shape_of(columns[header]))
        reader = Reader(field, decision)
        read = [reader.read(cell) for cell in columns[header]]
        assert Counter(problem.code if problem else "" for _value, problem in read) == {"destroyed_date": 72_591}
        assert {value for value, _problem in read} == {None}
        assert [(said.code, said.count) for said in decision.findings] == [("destroyed_dates", 72_591)]
    found = values(kinds.WORK_ORDERS, {header: columns[header] for header in numbers})
    assert (total(found["quantity"]), total(found["scrapped_quantity"])) == (4_507_721, 10_651)


@pytest.mark.parametrize("name", ["ciaa-nxp-bom.ods", "ciaa-nxp-bom.xls"])
def test_the_spanish_structure_gives_its_lines_pieces_and_cost(name: str) -> None:
    found = values(kinds.BOMS, book_table(DATA / "messy_workbooks" / "ciaa" / name))
    assert (len(found["component"]), total(found["quantity"])) == (101, 403)
    cost = sum(
        Decimal(str(price)) * Decimal(str(pieces))
        for price, pieces in zip(found["price"], found["quantity"], strict=True)
    )
    assert round(cost, 5) == Decimal("92.74128")


def test_the_structure_with_a_section_in_it_gives_its_pieces() -> None:
    found = values(kinds.BOMS, book_table(DATA / "messy_workbooks" / "ciaa" / "CIAA_K60-BoM.csv"))
    assert (len(found["quantity"]), total(found["quantity"])) == (121, 467)
    assert found["supplier_part_number"].count(None) == 5


def test_quantities_kept_as_text_are_numbers_and_references_lose_their_blanks() -> None:
    found = values(kinds.BOMS, book_table(DATA / "messy_workbooks" / "ciaa" / "bom_v0.1.xls"))
    assert len(found["component"]) == 15
    assert found["references"][:2] == ["C12", "C2 C3 C4 C5 C6"]
    assert all(isinstance(quantity, Decimal) for quantity in found["quantity"])


def test_prices_with_and_without_a_currency_add_up() -> None:
    columns = book_table(DATA / "messy_workbooks" / "osr_parts_list.csv")
    price, pieces, times = (
        values(a_kind_of_number, {"Number": columns[header]})["number"]
        for header in ("cost pp", "# req in assy", "assembly multiplier")
    )
    cost = sum(
        Decimal(str(each)) * Decimal(str(count)) * Decimal(str(factor))
        for each, count, factor in zip(price, pieces, times, strict=True)
    )
    assert cost == Decimal("1253.310")


def test_part_numbers_that_look_like_numbers_keep_every_digit() -> None:
    columns = book_table(DATA / "messy_workbooks" / "kicost_part_list_big.csv")
    found = values(kinds.BOMS, {"manf#": columns["manf#"]})["manufacturer_part_number"]
    assert (len(found), len(set(found))) == (430, 361)
    assert {"0022012067", "0022232061", "0039301020"} <= set(found)


def test_identical_pieces_are_all_counted() -> None:
    found = values(kinds.STOCK, book_table(DATA / "messy_workbooks" / "ne_1033_data.xlsx"))
    assert (len(found["item"]), total(found["quantity"]), total(found["value"])) == (
        1036,
        2915,
        Decimal("5553135.17"),
    )


a_kind_of_number = Kind("numbers", "Numbers", "", (a_field(FieldType.NUMBER, "number"),), (), lambda *_: None, None)  # type: ignore[arg-type]  # nothing of it is brought in
