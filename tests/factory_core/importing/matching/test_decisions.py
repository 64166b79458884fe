"""One decision for a column: from its cells, else from what a person said, else a question."""

from datetime import date
from decimal import Decimal

import pytest

from factory_core.importing.files.cells import CellForm
from factory_core.importing.kinds import FieldType
from factory_core.importing.matching import Asks, Reader, answered, decide, shape_of
from tests.world.importing import EMPTY, a_field, date_cell, decided, number_cell, shape, text, texts

NUMBER, DATE, REFERENCE, TEXT = FieldType.NUMBER, FieldType.DATE, FieldType.REFERENCE, FieldType.TEXT


@pytest.mark.parametrize(
    ("column", "comma"),
    [
        (["1,234", "12,5"], True),
        (["1,234", "1,234.5"], False),
        (["1.234", "1.234.567"], True),
        (["1.234", "0.5"], False),
        (["1200", "7"], None),
        (["1,5"], True),
        (["$25.27", "$5.99"], False),
    ],
)
def test_the_other_cells_of_the_column_decide_the_decimal_sign(column: list[str], comma: bool | None) -> None:
    decision = decided(NUMBER, *column)
    assert (decision.decimal_comma, decision.question, decision.asks) == (comma, "", Asks.NOTHING)


def test_a_column_that_can_be_read_both_ways_is_asked_about() -> None:
    column = shape("1,234", "5", "2,500")
    decision = decide(a_field(NUMBER), column)
    assert decision.asks is Asks.DECIMAL_SIGN
    assert decision.question == "Is “1,234” a thousand and more, or a number with three decimals?"
    assert decision.examples == (("5", "5"),)
    after = answered(decision, a_field(NUMBER), column, decimal_comma=False)
    assert (after.question, after.examples) == ("", (("1,234", "1234"), ("5", "5"), ("2,500", "2500")))


@pytest.mark.parametrize(
    ("column", "comma"), [(["1.234"], True), (["1,000", "1,250"], False), (["1.000"], None), (["1.234", "1,234"], None)]
)
def test_whole_numbers_have_no_decimals(column: list[str], comma: bool | None) -> None:
    decision = decided(FieldType.WHOLE, *column)
    assert (decision.decimal_comma, decision.question == "") == (comma, comma is not None)


def test_what_a_person_said_of_the_file_settles_what_the_cells_leave_open_only() -> None:
    assert decided(NUMBER, "1,234", locale="de").decimal_comma is True
    assert decided(NUMBER, "1,234", locale="en-US").decimal_comma is False
    assert decided(NUMBER, "1,234", locale="de-CH").decimal_comma is False
    assert decided(NUMBER, "1,234.5", locale="de").decimal_comma is False
    assert decided(DATE, "3/4/2026", locale="en-us").day_first is False
    assert decided(DATE, "3/4/2026", locale="en-gb").day_first is True
    assert decided(DATE, "3/14/2026", locale="de").day_first is False


def test_a_column_that_contradicts_itself_is_asked_about_with_both_examples() -> None:
    decision = decided(NUMBER, "1,5", "2.5", "1,234")
    assert decision.question == "Some cells have a decimal comma (1,5), some a decimal point (2.5). Which is it?"
    decision = decided(DATE, "13/4/2026", "4/14/2026", "1/2/2026")
    assert decision.asks is Asks.DAY_ORDER
    assert decision.question == (
        "Some cells put the day first (13/4/2026), some the month (4/14/2026). Which order do the others have?"
    )


@pytest.mark.parametrize(
    ("column", "day_first"),
    [
        (["3/4/2026", "13/4/2026"], True),
        (["3/4/2026", "4/13/2026"], False),
        (["03.04.2026", "05.04.2026"], True),
        (["03.04.2026", "04.13.2026"], False),
        (["2026-03-04"], None),
    ],
)
def test_any_day_above_twelve_decides_the_order(column: list[str], day_first: bool | None) -> None:
    decision = decided(DATE, *column)
    assert (decision.day_first, decision.question) == (day_first, "")


def test_dates_that_can_be_read_both_ways_are_asked_about() -> None:
    column = shape("3/4/2026", "5/5/2026")
    decision = decide(a_field(DATE), column)
    assert decision.question == "Does “3/4/2026” begin with the day or with the month?"
    after = answered(decision, a_field(DATE), column, day_first=True)
    assert after.examples == (("3/4/2026", "2026-04-03"), ("5/5/2026", "2026-05-05"))


def test_real_dates_among_written_ones_may_have_been_swapped() -> None:
    cells = [*map(date_cell, ("2026-04-03", "2026-05-12", "2026-01-07")), *texts("13/04/2026", "28/02/2026")]
    decision = decide(a_field(DATE), shape_of(cells))
    assert decision.asks is Asks.SWAPPED_DATES
    assert "2026-04-03" in decision.question
    assert "13/04/2026" in decision.question
    for swapped in (True, False):
        after = answered(decision, a_field(DATE), shape_of(cells), swapped_dates=swapped)
        reader = Reader(a_field(DATE), after)
        assert reader.read(cells[0])[0] == (date(2026, 3, 4) if swapped else date(2026, 4, 3))
        assert reader.read(cells[1])[0] == (date(2026, 12, 5) if swapped else date(2026, 5, 12))
        assert reader.read(cells[3])[0] == date(2026, 4, 13)
        assert after.question == ""
    cells.append(date_cell("2026-04-20"))
    assert decide(a_field(DATE), shape_of(cells)).question == ""


