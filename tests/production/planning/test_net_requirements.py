"""Net requirements against published problems and against a second, plain calculation of any small plant."""

from datetime import date
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.planning.rules import MILLION, TooMuch, WorkDays, levels_of
from tests.world.planning import MONDAY, Sheet, Thing

NONE = Fraction(0)


def test_chase_and_jacobs_a_through_f() -> None:
    """T-MRP-1, a problem in the style of Chase and Jacobs: 95 A in week 10, nothing in stock."""
    leads = {"A": 1, "B": 2, "C": 2, "D": 3, "E": 2, "F": 3}
    uses = {("A", "B"): 2, ("A", "C"): 3, ("B", "D"): 2, ("B", "E"): 3, ("C", "F"): 2, ("C", "E"): 1}
    sheet = Sheet(
        {name: Thing(lead=lead) for name, lead in leads.items()},
        {key: (quantity, NONE) for key, quantity in uses.items()},
        {("A", 10): 95},
    )
    assert sheet.releases(sheet.plan()) == {
        "A": {9: 95}, "B": {7: 190}, "C": {7: 285}, "D": {4: 380}, "E": {5: 855}, "F": {4: 570},
    }  # fmt: skip


def test_stock_is_used_before_anything_is_ordered() -> None:
    """T-MRP-2: on hand 120, lead time two weeks, lot for lot; the ten weeks are counted from 1."""
    gross = [41, 44, 84, 42, 84, 86, 7, 18, 49, 30]
    sheet = Sheet({"X": Thing(on_hand=120, lead=2)}, {}, {("X", week): n for week, n in enumerate(gross, 1)}, weeks=11)
    plan = sheet.plan()
    assert (sheet.receipts(plan)[0, 1:] // MILLION).tolist() == [0, 0, 49, 42, 84, 86, 7, 18, 49, 30]
    assert sheet.releases(plan)["X"] == dict(enumerate([49, 42, 84, 86, 7, 18, 49, 30], 1))
    available = sheet.available(plan) // MILLION
    assert available[0, 1:].tolist() == [79, 35, 0, 0, 0, 0, 0, 0, 0, 0]


def test_three_levels_of_z() -> None:
    """T-MRP-3: 59 Z in period 10, no stock."""
    leads = {"Z": 2, "A": 1, "B": 1, "C": 1, "D": 1, "E": 3}
    uses = {("Z", "A"): 2, ("Z", "B"): 3, ("A", "C"): 4, ("A", "D"): 4, ("D", "E"): 2}
    sheet = Sheet(
        {name: Thing(lead=lead) for name, lead in leads.items()},
        {key: (quantity, NONE) for key, quantity in uses.items()},
        {("Z", 10): 59},
    )
    assert sheet.releases(sheet.plan()) == {
        "Z": {8: 59}, "A": {7: 118}, "B": {7: 177}, "C": {6: 472}, "D": {6: 472}, "E": {3: 944},
    }  # fmt: skip


def test_fixed_lots_and_period_cover_of_many_items() -> None:
    """T-LOT-1 (Heizer and Render, period cover of three weeks) and T-LOT-4 (hip replacements, lots of 32)."""
    heizer = [35, 30, 40, 0, 10, 40, 30, 0, 30, 55]
    hips = [0, 0, 50, 0, 0, 35, 15, 0, 100, 0]
    sheet = Sheet(
        {"COVER": Thing(on_hand=35, cover=3), "LOTS": Thing(multiple=32), "SEVENTY": Thing(on_hand=35, multiple=73)},
        {},
        {
            **{("COVER", week): n for week, n in enumerate(heizer)},
            **{("SEVENTY", week): n for week, n in enumerate(heizer)},
            **{("LOTS", week): n for week, n in enumerate(hips)},
        },
        weeks=10,
    )
    plan = sheet.plan()
    lots = (sheet.receipts(plan) // MILLION).tolist()
    assert lots[0] == [0, 70, 0, 0, 80, 0, 0, 0, 85, 0]
    assert lots[1] == [0, 0, 64, 0, 0, 32, 32, 0, 96, 0]
    assert lots[2] == [0, 73, 0, 0, 73, 0, 73, 0, 0, 73]
    left = sheet.available(plan) // MILLION
    # What the plans cost, by the book: 100 a set-up and 1 a week; 50 a set-up and 2 a week.
    assert 3 * 100 + int(left[0].sum()) == 495
    assert 4 * 100 + int(left[2].sum()) == 775
    assert (int(left[1].sum()), 4 * 50 + 2 * int(left[1].sum())) == (157, 514)


def test_what_should_have_begun_is_late_and_not_dropped() -> None:
    sheet = Sheet({"TOP": Thing(lead=1), "PART": Thing(lead=3)}, {("TOP", "PART"): (2, NONE)}, {("TOP", 1): 5}, weeks=4)
    plan = sheet.plan()
    assert sheet.releases(plan) == {"TOP": {0: 5}, "PART": {-3: 10}}
    assert plan.planned.due.tolist() == [7, 0]
    assert plan.planned.cause.tolist() == [0, 0], "the customer's need stands behind both"


def test_a_missing_safety_stock_is_due_on_the_first_day() -> None:
    plan = Sheet({"X": Thing(on_hand=3, safety=10)}, {}, {("X", 2): 4}, weeks=4).plan()
    assert list(zip(plan.planned.week.tolist(), plan.planned.due.tolist(), strict=True)) == [(0, 0), (2, 14)]
    assert (plan.planned.quantity // MILLION).tolist() == [7, 4]


def test_a_phantom_is_passed_through() -> None:
    things = {"TOP": Thing(lead=1), "KIT": Thing(on_hand=50, lead=4, passes=True), "BOLT": Thing(lead=1)}
    sheet = Sheet(things, {("TOP", "KIT"): (1, NONE), ("KIT", "BOLT"): (6, NONE)}, {("TOP", 3): 10}, weeks=4)
    assert sheet.releases(sheet.plan()) == {"TOP": {2: 10}, "BOLT": {1: 60}}


def test_a_loop_is_named_and_everything_else_is_planned() -> None:
    parent, child = np.array([0, 1, 2, 2, 4]), np.array([1, 2, 1, 3, 0])
    found = levels_of(5, parent, child)
    assert found.loop == [1, 2, 1]
    assert found.followed.tolist() == [True, False, False, True, True]
    assert found.of.tolist() == [1, 2, 0, 1, 0]


def test_more_than_the_books_can_hold_is_refused() -> None:
    sheet = Sheet({"A": Thing(), "B": Thing()}, {("A", "B"): (10**6, NONE)}, {("A", 0): 10**7}, weeks=2)
    with pytest.raises(TooMuch) as refused:
        sheet.plan()
    assert refused.value.place == 1


def test_long_factors_are_exact_where_64_bits_would_turn_round() -> None:
    loss = Fraction(234_567, 10_000_000)
    sheet = Sheet({"A": Thing(), "B": Thing(multiple=1)}, {("A", "B"): (123_457, loss)}, {("A", 0): 1_000_003}, weeks=1)
    exact = Fraction(1_000_003 * 123_457) * (1 + loss)
    assert int(sheet.receipts(sheet.plan())[1, 0]) == ceil(exact) * MILLION


def test_working_days_are_counted_back_over_weekends_and_holidays() -> None:
    days = WorkDays(MONDAY, 60, closed=[date(2026, 11, 27)])
    due = np.array([days.number(date(2026, 11, 30)), days.number(date(2026, 12, 6)), 0, 3])
    back = days.back(due, np.array([1, 5, 1, 0]))
    assert [days.date(n) for n in back.tolist()] == [
        date(2026, 11, 26), date(2026, 11, 30), date(2026, 11, 20), date(2026, 11, 26),
    ]  # fmt: skip


# --- the same, calculated a second time, week by week and item by item


def _by_hand(sheet: Sheet) -> dict[str, dict[int, int]]:
    """Receipts per item and week, straight from 04-definitions 4.10, in millionths; one item after the other."""
    gross = {name: [0] * sheet.weeks for name in sheet.things}
    for (name, week), quantity in sheet.demand.items():
        if week < sheet.weeks:
            gross[name][max(week, 0)] += quantity * MILLION
    found: dict[str, dict[int, int]] = {}
    # Names are in an order in which parents stand before their children.
    for name, thing in sheet.things.items():
        comes = [sheet.scheduled.get((name, week), 0) * MILLION for week in range(sheet.weeks)]
        orders = _lots_by_hand(thing, gross[name], comes)
        found[name] = orders
        for week, quantity in orders.items():
            release = max(week - thing.lead, 0)
            for (parent, child), (each, loss) in sheet.uses.items():
                if parent == name:
                    gross[child][release] += ceil(quantity * each * (1 + loss))
    return found


def _lots_by_hand(thing: Thing, gross: list[int], comes: list[int]) -> dict[int, int]:
    orders: dict[int, int] = {}
    weeks, safety = len(gross), thing.safety * MILLION

    def available(until: int) -> int:
        start = thing.on_hand * MILLION
        return start + sum(comes[n] + orders.get(n, 0) - gross[n] for n in range(until + 1))

    for week in range(weeks):
        if safety - available(week) <= 0:
            continue
        last = min(week + thing.cover, weeks)
        most = max(safety - available(n) for n in range(week, last))
        step = thing.multiple * MILLION
        orders[week] = ceil(Fraction(max(most, thing.least * MILLION), step)) * step
    return orders


things = st.builds(
    Thing,
    on_hand=st.integers(0, 40),
    safety=st.integers(0, 15),
    lead=st.integers(0, 3),
    least=st.sampled_from([0, 0, 7, 25]),
    multiple=st.sampled_from([1, 1, 5, 12]),
    cover=st.sampled_from([1, 1, 2, 4]),
)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    names = [chr(65 + n) for n in range(draw(st.integers(1, 6)))]
    pairs = [(above, below) for n, above in enumerate(names) for below in names[n + 1 :]]
    losses = st.sampled_from([NONE, NONE, Fraction(1, 20), Fraction(12_345, 1_000_000)])
    uses = {pair: (draw(st.integers(1, 4)), draw(losses)) for pair in pairs if draw(st.booleans())}
    weeks = draw(st.integers(1, 8))
    cells = st.dictionaries(st.tuples(st.sampled_from(names), st.integers(0, weeks)), st.integers(1, 30), max_size=8)
    return Sheet({name: draw(things) for name in names}, uses, draw(cells), draw(cells), weeks)


@settings(max_examples=300, deadline=None)
@given(sheets())
def test_any_small_plant_is_planned_as_by_hand(sheet: Sheet) -> None:
    receipts, by_hand = sheet.receipts(sheet.plan()), _by_hand(sheet)
    for place, name in enumerate(sheet.things):
        planned = {week: n for week, n in enumerate(receipts[place].tolist()) if n}
        assert planned == by_hand[name], name
