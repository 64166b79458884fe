"""A template explains itself, keeps what is typed into it, and is understood without a question."""

import io
from pathlib import Path

import openpyxl
import pytest
from django.utils import translation

from factory_core.importing.files import open_book, rows_of
from factory_core.importing.kinds import Field, FieldType, Kind
from factory_core.importing.kinds import kinds as offered
from factory_core.importing.matching import Decision, Reader, Why, decide, shape_of, suggest, words_for
from factory_core.importing.templates import is_example, template_workbook
from tests.world import kinds
from tests.world.importing import a_kind, text
from tests.world.kinds import SUPPLY

# Names that do not fit into the rule of a cell.
COLOUR = {"RED": "Red, bright", "BLUE": "Blue " + "x" * 260}
KIND = a_kind(
    "things",
    Field("code", "Code", required=True, example="00123", note="The number on the drawing."),
    Field("phone", "Phone", example="+49 30 1234"),
    Field("unit", "Unit", FieldType.REFERENCE, required=True, example="pcs", synonyms=words_for("unit")),
    Field("pieces", "Pieces", FieldType.WHOLE, example="12"),
    Field("price", "Price", FieldType.NUMBER, example="12.5"),
    Field("due_on", "Due", FieldType.DATE, example="2026-03-04"),
    Field("made_at", "Made at", FieldType.MOMENT, example="2026-03-04 05:06:00+00:00"),
    Field("is_sold", "Sold", FieldType.YES_NO, example="yes"),
    Field("supply", "Supply", FieldType.CHOICE, choices=SUPPLY, example="Purchased"),
    Field("colour", "Colour", FieldType.CHOICE, choices=COLOUR, example="Red, bright"),
)


@pytest.mark.parametrize("kind", [KIND, *kinds.ALL], ids=lambda kind: kind.name)
def test_a_template_is_understood_without_a_question(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    path.write_bytes(template_workbook(kind))
    sheet = openpyxl.load_workbook(path).worksheets[0]
    headers = [cell.value for cell in sheet[1]]
    assert [(each.field, each.why, each.confidence, each.taken) for each in suggest(kind, headers, ())] == [
        (field.name, Why.SAME_NAME, 1.0, True) for field in kind.fields
    ]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", offered(), ids=lambda kind: kind.name)
def test_the_template_of_every_kind_on_offer_is_understood(kind: Kind, language: str) -> None:
    with translation.override(language):
        made = template_workbook(kind)
        headers = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(made)).worksheets[0][1]]
    assert [(each.field, each.confidence) for each in suggest(kind, headers, ())] == [
        (field.name, 1.0) for field in kind.fields
    ]
    examples = {field.name: Reader(field, Decision()).read(text(field.example)) for field in kind.fields}
    assert {name: problem for name, (_value, problem) in examples.items() if problem} == {}


def test_a_template_is_read_back_as_its_example(tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    path.write_bytes(template_workbook(KIND))
    book = open_book(path, path.name)
    sheet = book.sheets[0]
    table = sheet.tables[0]
    assert [column.header for column in table.columns] == [
        *("Code *", "Phone", "Unit *", "Pieces", "Price", "Due", "Made at", "Sold", "Supply", "Colour")
    ]
    with rows_of(path, path.name, sheet.name, table) as found:
        ((number, cells),) = found
    assert number == 2
    values = {}
    for field, cell in zip(KIND.fields, cells, strict=True):
        value, problem = Reader(field, decide(field, shape_of([cell]))).read(cell)
        assert problem is None
        values[field.name] = value
    assert (values["code"], values["phone"], values["pieces"], values["colour"]) == ("00123", "+49 30 1234", 12, "RED")
    assert is_example(KIND, values)
    assert not is_example(KIND, {**values, "code": "00124"})
    assert not is_example(KIND, {"code": "00123"})


def test_a_template_keeps_leading_zeros_offers_choices_and_explains() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template_workbook(KIND)))
    sheet = book.worksheets[0]
    assert [sheet.column_dimensions[letter].number_format for letter in "ABDF"] == ["@", "@", "General", "yyyy-mm-dd"]
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("00123", "s")
    assert (sheet["B2"].value, sheet["B2"].data_type, sheet["B2"].quotePrefix) == ("+49 30 1234", "s", True)
    offers = {str(each.sqref).split("2", 1)[0]: each.formula1 for each in sheet.data_validations.dataValidation}
    assert offers == {"H": '"Yes,No"', "I": '"Purchased,Made here"', "J": "lists!$J$1:$J$2"}
    assert (book["lists"].sheet_state, book["lists"]["J1"].value) == ("hidden", "Red, bright")
    notes = [[cell.value for cell in row] for row in book["Notes"].iter_rows(min_row=2, max_row=3)]
    assert notes == [
        ["Column", "What it means", "Required", "Example", "Choices"],
        ["Code", "The number on the drawing.", "Yes", "00123", None],
    ]
