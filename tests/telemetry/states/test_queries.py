"""What others may ask about a machine's states."""

from datetime import timedelta
from decimal import Decimal

import pytest

from telemetry.states import queries
from tests.telemetry.states.machines import EXECUTION, a_watched_machine, after

pytestmark = pytest.mark.django_db


@pytest.fixture
def press(plant):
    watched = a_watched_machine(plant)
    watched.rule({**EXECUTION, "counters": [{"tag": "pieces"}]})
    return watched


def test_intervals_are_cut_to_the_period(press):
    press.send("execution", (0, "READY"), (10, "ACTIVE"), (40, "FEED_HOLD"))
    press.derive()
    spans = queries.intervals(press.machine.pk, after(5), after(50))
    assert [(s.started_at, s.ended_at, s.state, s.word, s.display) for s in spans] == [
        (after(5), after(10), "IDLE", "READY", "wait"),
        (after(10), after(40), "PRODUCING", "ACTIVE", "run"),
        (after(40), after(50), "STOPPED", "FEED_HOLD", "stop"),
    ]
    assert queries.intervals(press.machine.pk, after(-50), after(0)) == []


def test_the_present_states_of_many_machines_are_one_query(press, plant, django_assert_num_queries):
    lathe = a_watched_machine(plant, plant.lathe)
    lathe.rule(EXECUTION)
    lathe.send("execution", (5, "STOPPED"))
    lathe.derive()
    press.send("execution", (0, "READY"), (10, "ACTIVE"))
    press.derive()
    with django_assert_num_queries(1):
        states = queries.current_states([plant.press.pk, plant.lathe.pk, plant.robot.pk])
    assert {key: (s.state, s.started_at, s.ended_at) for key, s in states.items()} == {
        plant.press.pk: ("PRODUCING", after(10), None),
        plant.lathe.pk: ("STOPPED", after(5), None),
    }
    assert states[plant.press.pk].seconds(until=after(25)) == 15


def test_cycles_belong_to_the_period_in_which_they_end(press):
    press.send("execution", (0, "ACTIVE"), (20, "FEED_HOLD"), (25, "ACTIVE"), (60, "PROGRAM_COMPLETED"))
    press.send("execution", (70, "ACTIVE"), (100, "PROGRAM_COMPLETED"), (110, "ACTIVE"))
    press.derive()
    first = queries.ProgramCycle(after(0), after(60), timedelta(seconds=55), timedelta(seconds=5))
    second = queries.ProgramCycle(after(70), after(100), timedelta(seconds=30), timedelta(0))
    assert queries.cycles_of(press.machine.pk, after(0), after(200)) == [first, second]
    assert queries.cycles_of(press.machine.pk, after(60), after(100)) == [first]
    assert queries.cycles_of(press.machine.pk, after(61), after(101)) == [second]
    assert first.length == timedelta(seconds=60)


def test_totals_name_every_state_and_add_up_to_the_period(press):
    press.send("execution", (10, "ACTIVE"), (40, "UNAVAILABLE"), (45, "ACTIVE"))
    press.derive()
    totals = queries.state_totals(press.machine.pk, after(0), after(60))
    assert totals["PRODUCING"] == timedelta(seconds=45)
    assert totals["NO_DATA"] == timedelta(seconds=15)
    assert sum(totals.values(), timedelta()) == timedelta(seconds=60)
    assert len(totals) == 10


def test_pieces_are_counted_by_when_they_were_made(press):
    press.send("pieces", (0, 100), (10, 102), (20, 103), (30, 0), (50, 2))
    press.derive()
    assert queries.piece_count(press.machine.pk, after(0), after(60)) == Decimal(5)
    assert queries.piece_count(press.machine.pk, after(10), after(20)) == Decimal(2)
    assert queries.piece_count(press.machine.pk, after(11), after(20)) == Decimal(0)


def test_words_nobody_explained_are_found(press):
    press.send("execution", (0, "ACTIVE"), (10, "Wobbling"), (20, "READY"))
    press.derive()
    assert queries.unknown_words(press.machine.pk, after(0), after(60)) == {"WOBBLING"}
    assert queries.unknown_words(press.machine.pk, after(20), after(60)) == set()
