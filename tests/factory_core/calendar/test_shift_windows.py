"""Shifts on the time line, clock changes included (Europe/Berlin, 2026)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from factory_core.calendar.rules import ShiftPlan, shift_windows

BERLIN = ZoneInfo("Europe/Berlin")
EVERY_DAY = frozenset(range(1, 8))
NIGHT = ShiftPlan(1, "Night", time(22), time(6), EVERY_DAY, breaks=((time(1, 30), time(2, 0)),))
EARLY = ShiftPlan(2, "Early", time(6), time(14), frozenset({1, 2, 3, 4, 5}), breaks=((time(9), time(9, 30)),))


def windows(plan, start, end, holidays=()):
    return shift_windows([plan], holidays, BERLIN, start, end)


def test_an_ordinary_night_has_eight_hours_and_ends_the_next_day():
    (night,) = windows(NIGHT, datetime(2026, 11, 20, 23, tzinfo=UTC), datetime(2026, 11, 21, 1, tzinfo=UTC))
    assert night.started_at == datetime(2026, 11, 20, 21, tzinfo=UTC)
    assert night.ended_at == datetime(2026, 11, 21, 5, tzinfo=UTC)
    assert night.seconds == 8 * 3600
    assert night.working_seconds == 7.5 * 3600
    assert night.on == date(2026, 11, 20)


def test_the_night_the_clock_springs_forward_has_seven_hours():
    (night,) = windows(NIGHT, datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 3, 29, 2, tzinfo=UTC))
    assert night.seconds == 7 * 3600


def test_the_night_the_clock_falls_back_has_nine_hours():
    (night,) = windows(NIGHT, datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 2, tzinfo=UTC))
    assert night.seconds == 9 * 3600


def test_a_break_over_the_skipped_hour_begins_at_the_jump():
    jumpy = ShiftPlan(3, "Night", time(22), time(6), EVERY_DAY, breaks=((time(2, 30), time(3, 15)),))
    (night,) = windows(jumpy, datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 3, 29, 2, tzinfo=UTC))
    assert night.breaks == ((datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, 15, tzinfo=UTC)),)


def test_no_shift_starts_on_a_holiday_but_the_night_before_runs_on():
    start, end = datetime(2026, 12, 24, 23, tzinfo=UTC), datetime(2026, 12, 26, 23, tzinfo=UTC)
    found = windows(NIGHT, start, end, holidays=[date(2026, 12, 25)])
    assert [window.on for window in found] == [date(2026, 12, 24), date(2026, 12, 26)]


def test_weekdays_are_those_of_the_start():
    start, end = datetime(2026, 11, 20, 0, tzinfo=UTC), datetime(2026, 11, 24, 0, tzinfo=UTC)
    assert [window.on.isoweekday() for window in windows(EARLY, start, end)] == [5, 1]


def test_periods_are_half_open():
    ends, instant = datetime(2026, 11, 20, 13, tzinfo=UTC), timedelta(microseconds=1)
    assert windows(EARLY, ends, ends + instant) == []
    assert [window.name for window in windows(EARLY, ends - instant, ends)] == ["Early"]


def test_a_shift_round_the_clock_has_its_breaks_after_midnight_too():
    whole = ShiftPlan(4, "All day", time(6), time(6), EVERY_DAY, breaks=((time(3), time(4)), (time(12), time(13))))
    (day,) = windows(whole, datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 20, 13, tzinfo=UTC))
    assert day.seconds == 24 * 3600
    assert day.working_seconds == 22 * 3600


def test_validity_ends_with_its_last_day():
    plan = ShiftPlan(5, "Early", time(6), time(14), EVERY_DAY, valid_until=date(2026, 11, 20))
    start, end = datetime(2026, 11, 20, 0, tzinfo=UTC), datetime(2026, 11, 22, 0, tzinfo=UTC)
    assert [window.on for window in windows(plan, start, end)] == [date(2026, 11, 20)]
