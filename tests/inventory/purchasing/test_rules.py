"""What to order, which offer is best, how a supplier did: exact figures."""

from datetime import date
from decimal import Decimal

import pytest

from inventory.purchasing.rules import Answer, Delivery, Due, compare, cost_of_base, orderable, outstanding, performance

TODAY, WANTED = date(2026, 11, 20), date(2026, 12, 1)


@pytest.mark.parametrize(
    ("wish", "least", "multiple", "decimals", "ordered"),
    [
        ("8.2", "0", "0", 0, "9"),
        ("8.2", "10", "0", 0, "10"),
        ("13", "10", "6", 0, "18"),
        ("1", "10", "6", 0, "12"),
        ("0.301", "0", "0", 2, "0.31"),
        ("12", "0", "0", 0, "12"),
    ],
)
def test_what_is_ordered_is_what_the_supplier_delivers(
    wish: str, least: str, multiple: str, decimals: int, ordered: str
) -> None:
    assert orderable(Decimal(wish), least=Decimal(least), multiple=Decimal(multiple), decimals=decimals) == Decimal(
        ordered
    )


def test_what_went_back_is_still_to_come_unless_the_line_is_closed() -> None:
    assert outstanding(Decimal(10), Decimal(10), Decimal(3)) == 3
    assert outstanding(Decimal(10), Decimal(12), Decimal(0)) == 0
    assert outstanding(Decimal(10), Decimal(2), Decimal(0), closed=True) == 0
    assert cost_of_base(Decimal(10), Decimal(3)) == Decimal("3.333333")
    assert cost_of_base(None, Decimal(3)) is None


def test_all_costs_are_spread_over_what_is_wanted() -> None:
    answers = [
        Answer(1, Decimal("0.80"), Decimal(20), "EUR", Decimal(0), 7),
        Answer(2, Decimal("0.70"), Decimal(0), "EUR", Decimal(0), 30),
        Answer(3, Decimal("0.50"), Decimal(0), "EUR", Decimal(250), 7),
        Answer(4, None, Decimal(0), "EUR", Decimal(0), 1),
        Answer(5, Decimal("0.10"), Decimal(0), "USD", Decimal(0), 1),
    ]
    rows = {
        row.key: row
        for row in compare(answers, quantity=Decimal(100), factor=Decimal(2), wanted_on=WANTED, today=TODAY)
    }
    assert [rows[key].base_price for key in (1, 2, 3, 4)] == [Decimal("0.5"), Decimal("0.35"), Decimal("0.625"), None]
    assert (rows[3].ordered, rows[3].total) == (250, Decimal(125))
    assert (rows[2].arrives_on, rows[2].days_late) == (date(2026, 12, 20), 19)
    assert [key for key, row in rows.items() if row.is_cheapest] == [2]
    assert [key for key, row in rows.items() if row.is_best] == [1]
    assert [key for key, row in rows.items() if row.is_fastest] == [5]


def test_where_nobody_comes_in_time_the_cheapest_is_best() -> None:
    answers = [
        Answer(1, Decimal(2), Decimal(0), "EUR", Decimal(0), 20),
        Answer(2, Decimal(1), Decimal(0), "EUR", Decimal(0), None),
    ]
    rows = compare(answers, quantity=Decimal(1), factor=Decimal(1), wanted_on=WANTED, today=TODAY)
    assert [row.is_best for row in rows] == [False, True]
    assert compare([], quantity=Decimal(1), factor=Decimal(1), wanted_on=None, today=TODAY) == []


def due(ordered: str, *came: tuple[int, str], rejected: str = "0", returned: str = "0") -> Due:
    """A line due on 20 November; each delivery as (day of November, quantity)."""
    deliveries = tuple(Delivery(date(2026, 11, day), Decimal(quantity)) for day, quantity in came)
    return Due(Decimal(ordered), TODAY, deliveries, Decimal(rejected), Decimal(returned))


def test_how_a_supplier_did() -> None:
    lines = [
        due("10", (18, "6"), (20, "4")),  # on time and in full
        due("10", (20, "6"), (24, "4")),  # in full, four days late
        due("10", (19, "6")),  # on time, not in full
        due("10"),  # nothing came
        due("10", (20, "10"), rejected="2", returned="1"),  # on time, one went back: not in full
    ]
    assert [line.on_time for line in lines] == [True, False, True, False, True]
    assert [line.in_full for line in lines] == [True, True, False, False, False]
    assert [line.on_time_in_full for line in lines] == [True, False, False, False, False]
    figures = performance(lines)
    assert (figures.lines, figures.on_time, figures.in_full, figures.on_time_in_full) == (
        5,
        Decimal("0.6"),
        Decimal("0.4"),
        Decimal("0.2"),
    )
    assert (figures.rejected, figures.days_late) == (Decimal("0.0625"), Decimal(4))  # 3 of 12 on one of four lines


def test_a_supplier_of_whom_nothing_was_due_has_no_figures() -> None:
    figures = performance([])
    assert (figures.lines, figures.on_time, figures.in_full, figures.rejected, figures.days_late) == (
        0, None, None, None, None,
    )  # fmt: skip
