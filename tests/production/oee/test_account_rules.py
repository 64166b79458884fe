"""Every moment belongs to exactly one class. Sources: contracts section 4 (classes), definitions 4.1 (elements)."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.downtime.states import ReasonKind
from production.oee.rules.account import Ran, Slice, Stopped, account, microseconds
from production.oee.rules.kept import read, written
from production.oee.rules.rows import Made, Row, summed
from production.oee.states import TimeClass
from telemetry.states.states import MachineState

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


class Did(NamedTuple):
    state: str
    started_at: datetime
    ended_at: datetime | None


def minute(n: float) -> datetime:
    return START + timedelta(minutes=n)


def did(*rows: tuple[str, float, float | None]) -> list[Did]:
    return [Did(state, minute(begin), None if end is None else minute(end)) for state, begin, end in rows]


def classes(slices: list[Slice]) -> list[tuple[str, float, float]]:
    return [
        (
            one.time_class.value,
            (one.started_at - START).total_seconds() / 60,
            (one.ended_at - START).total_seconds() / 60,
        )
        for one in slices
    ]


def told(
    length: float = 60, *, is_shift=True, breaks=(), states=(), stops=(), runs=None
) -> list[tuple[str, float, float]]:
    return classes(
        account((START, minute(length)), is_shift=is_shift, breaks=breaks, states=states, stops=stops, runs=runs)
    )


ORDER = [Ran(START, None, 7)]


@pytest.mark.parametrize(
    ("state", "runs", "expected"),
    [
        ("PRODUCING", ORDER, "producing"),
        ("PRODUCING", [], "producing"),
        ("SETUP", [], "setup"),
        ("MAINTENANCE", ORDER, "planned_stop"),
        ("MAINTENANCE", [], "planned_stop"),
        ("NO_DATA", ORDER, "no_data"),
        ("OFF", ORDER, "unplanned_stop"),
        ("OFF", [], "no_order"),
        ("OFF", None, "unplanned_stop"),
        ("IDLE", ORDER, "unplanned_stop"),
        ("BLOCKED", [], "no_order"),
        ("STARVED", None, "unplanned_stop"),
        ("STOPPED", [], "no_order"),
        ("FAULT", ORDER, "unplanned_stop"),
    ],
)
def test_the_same_state_is_another_class_with_and_without_an_order(state, runs, expected):
    assert told(states=did((state, 0, None)), runs=runs) == [(expected, 0, 60)]
    assert told(states=did((state, 0, None)), runs=runs, is_shift=False) == [("no_shift", 0, 60)]


@pytest.mark.parametrize(
    ("kind", "is_micro", "runs", "expected"),
    [
        ("PLANNED", False, ORDER, "planned_stop"),
        ("SETUP", False, ORDER, "setup"),
        ("UNPLANNED", False, ORDER, "unplanned_stop"),
        ("UNPLANNED", False, [], "unplanned_stop"),
        ("", True, ORDER, "micro_stop"),
        ("", True, None, "micro_stop"),
        ("", True, [], "no_order"),
        ("", False, ORDER, "unplanned_stop"),
        ("", False, [], "no_order"),
    ],
)
def test_a_reason_stands_above_no_order_and_no_order_above_a_stop_nobody_explained(kind, is_micro, runs, expected):
    stop = Stopped(1, START, None, 5 if kind else None, kind, is_micro)
    found = account(
        (START, minute(10)), is_shift=True, breaks=(), states=did(("STOPPED", 0, None)), stops=[stop], runs=runs
    )
    assert classes(found) == [(expected, 0, 10)]
    assert found[0].reason_id == (5 if kind else None)
    assert found[0].stop_id == 1


def test_a_break_is_a_planned_stop_unless_the_machine_ran_through():
    breaks = [(minute(10), minute(20)), (minute(30), minute(40)), (minute(32), minute(35))]
    states = did(("PRODUCING", 0, 8), ("STOPPED", 8, 25), ("PRODUCING", 25, None))
    assert told(breaks=breaks, states=states) == [
        ("producing", 0, 8),
        ("unplanned_stop", 8, 10),
        ("planned_stop", 10, 20),
        ("unplanned_stop", 20, 25),
        ("producing", 25, 60),
    ]


def test_what_no_state_covers_is_no_data():
    assert told(states=did(("PRODUCING", 10, 20)), breaks=[(minute(0), minute(5))]) == [
        ("no_data", 0, 10),
        ("producing", 10, 20),
        ("no_data", 20, 60),
    ]


def test_an_order_that_changes_cuts_a_stop_in_two_slices_of_one_stop():
    stop = Stopped(9, minute(5), minute(25), 3, "UNPLANNED")
    found = account(
        (START, minute(30)), is_shift=True, breaks=(),
        states=did(("PRODUCING", 0, 5), ("FAULT", 5, 25), ("PRODUCING", 25, None)), stops=[stop],
        runs=[Ran(minute(-10), minute(15), 1), Ran(minute(15), None, 2)],
    )  # fmt: skip
    assert [(one.time_class.value, one.order_id, one.stop_id) for one in found] == [
        ("producing", 1, None), ("unplanned_stop", 1, 9), ("unplanned_stop", 2, 9), ("producing", 2, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "hours"), [((2026, 3, 28), 7), ((2026, 10, 24), 9)], ids=["spring forward", "autumn back"]
)
def test_a_night_shift_over_the_clock_change_has_its_real_length(day, hours):
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(*day, 22, tzinfo=zone)
    end = (start + timedelta(days=1)).replace(hour=6)
    found = account((start, end), is_shift=True, breaks=(), states=[Did("PRODUCING", start, end)], stops=(), runs=None)
    assert [one.time_class for one in found] == [TimeClass.PRODUCING]
    assert sum(one.microseconds for one in found) == hours * 3600 * 1_000_000


moments = st.integers(-3_600_000_000, 12 * 3_600_000_000).map(lambda us: START + timedelta(microseconds=us))
periods = st.tuples(moments, st.none() | moments)
some_states = st.lists(
    st.builds(lambda state, period: Did(state, *period), st.sampled_from(list(MachineState)), periods), max_size=12
)
some_stops = st.lists(
    st.builds(
        lambda key, period, kind, micro: Stopped(key, *period, 4 if kind else None, kind, micro),
        st.integers(1, 9), periods, st.sampled_from(["", *ReasonKind]), st.booleans(),
    ),
    max_size=8,
)  # fmt: skip
some_runs = st.none() | st.lists(
    st.builds(lambda period, key: Ran(*period, key), periods, st.integers(1, 3)), max_size=6
)


@settings(max_examples=200, deadline=None)
@given(
    window=st.tuples(moments, moments),
    is_shift=st.booleans(),
    breaks=st.lists(st.tuples(moments, moments), max_size=4),
    states=some_states,
    stops=some_stops,
    runs=some_runs,
)
def test_slices_cover_any_window_without_hole_or_overlap(window, is_shift, breaks, states, stops, runs):
    found = account(window, is_shift=is_shift, breaks=breaks, states=states, stops=stops, runs=runs)
    if window[0] >= window[1]:
        assert found == []
        return
    assert found[0].started_at == window[0]
    assert found[-1].ended_at == window[1]
    assert all(left.ended_at == right.started_at for left, right in pairwise(found))
    assert all(one.started_at < one.ended_at for one in found)
    assert sum(one.microseconds for one in found) == microseconds(*window)
    if not is_shift:
        assert {one.time_class for one in found} == {TimeClass.NO_SHIFT}


@settings(max_examples=100, deadline=None)
@given(window=st.tuples(moments, moments), states=some_states, stops=some_stops, runs=some_runs)
def test_rows_add_up_to_the_millisecond_whatever_the_microseconds(window, states, stops, runs):
    slices = account(window, is_shift=True, breaks=(), states=states, stops=stops, runs=runs)
    rows = summed(slices, stops=stops, made={}, items={})
    length = microseconds(*window) if window[0] < window[1] else 0
    assert sum((row.seconds for row in rows), Decimal(0)) == Decimal((length + 500) // 1000) / 1000
    assert all(row.seconds >= 0 for row in rows)
    assert sum(row.stops for row in rows) <= len({stop.id for stop in stops})


def test_rows_are_read_again_as_they_were_written():
    made = Made(Decimal("3.5"), Decimal(1), Decimal(0), Decimal("12.345"), Decimal(4))
    rows = [
        Row(TimeClass.PRODUCING, None, 7, 9, Decimal("12.001"), 0, 0, made, Decimal("0.100000")),
        Row(TimeClass.UNPLANNED_STOP, 3, None, None, Decimal(60), 2, 1),
        Row(TimeClass.NO_DATA, None, None, None, Decimal(1), energy_kwh=Decimal(0)),
    ]
    assert read(json.loads(json.dumps(written(rows)))) == rows