def test_ids_shown_as_dates_are_given_back_as_their_numbers() -> None:
    cells = [date_cell(date.fromordinal(date(2019, 7, 13).toordinal() + step)) for step in range(200)]
    for form, first in ((TEXT, "43659"), (REFERENCE, "43659"), (FieldType.WHOLE, 43659)):
        field = a_field(form)
        decision = decide(field, shape_of(cells))
        assert Reader(field, decision).read(cells[0]) == (first, None)
    field = a_field(TEXT)
    decision = decide(field, shape_of(cells))
    assert [(said.code, said.count, said.example) for said in decision.findings] == [
        ("ids_shown_as_dates", 200, "2019-07-13")
    ]
    assert decision.examples[0] == ("2019-07-13", "43659")


def test_dates_that_repeat_in_a_text_column_stay_dates() -> None:
    cells = [date_cell("2019-07-13"), date_cell("2019-07-14")] * 50
    field = a_field(TEXT)
    assert Reader(field, decide(field, shape_of(cells))).read(cells[0]) == ("2019-07-13", None)


def test_few_dates_in_a_text_column_stay_dates() -> None:
    cells = [date_cell(f"2026-03-{day:02}") for day in range(1, 20)]
    field = a_field(TEXT)
    assert Reader(field, decide(field, shape_of(cells))).read(cells[0]) == ("2026-03-01", None)


def test_numbers_written_with_decimals_refer_without_them() -> None:
    for column in (["934.0", "1028.0"], ["934,00", "1028,00"], ["934.0", "7"]):
        decision = decided(REFERENCE, *column)
        assert decision.drops_zero_fraction
        assert decision.examples[0] == (column[0], "934")
    assert not decided(REFERENCE, "934.0", "A-7").drops_zero_fraction
    assert not decided(TEXT, "1.0", "2.0").drops_zero_fraction


def test_words_for_nothing_are_said_once_for_the_column() -> None:
    column = texts("NULL", "NULL", "AR-1", "n/a")
    decision = decide(a_field(TEXT), shape_of([*column, EMPTY]))
    assert [(said.code, said.count, said.sentence) for said in decision.findings] == [
        ("empty_word", 2, "“NULL” in 2 cells is read as empty."),
        ("empty_word", 1, "“n/a” in 1 cell is read as empty."),
    ]


def test_a_unit_beside_the_numbers_is_the_column_s() -> None:
    field = a_field(NUMBER)
    cells = texts("10 d", "5", "7 d", "2 weeks")
    decision = decide(field, shape_of(cells))
    assert decision.unit == "d"
    assert [(said.code, said.sentence) for said in decision.findings] == [
        ("several_units", "Different units stand beside the numbers: d (2), weeks (1).")
    ]
    reader = Reader(field, decision)
    found = [reader.read(cell) for cell in cells]
    assert [value for value, _ in found] == [Decimal(10), Decimal(5), Decimal(7), None]
    problem = found[-1][1]
    assert problem is not None
    assert (problem.code, problem.expected) == ("other_unit", "Numbers in d.")


def test_two_currencies_do_not_add_up() -> None:
    field = a_field(NUMBER)
    cells = texts("$ 10.00", "$ 5.00", "7.00 €")
    reader = Reader(field, decide(field, shape_of(cells)))
    assert [(value, problem.code if problem else "") for value, problem in map(reader.read, cells)] == [
        (Decimal("10.00"), ""),
        (Decimal("5.00"), ""),
        (None, "other_currency"),
    ]


def test_a_column_of_destroyed_dates_says_so() -> None:
    cells = texts(*["00:00.0"] * 9, "NULL")
    seen = shape_of(cells)
    assert (seen.destroyed.times, seen.filled) == (9, 9)
    assert [(said.code, said.count) for said in decide(a_field(DATE), seen).findings] == [
        ("empty_word", 1),
        ("destroyed_dates", 9),
    ]


def test_a_shape_counts_every_cell_and_keeps_few() -> None:
    column = [number_cell(str(number)) for number in range(45_000)] + [text("00123", "padded"), EMPTY, text("  ")]
    seen = shape_of(column)
    assert (seen.rows, seen.filled, seen.numeric, seen.longest) == (45_003, 45_001, 45_001, 5)
    assert seen.forms[CellForm.EMPTY] == 2
    assert (seen.leading_zeros.times, seen.leading_zeros.example, seen.notes["padded"]) == (1, "00123", 1)
    assert seen.examples == ["0", "1", "2"]
    assert len(seen.form_of) == 50
    seen.add(text("1E5"))
    assert (seen.settled().rows, seen.exponents.times) == (45_004, 1)
