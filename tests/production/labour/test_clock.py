"""The time clock: for named people, one open entry each, with pauses that are not an end."""

import pytest
from django.db import IntegrityError, transaction

from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from factory_core.people.services import service_user
from production.labour.models import TimeEntry
from production.labour.queries import NoSuchEntry, NoSuchReason, open_entries, paused_entries
from production.labour.services import (
    AlreadyEnded,
    BeforeBegin,
    KeyOfOther,
    NobodyNamed,
    NotYet,
    NotYourTime,
    PausedWork,
    StepOver,
    WrongPlace,
    begin_work,
    correct_entry,
    end_work,
    hand_over,
    pause_work,
    void_entry,
)
from tests.world.inventory import an_item
from tests.world.people import a_user
from tests.world.production import minute
from tests.world.work import Works, a_pause_reason, a_step, made

pytestmark = pytest.mark.django_db


@pytest.fixture
def works(plant, cast, clock) -> Works:
    return Works(plant, cast)


@pytest.fixture
def step(works):
    return works.order(an_item())[1]


@pytest.fixture
def mate(plant):
    return a_user("bela.mate", "operator", plant.line_a)


def begin(works, step, person=None, at=0, **more):
    person = person or works.people.operator
    wish = {"actor": person, "person": person, "operation_id": step.pk, "kind": "RUN", "at": minute(at), **more}
    return works.do(begin_work, **wish)


def stretches(**which) -> list[tuple]:
    rows = TimeEntry.objects.filter(**which).order_by("started_at", "id")
    return [(row.started_at, row.ended_at, row.kind, row.ended_by) for row in rows]


def test_work_begins_pauses_goes_on_and_ends(works, step):
    a_pause_reason("lunch", "Lunch")
    first = begin(works, step)
    works.do(pause_work, entry_id=first.pk, reason="lunch", at=minute(20))
    second = begin(works, step, at=50)
    works.do(end_work, entry_id=second.pk, at=minute(60))
    assert stretches() == [(minute(0), minute(20), "RUN", "PAUSE"), (minute(50), minute(60), "RUN", "DONE")]
    first.refresh_from_db()
    assert first.pause_reason.name == "Lunch"
    assert list(Event.objects.order_by("id").values_list("name", flat=True)) == [
        "labour.begun", "labour.paused", "labour.begun", "labour.ended",
    ]  # fmt: skip


def test_beginning_again_goes_on_and_another_kind_takes_over(works, step):
    setup = begin(works, step, kind="SETUP")
    assert begin(works, step, kind="SETUP", at=5) == setup
    begin(works, step, kind="RUN", at=10)
    assert stretches() == [(minute(0), minute(10), "SETUP", "DONE"), (minute(10), None, "RUN", "")]


def test_the_same_tap_twice_is_one_entry(works, step):
    entry = begin(works, step, key="tap")
    works.do(end_work, entry_id=entry.pk, at=minute(5))
    assert begin(works, step, key="tap") == entry
    with pytest.raises(KeyOfOther):
        begin(works, step, key="tap", kind="SETUP")
    assert TimeEntry.objects.count() == 1


def test_the_clock_asks_who_works_before_it_runs(works, step):
    for nobody in (works.people.terminal, service_user("downtime"), works.people.disabled):
        with pytest.raises(NobodyNamed):
            works.do(begin_work, actor=works.people.supervisor, person=nobody, operation_id=step.pk, kind="RUN")
    with pytest.raises(Forbidden):
        works.do(
            begin_work, actor=works.people.terminal, person=works.people.operator, operation_id=step.pk, kind="RUN"
        )
    assert not TimeEntry.objects.exists()


def test_nobody_clocks_another_but_the_supervisor(works, step, mate):
    wish = {"person": works.people.operator, "operation_id": step.pk, "kind": "RUN"}
    with pytest.raises(NotYourTime):
        works.do(begin_work, actor=mate, **wish)
    entry = works.do(begin_work, actor=works.people.supervisor, **wish)
    assert entry.person == works.people.operator


@pytest.mark.parametrize("act", ["pause", "end", "give_away", "correct", "void", "planner"])
def test_who_records_time_acts_on_their_own_alone(works, step, mate, act):
    a_pause_reason("lunch")
    entry, third = begin(works, step), works.people.supervisor
    acts = {
        "pause": (NoSuchEntry, pause_work, {"actor": mate, "reason": "lunch"}),
        "end": (NoSuchEntry, end_work, {"actor": mate}),
        "give_away": (NoSuchEntry, hand_over, {"actor": mate, "to": third}),
        "correct": (NoSuchEntry, correct_entry, {"actor": mate, "reason": "so", "started_at": minute(-5)}),
        "void": (NoSuchEntry, void_entry, {"actor": mate, "reason": "so"}),
        # The planner sees whose time it is and still does not end it.
        "planner": (NotYourTime, end_work, {"actor": works.people.planner}),
    }
    refusal, service, wish = acts[act]
    with pytest.raises(refusal):
        works.do(service, entry_id=entry.pk, **wish)
    assert stretches() == [(minute(0), None, "RUN", "")]


