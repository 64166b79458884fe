"""A report's stored form: the same bytes whoever reads it, and nothing in it that somebody may not see."""

import json
from decimal import Decimal

from factory_core.reporting.compare import Change, changes_between
from factory_core.reporting.content import Content, Figures, Table, cut_for, digest_of, read_content
from tests.world.reports import a_content


def test_what_was_stored_is_read_back_as_it_was() -> None:
    content = a_content()
    stored = json.loads(json.dumps(content.stored()))
    assert read_content(stored).stored() == content.stored()
    assert digest_of(read_content(stored).stored()) == digest_of(content.stored())


def test_numbers_are_stored_as_decimal_texts_and_moments_in_utc() -> None:
    table = next(part for part in a_content().stored()["parts"] if part["part"] == "table")
    assert table["rows"][0][1:] == ["1234.5", "3725", "66.7", "98765.43", "2026-11-20T05:30:00+00:00", "2026-11-20"]


def test_equal_numbers_written_differently_are_stored_the_same() -> None:
    figures = a_content().parts[0]
    assert isinstance(figures, Figures)
    again = Figures(
        "figures", "Figures", [type(figures.items[0])(**{**vars(figures.items[0]), "value": Decimal("464.00")})]
    )
    content = a_content()
    other = Content(**{**vars(content), "parts": (again, *content.parts[1:])})
    assert digest_of(other.stored()) == digest_of(content.stored())


def test_a_column_nobody_may_see_goes_with_its_name_and_its_sum() -> None:
    shown, needs = cut_for(a_content(), lambda capability: False)
    table = next(part for part in shown.parts if isinstance(part, Table))
    assert needs == []
    assert [column.key for column in table.columns] == ["text", "made", "ran", "share", "began", "on"]
    assert all(len(row) == 6 for row in [*table.rows, table.total or []])
    assert "98765" not in json.dumps(shown.stored())
    assert "Cost" not in json.dumps(shown.stored())


def test_what_was_shown_by_a_right_asks_for_that_right_later() -> None:
    shown, needs = cut_for(a_content(), lambda capability: capability == "production.cost.view")
    assert needs == ["production.cost.view"]
    assert "98765.43" in json.dumps(shown.stored())


def test_what_changed_is_said_value_by_value() -> None:
    before = a_content()
    table = before.parts[2]
    assert isinstance(table, Table)
    row = [table.rows[0][0], Decimal(1300), *table.rows[0][2:]]
    later = Table(table.key, table.title, table.columns, [row, *table.rows[1:]], table.total)
    after = Content(**{**vars(before), "parts": (*before.parts[:2], later, *before.parts[3:])})
    assert changes_between(before, before) == []
    assert changes_between(before, after) == [Change(f"Rows · {table.rows[0][0]} · Made", "1,234.5", "1,300")]
