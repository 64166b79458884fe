"""Hours follow the clock, breaks lower the target, a pulse on the border counts once (definitions 4.15, 6 and 7)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from factory_core.access.identity import acting
from factory_core.calendar.models import ShiftBreak
from factory_core.people.services import service_user
from production.oee.queries.hours import hours_of, shift_asked
from production.oee.rules.hours import clock_hours, targets
from production.orders.rules import Run
from tests.world.oee import pieces
from tests.world.production import a_running_order, a_shift, minute

BERLIN = ZoneInfo("Europe/Berlin")


def hours(start: datetime, end: datetime, zone: ZoneInfo = BERLIN) -> list[str]:
    return [f"{border.astimezone(zone):%H:%M}" for border in clock_hours(start, end, zone)]


def test_a_shift_that_starts_at_half_past_has_rows_of_the_clock():
    start = datetime(2026, 11, 20, 6, 30, tzinfo=BERLIN)
    assert hours(start, start + timedelta(hours=3)) == ["06:30", "07:00", "08:00", "09:00", "09:30"]


def test_the_hour_that_comes_twice_is_two_rows_and_the_one_skipped_is_none():
    night = datetime(2026, 10, 24, 23, tzinfo=UTC)
    assert hours(night, night + timedelta(hours=4)) == ["01:00", "02:00", "02:00", "03:00", "04:00"]
    night = datetime(2026, 3, 29, 0, tzinfo=UTC)
    assert hours(night, night + timedelta(hours=2)) == ["01:00", "03:00", "04:00"]


def test_hours_of_a_zone_with_half_an_hour_follow_its_own_clock():
    start = datetime(2026, 11, 20, 1, 15, tzinfo=UTC)
    assert hours(start, start + timedelta(hours=2), ZoneInfo("Asia/Kolkata")) == ["06:45", "07:00", "08:00", "08:45"]


def test_targets_leave_breaks_out_and_change_with_the_order():
    borders = [minute(0), minute(60), minute(120), minute(180)]
    runs = [Run(minute(0), minute(90), Decimal(60)), Run(minute(90), None, Decimal(30))]
    assert targets(borders, [(minute(50), minute(70))], runs) == [50, 20 + 60, 120]
    assert targets(borders, [], []) == [None, None, None]


@pytest.fixture
def running(plant, cast):
    shift = a_shift(plant.site, "07:30", "15:30")
    with acting(service_user("plant"), channel="test"):
        ShiftBreak.objects.create(shift=shift, starts="09:00", ends="09:15")
    a_running_order(cast.supervisor, plant.press, at=0, cycle_s="30")
    pieces(plant.press, (29, 9), (30, 1), (59.99, 40), (60, 2), (130, 70))
    pieces(plant.press, (61, 5), counts="scrap")
    return plant.press


def test_target_against_actual_hour_by_hour(running):
    window, of_day = shift_asked(running.line, minute(0).date(), None, minute(150))
    assert [one.name for one in of_day] == ["Early"]
    found = hours_of(running, window, minute(150))
    assert [
        (hour.started_at, hour.target, hour.so_far, hour.made.good, hour.made.scrap, hour.is_running) for hour in found
    ] == [
        (minute(30), 60, 60, 41, 0, False),
        (minute(60), 120, 120, 0, 5, False),
        (minute(120), 90, 30, 70, 0, True),
    ]


def test_a_day_without_a_shift_stays_that_day(running):
    a_shift(running.line, "06:00", "14:00", days=0b0000001)
    sunday = datetime(2026, 11, 22, 3, tzinfo=BERLIN)
    window, of_day = shift_asked(running.line, sunday.date(), None, sunday)
    assert (window.on.day, of_day, (window.ended_at - window.started_at).total_seconds()) == (22, [], 86400)


def test_at_three_in_the_morning_the_night_shift_of_the_evening_runs(plant):
    a_shift(plant.site, "22:00", "06:00", "Night")
    three = datetime(2026, 11, 21, 3, tzinfo=BERLIN)
    window, _of_day = shift_asked(plant.line_a, three.date(), None, three)
    assert (window.on.day, window.name) == (20, "Night")
    window, _of_day = shift_asked(plant.line_a, date(2026, 11, 20), None, three)
    assert window.on.day == 20
