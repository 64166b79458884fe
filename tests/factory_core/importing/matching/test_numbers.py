"""Numbers are read to the last digit as their column writes them, and never guessed."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory_core.importing.kinds import FieldType
from factory_core.importing.matching import Decision, numbers, read_value
from tests.world.importing import a_field, number_cell, read, text


@pytest.mark.parametrize(
    ("shown", "unknown", "comma", "point"),
    [
        ("0", "0", "0", "0"),
        ("1200", "1200", "1200", "1200"),
        ("1.234,56", "1234.56", "1234.56", None),
        ("1,234.56", "1234.56", None, "1234.56"),
        ("1 234,56", "1234.56", "1234.56", None),
        ("1\u00a0234,56", "1234.56", "1234.56", None),
        ("1\u202f234\u202f567,8", "1234567.8", "1234567.8", None),
        ("1'234.56", "1234.56", None, "1234.56"),
        ("1’234’567.5", "1234567.5", None, "1234567.5"),
        ("1 234 567", "1234567", "1234567", "1234567"),
        ("1,234", None, "1.234", "1234"),
        ("1.234", None, "1234", "1.234"),
        ("0,123", "0.123", "0.123", None),
        ("0.123", "0.123", None, "0.123"),
        ("1234,567", "1234.567", "1234.567", None),
        ("1.234.567", "1234567", "1234567", None),
        ("1,234,567", "1234567", None, "1234567"),
        ("$ 12.50", "12.50", None, "12.50"),
        ("$25.27", "25.27", None, "25.27"),
        ("12,50 €", "12.50", "12.50", None),
        ("EUR 1.250,00", "1250.00", "1250.00", None),
        ("7 zł", "7", "7", "7"),
        ("(3.00)", "-3.00", None, "-3.00"),
        ("($ 3.00)", "-3.00", None, "-3.00"),
        ("12-", "-12", "-12", "-12"),
        ("1.50-€", "-1.50", None, "-1.50"),
        ("−5", "-5", "-5", "-5"),
        ("- 5", "-5", "-5", "-5"),
        ("+5", "5", "5", "5"),
        ("5%", "5", "5", "5"),
        (".5", "0.5", None, "0.5"),
        ("1E5", "100000", "100000", "100000"),
        ("2.5e-3", "0.0025", None, "0.0025"),
        ("10 d", "10", "10", "10"),
        ("3,5 mm²", "3.5", "3.5", None),
        ("007", "7", "7", "7"),
    ],
)
def test_a_number_is_read_in_the_style_of_its_column(
    shown: str, unknown: str | None, comma: str | None, point: str | None
) -> None:
    written = numbers.taken_apart(shown)
    assert written is not None
    found = [numbers.exact(written, style) for style in (None, True, False)]
    assert [str(each) if each is not None else None for each in found] == [unknown, comma, point]


@pytest.mark.parametrize(
    "shown",
    [
        *("", "abc", "A1", "RAL 7016", "1-2", "12/3", "12.34.56", "1,23,4", "1 2", "--5", "(5", "5)", "-5-", "1.2.3"),
        *("$5 EUR", "-(5)", "1..5", "1,,5", "3 x 5", "9." * 50, "1234 567", "1.234 567,5"),
    ],
)
def test_what_is_no_number_is_none(shown: str) -> None:
    assert numbers.taken_apart(shown) is None


@pytest.mark.parametrize("shown", ["1E31", "1E999", "1" * 31, "1E-31"])
def test_a_number_beyond_all_counting_is_refused(shown: str) -> None:
    assert read(FieldType.NUMBER, shown) == "number_too_large"


def _pointed(value: Decimal, group: str, mark: str) -> str:
    return f"{value:,f}".replace(",", "\0").replace(".", mark).replace("\0", group)


STYLES = [(",", ".", False), (".", ",", True), (" ", ",", True), ("'", ".", False), ("\u00a0", ",", True)]


@settings(deadline=None)
@given(
    st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=4),
    st.sampled_from(STYLES),
)
def test_a_number_formatted_in_each_style_comes_back_equal(value: Decimal, style: tuple[str, str, bool]) -> None:
    group, mark, comma = style
    cell = text(_pointed(value, group, mark))
    assert read_value(cell, a_field(FieldType.NUMBER), Decision(decimal_comma=comma), {}) == (value, None)


@settings(deadline=None)
@given(st.text(alphabet="0123456789.,' -()%$€Ee", max_size=12))
def test_any_text_of_digits_and_signs_is_a_number_or_a_problem(shown: str) -> None:
    for comma in (None, True, False):
        value, problem = read_value(
            text(shown), a_field(FieldType.NUMBER), Decision(decimal_comma=comma, currency="USD"), {}
        )
        assert value is None or isinstance(value, Decimal)
        assert value is not None or problem is not None or shown.strip() in ("", "-", "--", "---")


def test_a_number_of_the_table_program_is_taken_as_it_is() -> None:
    assert read(FieldType.NUMBER, number_cell("12.0278")) == Decimal("12.0278")
    assert read(FieldType.WHOLE, number_cell("-4")) == -4


@pytest.mark.parametrize("shown", ["3,00", "3.0", "3", "1.234.567,0"])
def test_whole_numbers_may_be_written_with_empty_decimals(shown: str) -> None:
    assert read(FieldType.WHOLE, shown) in (3, 1234567)


def test_a_fraction_is_no_whole_number() -> None:
    assert read(FieldType.WHOLE, "2.5") == "not_whole"


def test_an_exponent_is_told_in_a_number_and_kept_in_a_text() -> None:
    value, problem = read_value(text("1E5"), a_field(FieldType.NUMBER), Decision(), {})
    assert value == 100000
    assert problem is not None
    assert (problem.code, problem.is_warning, problem.sentence) == (
        "exponent",
        True,
        "“1E5” is read as 100000.",
    )
    assert read(FieldType.TEXT, "1E5") == "1E5"


def test_percent_is_a_share_unless_the_field_counts_in_percent() -> None:
    assert read(FieldType.NUMBER, "5%", name="yield") == Decimal("0.05")
    assert read(FieldType.NUMBER, "5%", name="scrap_percent") == 5
    assert read(FieldType.NUMBER, number_cell("0.05", "percent"), name="scrap_percent") == 5
    assert read(FieldType.NUMBER, number_cell("0.05", "percent"), name="yield") == Decimal("0.05")


def test_bounds_are_part_of_the_field() -> None:
    bounds = {"smallest": Decimal(0), "largest": Decimal(100)}
    assert read(FieldType.NUMBER, "100", **bounds) == 100
    assert read(FieldType.NUMBER, "100.01", **bounds) == "out_of_bounds"
    assert read(FieldType.NUMBER, "-1", **bounds) == "out_of_bounds"
