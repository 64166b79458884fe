"""How much should be done by now, and how much is good."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from production.orders.rules import Counts, Run, expected_by_now

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
D = Decimal


def t(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


SHIFT = (t(0), t(480))
BREAK = (t(120), t(150))


def run(start: float, end: float | None, cycle: str = "30") -> Run:
    return Run(t(start), None if end is None else t(end), D(cycle))


@pytest.mark.parametrize(
    ("at", "pieces"), [(0, None), (60, 120), (120, 240), (135, 240), (150, 240), (180, 300), (480, 900), (600, 900)]
)
def test_expected_grows_with_planned_working_time(at: float, pieces: int | None) -> None:
    assert expected_by_now(SHIFT, [BREAK], [run(-60, None)], t(at)) == pieces


def test_without_an_order_nothing_is_expected() -> None:
    assert expected_by_now(SHIFT, [], [], t(60)) is None


def test_each_order_counts_with_its_own_cycle() -> None:
    assert expected_by_now(SHIFT, [], [run(0, 60, "30"), run(90, None, "60")], t(120)) == 120 + 30


@pytest.mark.parametrize(
    ("counted", "reported", "scrap", "good"),
    [(10, 0, 2, 8), (0, 10, 2, 10), (10, 5, 2, 13), (0, 0, 2, 0), (1, 5, 2, 5)],
)
def test_a_counter_counts_good_and_bad_people_report_good(counted: int, reported: int, scrap: int, good: int) -> None:
    assert Counts(D(counted), D(reported), D(scrap)).good == good
