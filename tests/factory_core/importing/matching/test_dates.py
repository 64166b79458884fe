"""Dates are read in the order of their column, in five languages, and never guessed."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory_core.importing.kinds import FieldType
from factory_core.importing.matching import Decision, dates, decide, read_value, shape_of
from tests.world.importing import a_field, date_cell, number_cell, read, text

FOURTH = date(2026, 3, 4)


@pytest.mark.parametrize(
    "shown",
    [
        *("2026-03-04", "2026/3/4", "20260304", "2026-03-04T05:06:07", "2026-03-04 05:06:07.263000000", "04.03.2026"),
        *("4.3.26", "4. 3. 2026", "4 Mar 2026", "4. März 2026", "4 mrz 26", "Mar 4, 2026", "04-MAR-26"),
        *("4th March 2026", "March 4th, 2026", "4 de marzo de 2026", "4 mars 2026", "4 marca 2026", "4 III 2026"),
        "Wed, 4 Mar 2026",
    ],
)
def test_a_date_that_can_be_read_one_way_is_read(shown: str) -> None:
    assert read(FieldType.DATE, shown) == FOURTH


@pytest.mark.parametrize(
    ("shown", "day_first", "month_first"),
    [
        ("03/04/2026", date(2026, 4, 3), date(2026, 3, 4)),
        ("3/4/26", date(2026, 4, 3), date(2026, 3, 4)),
        ("3-4-2026 14:05", date(2026, 4, 3), date(2026, 3, 4)),
        ("13/4/2026", date(2026, 4, 13), None),
        ("4/13/2026", None, date(2026, 4, 13)),
        ("5/5/2026", date(2026, 5, 5), date(2026, 5, 5)),
    ],
)
def test_the_order_of_the_column_is_followed(shown: str, day_first: date | None, month_first: date | None) -> None:
    dated = dates.taken_apart(shown)
    assert dated is not None
    assert (dates.day_of(dated, True), dates.day_of(dated, False)) == (day_first, month_first)


@pytest.mark.parametrize(
    "shown", ["May 2026", "2026", "12 Widget 2026", "1401-0043-0032", "13/13/2026", "1/0/2026", "AR-5381", "25:00"]
)
def test_what_is_no_date_is_none(shown: str) -> None:
    assert dates.taken_apart(shown) is None


@pytest.mark.parametrize("shown", ["30.02.2026", "2026-02-30", "31/4/2026"])
def test_a_day_that_does_not_exist_is_a_problem(shown: str) -> None:
    assert read(FieldType.DATE, shown) == "no_such_day"


def test_an_unclear_order_is_a_problem_until_it_is_said() -> None:
    assert read(FieldType.DATE, "03/04/2026") == "day_order_unclear"


@pytest.mark.parametrize(("shown", "year"), [("1.1.00", 2000), ("1.1.68", 2068), ("1.1.69", 1969), ("1.1.99", 1999)])
def test_years_of_two_digits_follow_one_rule_that_is_told(shown: str, year: int) -> None:
    cell = text(shown)
    decision = decide(a_field(FieldType.DATE), shape_of([cell]))
    assert read_value(cell, a_field(FieldType.DATE), decision, {}) == (date(year, 1, 1), None)
    assert [(said.code, said.example) for said in decision.findings] == [("short_years", shown)]


@pytest.mark.parametrize("shown", ["00:00.0", "47:14.6", "00:00:00", "12:30"])
@pytest.mark.parametrize("form", [FieldType.DATE, FieldType.MOMENT])
def test_a_destroyed_date_is_reported_and_never_midnight(shown: str, form: FieldType) -> None:
    value, problem = read_value(text(shown), a_field(form), Decision(), {})
    assert value is None
    assert problem is not None
    assert (problem.code, problem.is_warning) == ("destroyed_date", False)
    assert shown in problem.sentence
    assert problem.expected


@pytest.mark.parametrize(
    ("number", "is_1904", "day"),
    [
        ("43659", False, date(2019, 7, 13)),
        ("43659", True, date(2023, 7, 14)),
        ("43659.75", False, date(2019, 7, 13)),
        ("1000", False, None),
        ("90000", False, None),
    ],
)
def test_day_numbers_are_believed_between_1950_and_2099(number: str, is_1904: bool, day: date | None) -> None:
    decision = Decision(is_1904=is_1904)
    value, problem = read_value(number_cell(number), a_field(FieldType.DATE), decision, {})
    assert (value, problem.code if problem else None) == (day, None if day else "not_a_date")


def test_a_moment_becomes_utc_by_the_zone_of_the_site() -> None:
    decision = Decision(day_first=True, zone="Europe/Berlin")

    def at(shown: str) -> tuple[object, str]:
        value, problem = read_value(text(shown), a_field(FieldType.MOMENT), decision, {})
        return value, problem.code if problem else ""

    assert at("04.07.2026 14:30") == (datetime(2026, 7, 4, 12, 30, tzinfo=UTC), "")
    assert at("04.01.2026 14:30:15") == (datetime(2026, 1, 4, 13, 30, 15, tzinfo=UTC), "")
    assert at("2026-01-04") == (datetime(2026, 1, 3, 23, 0, tzinfo=UTC), "")
    assert at("2026-07-04T14:30:00Z") == (datetime(2026, 7, 4, 14, 30, tzinfo=UTC), "")
    assert at("2026-07-04T14:30:00-05:00") == (datetime(2026, 7, 4, 19, 30, tzinfo=UTC), "")
    assert at("4/7/2026 2:30 PM") == (datetime(2026, 7, 4, 12, 30, tzinfo=UTC), "")
    assert at("4/7/2026 12:05 am") == (datetime(2026, 7, 3, 22, 5, tzinfo=UTC), "")
    assert at("29.03.2026 02:30") == (None, "no_such_time")
    assert at("25.10.2026 02:30") == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "time_twice")


def test_a_moment_of_the_table_program_keeps_its_time() -> None:
    decision = Decision(zone="Europe/Berlin")
    field = a_field(FieldType.MOMENT)
    assert read_value(date_cell("2014-09-12T11:15:07"), field, decision, {}) == (
        datetime(2014, 9, 12, 9, 15, 7, tzinfo=UTC),
        None,
    )
    assert read_value(number_cell("43659.75"), field, decision, {}) == (datetime(2019, 7, 13, 16, 0, tzinfo=UTC), None)


@pytest.mark.parametrize(
    "shown", ["0001-01-01", "9999-12-31T23:59:00-05:00", "2026-01-01T00:00:00+99:99", "²³4⁵⁶", "2026-01-01 24:00"]
)
def test_what_no_calendar_has_is_no_moment(shown: str) -> None:
    assert read(FieldType.MOMENT, shown) == "not_a_date"


def test_the_last_day_of_all_is_a_date() -> None:
    assert read(FieldType.DATE, "31.12.9999") == date(9999, 12, 31)


ORDERS = [("%d.%m.%Y", True), ("%d/%m/%Y", True), ("%m/%d/%Y", False), ("%m-%d-%Y", False), ("%Y-%m-%d", None)]


@settings(deadline=None)
@given(st.dates(min_value=date(1900, 1, 1)), st.sampled_from(ORDERS))
def test_a_date_written_in_each_order_comes_back(day: date, order: tuple[str, bool | None]) -> None:
    pattern, day_first = order
    cell = text(day.strftime(pattern))
    assert read_value(cell, a_field(FieldType.DATE), Decision(day_first=day_first), {}) == (day, None)


@settings(deadline=None)
@given(st.text(alphabet="0123456789./-: TmarMAR", max_size=20))
def test_any_text_is_a_date_or_a_problem(shown: str) -> None:
    value, problem = read_value(text(shown), a_field(FieldType.DATE), Decision(), {})
    assert value is None or isinstance(value, date)
    assert value is not None or problem is not None or shown.strip() in ("", "-", "--", "---")