def test_a_mate_takes_over_what_runs_and_nothing_that_ended(works, step, mate):
    entry = begin(works, step)
    works.do(hand_over, actor=mate, entry_id=entry.pk, to=mate, at=minute(10))
    assert stretches() == [(minute(0), minute(10), "RUN", "HANDOVER"), (minute(10), None, "RUN", "")]
    with pytest.raises(NoSuchEntry):
        works.do(hand_over, actor=mate, entry_id=entry.pk, to=mate, at=minute(20))


def test_the_supervisor_ends_the_time_of_others(works, step):
    entry = begin(works, step)
    works.do(end_work, actor=works.people.supervisor, entry_id=entry.pk, at=minute(10))
    assert stretches() == [(minute(0), minute(10), "RUN", "DONE")]


@pytest.mark.parametrize("who", ["stranger", "neighbour"])
def test_who_does_not_belong_there_begins_and_ends_nothing(works, step, who):
    with pytest.raises(StepOver):
        begin(works, step, getattr(works.people, who))
    entry = begin(works, step)
    with pytest.raises(NoSuchEntry):
        works.do(end_work, actor=getattr(works.people, who), entry_id=entry.pk)
    assert stretches() == [(minute(0), None, "RUN", "")]


def test_the_database_keeps_one_open_entry_and_no_moment_twice(works, step):
    entry = begin(works, step, at=10)
    fields = {"order": step.order, "operation": step, "person": entry.person, "started_at": minute(20)}
    with pytest.raises(IntegrityError, match="time_entry_"), transaction.atomic():
        made(TimeEntry, **fields)
    works.do(end_work, entry_id=entry.pk, at=minute(30))
    with pytest.raises(IntegrityError, match="time_entry_never_twice"), transaction.atomic():
        made(TimeEntry, **fields, ended_at=minute(25), ended_by="DONE")
    made(TimeEntry, **{**fields, "started_at": minute(30)})


def test_one_person_runs_several_jobs(works, step):
    other = works.order(an_item())[1]
    begin(works, step)
    begin(works, other, at=5)
    assert [entry.operation for entry in open_entries(works.people.operator)] == [step, other]


def test_a_pause_needs_a_known_reason(works, step):
    a_pause_reason("lunch")
    entry = begin(works, step)
    with pytest.raises(NoSuchReason):
        works.do(pause_work, entry_id=entry.pk, reason="because")
    assert stretches() == [(minute(0), None, "RUN", "")]


def test_paused_work_is_resumed_or_said_to_be_done_never_ended_by_the_way(works, step):
    a_pause_reason("lunch")
    entry = begin(works, step)
    works.do(pause_work, entry_id=entry.pk, reason="lunch", at=minute(20))
    assert works.do(pause_work, entry_id=entry.pk, reason="lunch", at=minute(25)).ended_at == minute(20)
    assert paused_entries([step.pk]) == [entry]
    with pytest.raises(PausedWork):
        works.do(end_work, entry_id=entry.pk, at=minute(40))
    assert stretches() == [(minute(0), minute(20), "RUN", "PAUSE")]
    works.do(end_work, entry_id=entry.pk, at=minute(40), paused_is_done=True)
    assert stretches() == [(minute(0), minute(20), "RUN", "DONE")]
    assert paused_entries([step.pk]) == []


def test_who_went_on_after_a_pause_ends_what_runs_now(works, step):
    a_pause_reason("lunch")
    first = begin(works, step)
    works.do(pause_work, entry_id=first.pk, reason="lunch", at=minute(20))
    begin(works, step, at=30)
    assert paused_entries([step.pk]) == []
    with pytest.raises(AlreadyEnded):
        works.do(end_work, entry_id=first.pk, paused_is_done=True)


def test_an_operator_who_signed_out_is_taken_over_from(works, step, mate):
    entry = begin(works, step)
    # Nothing ends by signing out: it is open for everybody at the machine to see.
    assert list(open_entries(step)) == [entry]
    taken = works.do(hand_over, actor=mate, entry_id=entry.pk, to=mate, at=minute(30))
    assert (taken.person, taken.kind, taken.started_at) == (mate, "RUN", minute(30))
    assert stretches() == [(minute(0), minute(30), "RUN", "HANDOVER"), (minute(30), None, "RUN", "")]
    with pytest.raises(NobodyNamed):
        works.do(hand_over, actor=mate, entry_id=taken.pk, to=works.people.terminal)


def test_an_entry_ends_once_and_not_before_it_began_and_not_tomorrow(works, step):
    entry = begin(works, step, at=10)
    for at, refusal in ((9, BeforeBegin), (60 * 24, NotYet)):
        with pytest.raises(refusal):
            works.do(end_work, entry_id=entry.pk, at=minute(at))
    works.do(end_work, entry_id=entry.pk, at=minute(20))
    assert works.do(end_work, entry_id=entry.pk, at=minute(30)).ended_at == minute(20)
    a_pause_reason("lunch")
    with pytest.raises(AlreadyEnded):
        works.do(pause_work, entry_id=entry.pk, reason="lunch")


def test_nothing_is_begun_on_what_is_over_or_elsewhere(works, step, plant):
    done = works.order(an_item(), status="FINISHED")[1]
    skipped = a_step(step.order, 20, status="SKIPPED")
    for over in (done, skipped):
        with pytest.raises(StepOver):
            begin(works, over)
    at_press = a_step(step.order, 30, machine=plant.press)
    with pytest.raises(WrongPlace):
        begin(works, at_press, machine=plant.lathe)
    assert begin(works, at_press).machine == plant.press
