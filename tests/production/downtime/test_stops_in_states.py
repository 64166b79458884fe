"""Which stops a run of states contains."""

from datetime import UTC, datetime, timedelta

import pytest

from production.downtime.rules import Interval, Stop, is_micro, joined, keeps_reason, stops_in

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def t(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def run(*parts: tuple) -> list[Interval]:
    return [Interval(p[0], t(p[1]), None if p[2] is None else t(p[2]), p[3] if len(p) > 3 else "") for p in parts]


@pytest.mark.parametrize("state", ["IDLE", "BLOCKED", "STARVED", "STOPPED", "FAULT"])
def test_standing_is_a_stop(state: str) -> None:
    assert stops_in(run((state, 5, 9)), None, t(60)) == [Stop(t(5), t(9), state)]


@pytest.mark.parametrize("state", ["PRODUCING", "SETUP", "MAINTENANCE", "OFF", "NO_DATA"])
def test_working_set_up_maintenance_and_silence_are_not(state: str) -> None:
    assert stops_in(run((state, 5, 9)), None, t(60)) == []


def test_neighbours_without_production_between_are_one_stop_and_keep_their_words() -> None:
    found = stops_in(run(("IDLE", 5, 7, "READY"), ("FAULT", 7, 9, "E42"), ("IDLE", 9, None)), None, t(60))
    assert found == [Stop(t(5), None, "IDLE", ("READY", "E42"))]


def test_a_moment_of_production_makes_two() -> None:
    found = stops_in(run(("IDLE", 5, 7), ("PRODUCING", 7, 8), ("IDLE", 8, 9)), None, t(60))
    assert found == [Stop(t(5), t(7), "IDLE"), Stop(t(8), t(9), "IDLE")]


def test_silence_between_makes_two_since_nobody_knows_what_happened() -> None:
    found = stops_in(run(("IDLE", 5, 7), ("NO_DATA", 7, 8), ("IDLE", 8, 9)), None, t(60))
    assert [(stop.started_at, stop.ended_at) for stop in found] == [(t(5), t(7)), (t(8), t(9))]


def test_outside_of_shifts_nothing_is_a_stop() -> None:
    assert stops_in(run(("IDLE", 5, 7)), [], t(60)) == []


def test_a_stop_is_cut_to_planned_time() -> None:
    assert stops_in(run(("IDLE", 5, 50)), [(t(10), t(30))], t(60)) == [Stop(t(10), t(30), "IDLE")]


def test_a_stop_over_a_change_of_shift_stays_one() -> None:
    assert stops_in(run(("IDLE", 5, 50)), [(t(30), t(60)), (t(0), t(30))], t(60)) == [Stop(t(5), t(50), "IDLE")]


def test_a_stop_over_a_night_without_shift_is_two() -> None:
    found = stops_in(run(("IDLE", 5, 50)), [(t(0), t(20)), (t(40), t(60))], t(60))
    assert found == [Stop(t(5), t(20), "IDLE"), Stop(t(40), t(50), "IDLE")]


def test_an_open_stop_stays_open_inside_the_shift_and_ends_with_it() -> None:
    shift = [(t(0), t(30))]
    assert stops_in(run(("IDLE", 5, None)), shift, t(29)) == [Stop(t(5), None, "IDLE")]
    assert stops_in(run(("IDLE", 5, None)), shift, t(30)) == [Stop(t(5), t(30), "IDLE")]


def test_an_open_stop_does_not_open_a_shift_that_has_not_begun() -> None:
    assert stops_in(run(("IDLE", 5, None)), [(t(0), t(20)), (t(40), t(60))], t(25)) == [Stop(t(5), t(20), "IDLE")]


def test_periods_that_touch_become_one() -> None:
    assert joined([(t(5), t(9)), (t(0), t(5)), (t(7), t(8)), (t(20), t(21))]) == [(t(0), t(9)), (t(20), t(21))]


@pytest.mark.parametrize(
    ("seconds", "explained", "short"), [(299, False, True), (300, False, False), (299, True, False)]
)
def test_short_means_under_the_limit_and_unexplained(seconds: int, explained: bool, short: bool) -> None:
    assert is_micro(t(0), t(0) + timedelta(seconds=seconds), explained, 300) is short


def test_an_open_stop_is_never_short() -> None:
    assert is_micro(t(0), None, False, 300) is False


@pytest.mark.parametrize(("end", "kept"), [(19, True), (20, False), (21, False)])
def test_a_reason_stays_when_more_than_half_was_there_before(end: float, kept: bool) -> None:
    assert keeps_reason((t(0), t(10)), (t(0), t(end))) is kept
