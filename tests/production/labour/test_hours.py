"""Whose time counts how much: rules with any input, and clock changes to the second."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory_core.access.policy import Forbidden
from factory_core.errors import StaleVersion
from production.labour.models import TimeEntry
from production.labour.queries import forgotten_entries, hours_of, hours_of_operations
from production.labour.rules import Stretch, seconds_of
from production.labour.services import (
    BeforeBegin,
    EntryOverlaps,
    NothingChanged,
    ReasonNeeded,
    StepOver,
    add_entry,
    correct_entry,
    void_entry,
)
from tests.world.inventory import an_item
from tests.world.people import a_user
from tests.world.production import a_shift, minute
from tests.world.work import Works, made

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = Decimal(3600)


def stretch(key: int, person: int, operation: int, start: float, end: float, *, shared: bool = False) -> Stretch:
    return Stretch(key, person, operation, minute(start), minute(end), shared)


def test_each_of_two_people_counts_fully():
    assert seconds_of([stretch(1, 1, 1, 0, 60), stretch(2, 2, 1, 0, 60)]) == {1: HOUR, 2: HOUR}


def test_two_people_who_share_count_the_time_that_passed():
    together = [stretch(1, 1, 1, 0, 60, shared=True), stretch(2, 2, 1, 30, 60, shared=True)]
    assert seconds_of(together) == {1: Decimal(2700), 2: Decimal(900)}


def test_a_person_on_two_jobs_gives_each_half():
    assert seconds_of([stretch(1, 1, 1, 0, 60), stretch(2, 1, 2, 30, 90)]) == {1: Decimal(2700), 2: Decimal(2700)}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(0, 50), st.integers(0, 20)), min_size=1, max_size=8
    )
)
def test_no_person_ever_counts_more_than_the_time_they_were_there(rows):
    seen, stretches = set(), []
    for key, (person, operation, start, length) in enumerate(rows):
        minutes = {(person, operation, n) for n in range(start, start + length)}
        if not minutes & seen:
            seen |= minutes
            stretches.append(stretch(key, person, operation, start, start + length))
    found = seconds_of(stretches)
    for person in (1, 2, 3):
        there = {n for who, _operation, n in seen if who == person}
        counted = sum((found.get(one.key, Decimal(0)) for one in stretches if one.person == person), Decimal(0))
        assert abs(counted - 60 * len(there)) < Decimal("0.01")


@pytest.fixture
def works(plant, cast, clock) -> Works:
    return Works(plant, cast)


@pytest.fixture
def step(works):
    return works.order(an_item())[1]


def worked(step, person, start: datetime, end: datetime | None, kind: str = "RUN") -> TimeEntry:
    return made(
        TimeEntry, order=step.order, operation=step, person=person, kind=kind, started_at=start, ended_at=end,
        ended_by="DONE" if end else "",
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        # The night of 25 October 2026 has the hour from two to three twice; 28 March 2027 has none.
        (datetime(2026, 10, 24, 22, tzinfo=BERLIN), datetime(2026, 10, 25, 6, tzinfo=BERLIN), 9),
        (datetime(2027, 3, 27, 22, tzinfo=BERLIN), datetime(2027, 3, 28, 6, tzinfo=BERLIN), 7),
        (datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN), datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN), 1),
    ],
)
def test_nights_of_a_clock_change_count_the_hours_that_passed(works, step, start, end, hours):
    worked(step, works.people.operator, start, end)
    assert hours_of(step, datetime(2027, 4, 1, tzinfo=UTC)).seconds == {"RUN": hours * HOUR}


@pytest.mark.django_db
def test_hours_by_kind_and_person_open_ones_up_to_now_void_ones_never(works, step, plant):
    anna, bela = works.people.operator, a_user("bela.hours", "operator", plant.line_a)
    other = works.order(an_item())[1]
    worked(step, anna, minute(0), minute(30), "SETUP")
    worked(step, anna, minute(30), None)
    worked(other, anna, minute(90), minute(120))
    worked(step, bela, minute(0), minute(10))
    gone = worked(step, bela, minute(20), minute(40))
    works.do(void_entry, actor=works.people.supervisor, entry_id=gone.pk, reason="never there")
    found = hours_of(step, minute(150))
    assert found.seconds == {"SETUP": 1800, "RUN": 90 * 60 + 15 * 60 + 600}
    assert found.persons == {anna.pk: {"SETUP": 1800, "RUN": 6300}, bela.pk: {"RUN": 600}}
    assert hours_of_operations([step.pk, other.pk], minute(150))[other.pk].total == 900
    assert hours_of(step.order, minute(150)) == found


@pytest.mark.django_db
def test_people_who_share_by_the_rule_of_the_step(works, plant):
    order, step = works.order(an_item())
    step.time_rule = "SHARED"
    works.do(lambda actor, at: step.save())
    worked(step, works.people.operator, minute(0), minute(60))
    worked(step, works.people.supervisor, minute(0), minute(60))
    assert hours_of(order, minute(60)).seconds == {"RUN": HOUR}


@pytest.mark.django_db
def test_hours_of_fifty_operations_take_as_many_questions_as_of_two(works, django_assert_num_queries):
    steps = [works.order(an_item())[1] for _n in range(6)]
    for step in steps:
        worked(step, works.people.operator, minute(0), minute(10))
    for several in (steps[:2], steps):
        with django_assert_num_queries(2):
            assert len(hours_of_operations([step.pk for step in several], minute(60))) == len(several)


@pytest.mark.django_db
def test_a_supervisor_puts_an_entry_right_and_says_why(works, step):
    entry = worked(step, works.people.operator, minute(0), None)
    wish = {"entry_id": entry.pk, "ended_at": minute(40), "actor": works.people.supervisor}
    with pytest.raises(ReasonNeeded):
        works.do(correct_entry, reason=" ", **wish)
    with pytest.raises(Forbidden):
        works.do(correct_entry, reason="forgot", **{**wish, "actor": works.people.operator})
    with pytest.raises(StaleVersion):
        works.do(correct_entry, reason="forgot", version=7, **wish)
    fixed = works.do(correct_entry, reason="forgot to end", version=1, **wish)
    assert (fixed.ended_at, fixed.ended_by, fixed.note, fixed.version) == (minute(40), "FIXED", "forgot to end", 2)
    with pytest.raises(NothingChanged):
        works.do(correct_entry, reason="again", **wish)
    with pytest.raises(BeforeBegin):
        works.do(correct_entry, reason="no", **{**wish, "ended_at": minute(-1)})


@pytest.mark.django_db
def test_corrections_never_make_somebody_be_there_twice(works, step):
    first = worked(step, works.people.operator, minute(0), minute(20))
    worked(step, works.people.operator, minute(30), minute(40))
    with pytest.raises(EntryOverlaps):
        works.do(
            correct_entry, actor=works.people.supervisor, entry_id=first.pk, ended_at=minute(31), reason="longer"
        )  # fmt: skip
    add = {
        "actor": works.people.supervisor, "person": works.people.operator, "operation_id": step.pk, "kind": "RUN",
        "reason": "tablet was dead",
    }  # fmt: skip
    with pytest.raises(EntryOverlaps):
        works.do(add_entry, started_at=minute(10), ended_at=minute(25), **add)
    works.do(add_entry, started_at=minute(20), ended_at=minute(30), **add)
    assert hours_of(step, minute(60)).seconds == {"RUN": 2400}


@pytest.mark.django_db
def test_the_time_of_a_closed_order_stays(works):
    _order, step = works.order(an_item(), status="CLOSED")
    entry = worked(step, works.people.operator, minute(0), minute(20))
    with pytest.raises(StepOver):
        works.do(correct_entry, actor=works.people.supervisor, entry_id=entry.pk, ended_at=minute(1), reason="x")


@pytest.mark.django_db
def test_what_runs_longer_than_a_shift_is_looked_at(works, step, plant):
    a_shift(plant.site, "06:00", "14:00")
    a_shift(plant.site, "22:00", "06:00", name="Night")
    entry = worked(step, works.people.operator, minute(0), None)
    limit = entry.started_at + timedelta(hours=9)
    assert list(forgotten_entries(works.people.supervisor, limit)) == []
    assert list(forgotten_entries(works.people.supervisor, limit + timedelta(seconds=1))) == [entry]
    assert list(forgotten_entries(works.people.stranger, limit + timedelta(days=1))) == []
