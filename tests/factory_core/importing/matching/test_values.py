"""Cells of every form become values of every form of field, or a problem with a remedy."""

from decimal import Decimal

import pytest
from django.utils.translation import gettext_lazy

from factory_core.importing.files.cells import Cell, CellForm
from factory_core.importing.kinds import FieldType, Problem
from factory_core.importing.matching import Decision, Reader, read_value, value_missing
from tests.world.importing import EMPTY, a_field, date_cell, number_cell, read, text

# Where an item comes from.
SUPPLY = {"BUY": gettext_lazy("Purchased"), "MAKE": gettext_lazy("Made here")}


@pytest.mark.parametrize("shown", ["", "   ", "NULL", "null", "n/a", "N/A", "-", "–", "#N/A", "NaN", "\u00a0"])
@pytest.mark.parametrize("form", list(FieldType))
def test_what_means_nothing_is_empty(shown: str, form: FieldType) -> None:
    assert read_value(text(shown), a_field(form), Decision(), {}) == (None, None)
    assert read_value(EMPTY, a_field(form), Decision(), {}) == (None, None)


@pytest.mark.parametrize("shown", ["00123", "1E5", "12345678901234567890", "03-04", "=1+1", "5-10", "TRUE-1", "N/A-7"])
def test_a_text_stays_as_it_is_shown(shown: str) -> None:
    assert read(FieldType.TEXT, shown) == shown
    assert read(FieldType.REFERENCE, shown) == shown


def test_outer_blanks_are_left_out() -> None:
    assert read(FieldType.REFERENCE, "EA ") == "EA"
    assert read(FieldType.TEXT, " C2 C3\u00a0") == "C2 C3"


def test_padded_numbers_stay_text_and_count_as_numbers() -> None:
    assert read(FieldType.TEXT, text("00123", "padded")) == "00123"
    assert read(FieldType.WHOLE, text("00123", "padded")) == 123


def test_a_text_that_is_too_long_is_refused() -> None:
    value, problem = read_value(text("x" * 21), a_field(longest=20), Decision(), {})
    assert (value, problem) == (
        None,
        Problem("thing", "too_long", "“" + "x" * 21 + "” has 21 characters.", "At most 20 characters."),
    )


def test_long_digits_are_taken_and_doubted() -> None:
    value, problem = read_value(number_cell("12345678901234500", "long_digits"), a_field(), Decision(), {})
    assert value == "12345678901234500"
    assert problem is not None
    assert (problem.code, problem.is_warning) == ("long_digits", True)


@pytest.mark.parametrize(
    ("shown", "value"),
    [
        *((word, True) for word in ("yes", "Ja", "SÍ", "oui", "tak", "x", "1", "1.0")),
        *((word, False) for word in ("no", "Nein", "non", "nie", "0", "false", "0,0")),
    ],
)
def test_yes_and_no_are_understood_in_five_languages(shown: str, value: bool) -> None:
    assert read(FieldType.YES_NO, shown) is value


def test_yes_and_no_of_the_table_program() -> None:
    assert read(FieldType.YES_NO, Cell(CellForm.BOOL, "true")) is True
    assert read(FieldType.YES_NO, number_cell("0")) is False
    assert read(FieldType.YES_NO, "perhaps") == "not_yes_no"
    assert read(FieldType.YES_NO, date_cell("2026-03-04")) == "not_yes_no"


@pytest.mark.parametrize("shown", ["BUY", "buy", "Purchased", "purchased ", "Zukauf", "0", "0.0", "F"])
def test_a_choice_goes_by_its_value_its_label_and_what_others_call_it(shown: str) -> None:
    assert read(FieldType.CHOICE, shown, choices=SUPPLY, words={"zukauf": "BUY", "0": "BUY", "F": "BUY"}) == "BUY"


def test_an_unknown_choice_names_the_known_ones() -> None:
    value, problem = read_value(text("rent"), a_field(FieldType.CHOICE, choices=SUPPLY), Decision(), {})
    assert (value, problem) == (
        None,
        Problem("thing", "unknown_choice", "“rent” is none of the choices.", "One of: Purchased, Made here."),
    )


@pytest.mark.parametrize("form", list(FieldType))
def test_the_error_of_a_formula_is_a_problem(form: FieldType) -> None:
    value, problem = read_value(Cell(CellForm.ERROR, "#REF!"), a_field(form, choices=SUPPLY), Decision(), {})
    assert value is None
    assert problem is not None
    assert (problem.code, problem.sentence) == ("error_cell", "The formula in this cell ended in #REF!.")


@pytest.mark.parametrize(
    ("form", "cell", "code"),
    [
        (FieldType.NUMBER, text("tbd"), "not_a_number"),
        (FieldType.NUMBER, Cell(CellForm.BOOL, "true"), "not_a_number"),
        (FieldType.NUMBER, date_cell("2026-03-04T05:06:07"), "not_a_number"),
        (FieldType.NUMBER, text("1,234"), "number_style_unclear"),
        (FieldType.DATE, text("soon"), "not_a_date"),
        (FieldType.DATE, Cell(CellForm.BOOL, "true"), "not_a_date"),
        (FieldType.DATE, date_cell("1899-12-30"), "destroyed_date"),
    ],
)
def test_what_does_not_fit_is_a_problem_with_a_remedy(form: FieldType, cell: Cell, code: str) -> None:
    value, problem = read_value(cell, a_field(form), Decision(), {})
    assert value is None
    assert problem is not None
    assert (problem.field, problem.code, problem.is_warning) == ("thing", code, False)
    assert cell.text in problem.sentence or code == "error_cell"
    assert problem.expected


def test_a_number_of_another_style_than_its_column_is_a_problem() -> None:
    field = a_field(FieldType.NUMBER)
    for comma, shown in ((True, "12.50"), (False, "12,50")):
        value, problem = read_value(text(shown), field, Decision(decimal_comma=comma), {})
        assert value is None
        assert problem is not None
        assert problem.code == "other_number_style"


def test_a_rule_is_used_whatever_the_case_and_counted() -> None:
    reader = Reader(a_field(FieldType.REFERENCE), Decision(), {"Stk": "pcs", "Kiste ": "box"})
    cells = [text("Stk"), text("STK "), text("kg"), text("Stk"), text("Kiste")]
    assert [reader.read(cell)[0] for cell in cells] == ["pcs", "pcs", "kg", "pcs", "box"]
    assert reader.used == {"Stk": 3, "Kiste ": 1}


def test_a_rule_comes_before_reading() -> None:
    assert read(FieldType.NUMBER, "tbd", rules={"tbd": ""}) is None
    assert read(FieldType.NUMBER, "ein Dutzend", rules={"ein Dutzend": "12"}) == Decimal(12)
    assert read(FieldType.CHOICE, number_cell("4"), choices=SUPPLY, rules={"4": "MAKE"}) == "MAKE"
    assert read(FieldType.DATE, "00:00.0", rules={"00:00.0": ""}) is None


def test_a_rule_can_keep_a_word_that_would_count_as_nothing() -> None:
    assert read(FieldType.TEXT, "-") is None
    assert read(FieldType.TEXT, "-", rules={"-": "-"}) == "-"
    assert read(FieldType.TEXT, "N/A", rules={"N/A": "N/A"}) == "N/A"


def test_a_required_field_without_a_value_has_a_sentence() -> None:
    problem = value_missing(a_field(name="unit", label="Unit"))
    assert (problem.code, problem.sentence) == ("value_missing", "“Unit” is empty.")
    assert problem.expected
