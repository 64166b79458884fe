"""Forward loading with exact ends: only working time counts, queues in order of urgency, and what is awaited."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from factory_core.calendar.rules import ShiftPlan, shift_windows
from production.promises.rules.loading import Bound, Link, Place, Placed, Task, load
from production.promises.rules.time import WorkingTime, span, working
from production.promises.states import Cause

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


def day_shift(*, breaks: tuple[tuple[time, time], ...] = (), zone: str = "UTC") -> WorkingTime:
    """08:00 to 16:00 from Monday to Friday, for four weeks."""
    plan = ShiftPlan(1, "Day", time(8), time(16), frozenset(range(1, 6)), breaks)
    return WorkingTime(
        working(shift_windows([plan], [date(2026, 12, 1)], ZoneInfo(zone), MONDAY, MONDAY + timedelta(days=28)))
    )


def task(key: int, work: float, *, rank: int | None = None, place: str = "P", order: int | None = None,
         links: tuple[Link, ...] = (), bounds: tuple[Bound, ...] = ()) -> Task:  # fmt: skip
    return Task(
        key, order or key, tuple(place.split()), hours(work), (rank if rank is not None else key,), links, bounds
    )


def loaded(*tasks: Task, stands: Bound | None = None, room: int = 1, at: datetime = MONDAY) -> dict[int, Placed]:
    places = {"P": Place("P", day_shift(), room, stands), "Q": Place("Q", day_shift())}
    return load(tasks, places, at)


def ends(placed: dict[int, Placed]) -> dict[int, str]:
    return {key: f"{one.finish:%a %H:%M}" for key, one in sorted(placed.items())}


def test_t_sch_5_three_days_of_work_end_on_wednesday() -> None:
    """T-SCH-5: 1 440 minutes on an 8-hour day from Monday 08:00 end Wednesday 16:00 (Odoo PR#240617 says Tuesday)."""
    finish = loaded(task(1, 24))[1].finish
    assert finish == datetime(2026, 11, 25, 16, 0, tzinfo=UTC)


def test_breaks_weekends_and_holidays_are_no_working_time() -> None:
    calendar = day_shift(breaks=((time(12), time(12, 30)),))
    assert calendar.end(MONDAY, hours(5)) == MONDAY + hours(5.5)
    friday = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
    assert calendar.end(friday, hours(3)) == datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    before_holiday = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
    assert calendar.end(before_holiday, hours(2)) == datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
    assert calendar.between(MONDAY, MONDAY + hours(24)) == hours(7.5)


def test_work_that_fills_the_shift_ends_with_it_not_the_next_morning() -> None:
    assert day_shift().end(MONDAY, hours(8)) == MONDAY + hours(8)
    assert day_shift().begin(MONDAY + hours(8)) == MONDAY + hours(24)


def test_a_night_with_a_clock_change_has_an_hour_more() -> None:
    plan = ShiftPlan(1, "Night", time(22), time(6), frozenset(range(1, 8)))
    evening = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    night = WorkingTime(working(shift_windows([plan], [], ZoneInfo("Europe/Berlin"), evening, evening + hours(12))))
    assert night.between(evening, evening + hours(12)) == hours(9)


def test_nobody_set_shifts_means_work_at_any_time() -> None:
    assert WorkingTime(None).end(MONDAY, hours(24)) == MONDAY + hours(24)
    assert span(Decimal("0.0000001")) == timedelta(microseconds=1)


def test_the_more_urgent_goes_first_whatever_its_number() -> None:
    assert ends(loaded(task(1, 4, rank=2), task(2, 2, rank=1))) == {1: "Mon 14:00", 2: "Mon 10:00"}


def test_a_place_does_not_wait_for_something_urgent_that_is_not_ready() -> None:
    late = Bound(MONDAY + hours(3), Cause.MATERIAL)
    placed = loaded(task(1, 2, rank=1, bounds=(late,)), task(2, 4, rank=2))
    assert ends(placed) == {1: "Mon 14:00", 2: "Mon 12:00"}
    assert placed[1].behind == 2


def test_steps_follow_one_another_over_two_machines_with_their_waiting_time() -> None:
    second = task(2, 1, place="Q", order=1, links=(Link(1, hours(1)),))
    assert ends(loaded(task(1, 3, order=1), second)) == {1: "Mon 11:00", 2: "Mon 13:00"}


def test_a_bench_with_room_for_two_works_on_two() -> None:
    assert ends(loaded(task(1, 4), task(2, 2), task(3, 3), room=2)) == {1: "Mon 12:00", 2: "Mon 10:00", 3: "Mon 13:00"}


def test_a_task_for_either_machine_goes_to_the_one_that_is_free_first() -> None:
    placed = loaded(task(1, 4, place="P"), task(2, 2, place="P Q"), task(3, 1, place="P Q"), task(4, 2, place="P Q"))
    assert ends(placed) == {1: "Mon 12:00", 2: "Mon 10:00", 3: "Mon 11:00", 4: "Mon 13:00"}
    assert placed[4].place == "Q"


def test_a_machine_that_stands_begins_when_its_stop_ends() -> None:
    stop = Bound(MONDAY + hours(2), Cause.STOP, label="Press", since=MONDAY - hours(1))
    assert ends(loaded(task(1, 7), stands=stop)) == {1: "Tue 09:00"}


@pytest.mark.parametrize(
    "tasks",
    [
        (task(1, 1, links=(Link(2),)), task(2, 1, links=(Link(1),))),
        (task(1, 1, links=(Link(99),)),),
        (task(1, 1, place="gone"),),
        (task(1, 1000),),
    ],
    ids=["circle", "missing predecessor", "no such place", "more work than calendar"],
)
def test_what_can_never_be_worked_off_has_no_end(tasks: tuple[Task, ...]) -> None:
    assert loaded(*tasks) == {}


def test_a_thousand_tasks_of_one_machine_end_one_after_the_other() -> None:
    placed = load([task(n, 0.001, rank=-n) for n in range(1, 1001)], {"P": Place("P", WorkingTime(None))}, MONDAY)
    assert placed[1].finish == MONDAY + hours(0.001) * 1000
    assert placed[1000].start == MONDAY
