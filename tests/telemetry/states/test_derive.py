"""Dirty stretches become stored states, exactly and once."""

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from factory_core.access.identity import acting
from factory_core.events.models import Event
from telemetry.readings.models import DirtyRange
from telemetry.states.models import StateCheckpoint, StateInterval
from telemetry.states.queries.waiting import waiting_machines
from telemetry.states.services import derive_machines
from tests.telemetry.states.machines import CURRENT, EXECUTION, NOON, a_watched_machine, after
from tests.world.plant import a_machine

pytestmark = pytest.mark.django_db


@pytest.fixture
def press(plant):
    return a_watched_machine(plant)


def told(machine):
    return [
        e.payload for e in Event.objects.filter(name="telemetry.machine_state_changed", machine=machine).order_by("id")
    ]


def test_readings_become_intervals(press):
    press.rule(EXECUTION)
    press.send("execution", (0, "READY"), (10, "ACTIVE"), (40, "FEED_HOLD"))
    press.derive()
    assert press.line() == [
        (0, 10, "IDLE", "READY"),
        (10, 40, "PRODUCING", "ACTIVE"),
        (40, None, "STOPPED", "FEED_HOLD"),
    ]
    assert not DirtyRange.objects.filter(machine=press.machine).exists()


def test_new_readings_go_on_where_the_last_pass_ended(press):
    press.rule(EXECUTION)
    press.send("execution", (0, "ACTIVE"))
    press.derive()
    first = StateInterval.objects.get(machine=press.machine)
    press.send("execution", (10, "ACTIVE"), (20, "READY"))
    press.derive()
    assert press.line() == [(0, 20, "PRODUCING", "ACTIVE"), (20, None, "IDLE", "READY")]
    assert StateInterval.objects.filter(pk=first.pk, ended_at=after(20)).exists()


def test_a_late_reading_redraws_its_stretch_and_nothing_else(press):
    press.rule(EXECUTION)
    press.send("execution", (0, "ACTIVE"), (100, "READY"), (200, "ACTIVE"), (300, "READY"))
    press.derive()
    untouched = set(StateInterval.objects.filter(machine=press.machine, started_at__gte=after(200)).values_list("pk"))
    press.send("execution", (50, "STOPPED"), (60, "ACTIVE"))
    press.derive()
    assert press.line() == [
        (0, 50, "PRODUCING", "ACTIVE"),
        (50, 60, "STOPPED", "STOPPED"),
        (60, 100, "PRODUCING", "ACTIVE"),
        (100, 200, "IDLE", "READY"),
        (200, 300, "PRODUCING", "ACTIVE"),
        (300, None, "IDLE", "READY"),
    ]
    assert untouched <= set(StateInterval.objects.filter(machine=press.machine).values_list("pk"))
    newest = told(press.machine)[-1]
    assert newest["redrawn_from"] == after(50).isoformat()
    assert newest["redrawn_to"] == after(60).isoformat()
    assert (newest["state"], newest["word"], newest["since"]) == ("IDLE", "READY", after(300).isoformat())


def test_a_change_is_told_once_a_pass_and_nothing_is_told_without_one(press):
    press.rule(EXECUTION)
    press.send("execution", (0, "READY"), (10, "ACTIVE"))
    press.derive()
    assert told(press.machine) == [
        {
            "machine_id": press.machine.pk,
            "state": "PRODUCING",
            "word": "ACTIVE",
            "since": after(10).isoformat(),
            "redrawn_from": after(0).isoformat(),
            "redrawn_to": None,
        }
    ]
    press.send("execution", (20, "ACTIVE"))
    assert press.derive().changed is False
    assert len(told(press.machine)) == 1


def test_the_same_readings_again_change_nothing(press):
    press.rule(EXECUTION)
    pairs = [(0, "READY"), (10, "ACTIVE"), (40, "READY")]
    press.send("execution", *pairs)
    press.derive()
    before = list(StateInterval.objects.filter(machine=press.machine).order_by("id").values())
    press.send("execution", *pairs)
    assert press.derive().changed is False
    assert list(StateInterval.objects.filter(machine=press.machine).order_by("id").values()) == before


def test_silence_becomes_no_data_when_its_time_has_come(press):
    press.rule(CURRENT)
    press.send("amps", *((second, 5.0) for second in range(4)))
    press.derive(at=4)
    assert press.line() == [(0, None, "PRODUCING", "run")]
    assert waiting_machines(after(13), 10) == []
    assert waiting_machines(after(13.1), 10) == [press.machine.pk]
    assert press.derive(at=13.1).changed is True
    assert press.line() == [(0, 13, "PRODUCING", "run"), (13, None, "NO_DATA", "SILENT")]
    assert waiting_machines(after(10_000), 10) == []
    press.send("amps", *((second, 5.0) for second in range(60, 64)))
    press.derive(at=64)
    assert press.line()[1:] == [(13, 60, "NO_DATA", "SILENT"), (60, None, "PRODUCING", "run")]


def test_data_buffered_during_an_outage_undo_the_silence(press):
    press.rule(CURRENT)
    press.send("amps", *((second, 5.0) for second in range(4)))
    press.derive(at=100)
    assert press.line()[-1] == (13, None, "NO_DATA", "SILENT")
    press.send("amps", *((second, 5.0) for second in range(4, 100)))
    press.derive(at=101)
    assert press.line() == [(0, None, "PRODUCING", "run")]
    assert told(press.machine)[-1]["redrawn_from"] == after(13).isoformat()


def test_a_new_rule_redraws_from_its_first_moment(press):
    press.rule(EXECUTION)
    press.send("execution", (0, "ACTIVE"), (100, "FEED_HOLD"), (200, "ACTIVE"))
    press.derive()
    words = {"ACTIVE": "PRODUCING", "FEED_HOLD": "SETUP"}
    press.rule({"sources": [{"kind": "words", "tag": "execution", "words": words}]}, valid_from=150)
    press.derive()
    assert press.line() == [
        (0, 100, "PRODUCING", "ACTIVE"),
        (100, 150, "STOPPED", "FEED_HOLD"),
        (150, 200, "SETUP", "FEED_HOLD"),
        (200, None, "PRODUCING", "ACTIVE"),
    ]
    numbers = StateInterval.objects.filter(machine=press.machine).order_by("started_at").values_list("rule__number")
    assert [number for [number] in numbers] == [1, 1, 2, 2]


def test_late_readings_before_a_rule_change_reach_the_new_rule(press):
    press.rule(EXECUTION)
    press.send("execution", (0, "ACTIVE"))
    press.send("amps", (300, 1.0))
    press.rule(CURRENT, valid_from=200)
    press.derive()
    press.send("amps", *((second, 5.0) for second in range(190, 210)))
    press.derive()
    assert press.line() == [
        (0, 200, "PRODUCING", "ACTIVE"),
        (200, 219, "PRODUCING", "run"),
        (219, None, "NO_DATA", "SILENT"),
    ]


def test_a_rule_of_tomorrow_takes_over_tomorrow(press):
    press.rule(EXECUTION)
    press.send("execution", (0, "ACTIVE"))
    press.rule({"sources": [{"kind": "words", "tag": "execution", "words": {"ACTIVE": "SETUP"}}]}, valid_from=1000)
    press.derive(at=600)
    assert press.line() == [(0, None, "PRODUCING", "ACTIVE")]
    assert waiting_machines(after(1000), 10) == [press.machine.pk]
    press.derive(at=1000)
    assert press.line() == [(0, 1000, "PRODUCING", "ACTIVE"), (1000, None, "SETUP", "ACTIVE")]


def test_a_machine_without_a_rule_has_no_time_line_and_keeps_no_dirt(press):
    press.send("execution", (0, "ACTIVE"))
    assert press.derive().changed is False
    assert press.line() == []
    assert not DirtyRange.objects.filter(machine=press.machine).exists()


def test_counter_steps_are_kept_and_corrected(press):
    press.rule({"sources": [], "counters": [{"tag": "pieces"}]})
    press.send("pieces", (0, 10), (10, 11), (30, 14), (40, 0))
    press.derive()
    assert press.steps() == [(10, 1, "count"), (30, 3, "count")]
    press.send("pieces", (20, 12), (45, 15))
    press.derive()
    assert press.steps() == [(10, 1, "count"), (20, 1, "count"), (30, 2, "count"), (45, 1, "count")]


def test_checkpoints_stay_few(press):
    press.rule(CURRENT)
    for minute in range(0, 180, 2):
        press.send("amps", *((minute * 60 + second, 5.0) for second in range(0, 120, 8)))
        press.derive(at=minute * 60 + 120)
    assert StateCheckpoint.objects.filter(machine=press.machine).count() < 25
    assert press.line() == [(0, None, "PRODUCING", "run")]


def test_the_database_refuses_overlapping_and_empty_intervals(press):
    StateInterval.objects.create(machine=press.machine, started_at=after(0), ended_at=after(10), state="IDLE")
    StateInterval.objects.create(machine=press.machine, started_at=after(10), ended_at=None, state="IDLE")
    for start, end in [(5, 7), (9, None), (20, 30), (-5, -5), (-5, -6)]:
        with pytest.raises(IntegrityError), transaction.atomic():
            StateInterval.objects.create(
                machine=press.machine, started_at=after(start), ended_at=end and after(end), state="IDLE"
            )
    assert StateInterval.objects.filter(machine=press.machine).count() == 2


def test_dirty_machines_wait_in_the_order_of_their_dirt(press, plant):
    lathe = a_watched_machine(plant, plant.lathe)
    lathe.send("execution", (0, "ACTIVE"))
    press.send("execution", (0, "ACTIVE"))
    DirtyRange.objects.filter(machine=press.machine).update(created_at=after(-5))
    assert waiting_machines(NOON, 10) == [press.machine.pk, lathe.machine.pk]
    assert waiting_machines(NOON, 1) == [press.machine.pk]


def test_a_long_past_waits_apart_from_the_present(press, plant):
    lathe = a_watched_machine(plant, plant.lathe)
    lathe.send("execution", (-3600, "ACTIVE"), (-3500, "READY"))
    press.send("execution", (-60, "ACTIVE"))
    assert waiting_machines(NOON, 10, long_past=True) == [lathe.machine.pk]
    assert waiting_machines(NOON, 10, long_past=False) == [press.machine.pk]
    lathe.send("execution", (-10, "ACTIVE"))
    assert waiting_machines(NOON, 10, long_past=False) == [press.machine.pk]


def test_one_pass_serves_many_machines_with_few_questions(press, plant, django_assert_max_num_queries):
    machines = [press] + [a_watched_machine(plant, a_machine(plant.line_a, f"many-{n}")) for n in range(12)]
    for watched in machines:
        watched.rule(CURRENT)
        watched.send("amps", (0, 5.0), (1, 5.0), (2, 5.0))
        watched.derive(at=3)
        watched.send("amps", (3, 5.0), (4, 5.0))
    with acting(press.deriver, channel="derive"), django_assert_max_num_queries(12):
        derived = derive_machines(actor=press.deriver, machine_ids=[w.machine.pk for w in machines], at=after(5))
    assert [(d.ranges, d.changed) for d in derived] == [(1, False)] * 13
    assert all(watched.line() == [(0, None, "PRODUCING", "run")] for watched in machines)


def test_a_machine_that_another_process_has_is_left_out(press):
    press.rule(EXECUTION)
    press.send("execution", (0, "ACTIVE"))
    with psycopg.connect(**a_connection()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s, %s)", [0x4D57, press.machine.pk])
        assert press.derive() is None
        assert DirtyRange.objects.filter(machine=press.machine).count() == 2
    assert press.derive().changed is True


def a_connection():
    known = connection.get_connection_params()
    return {key: known[key] for key in ("dbname", "user", "password", "host", "port") if key in known}


def test_what_is_no_number_never_reaches_a_memory(press):
    press.rule({"sources": [{"kind": "counter", "tag": "pieces", "cycle_s": 60}], "counters": [{"tag": "pieces"}]})
    press.send("pieces", (0, 1), (10, float("inf")), (20, float("-inf")), (30, float("nan")), (40, 2))
    press.derive()
    press.send("pieces", (50, 3), (55, float("inf")))
    press.rule({"sources": [{"kind": "words", "tag": "pieces", "words": {"3": "SETUP"}}]}, valid_from=100)
    press.derive()
    assert press.line() == [(0, 100, "PRODUCING", "counting"), (100, None, "SETUP", "3")]
    assert press.steps() == [(40, 1, "count"), (50, 1, "count")]


def test_a_word_may_be_called_like_no_number(press):
    press.rule(EXECUTION)
    press.send("execution", (0, "NaN"))
    press.rule({"sources": [{"kind": "words", "tag": "execution", "words": {"NaN": "OFF"}}]}, valid_from=100)
    press.derive()
    assert press.line() == [(0, 100, "STOPPED", "NAN"), (100, None, "OFF", "NAN")]


def test_a_checkpoint_of_a_rule_no_longer_in_force_is_not_believed(press):
    press.rule(EXECUTION)
    press.send("execution", (0, "ACTIVE"), (150, "READY"), (200, "ACTIVE"))
    press.derive()
    stale = list(StateCheckpoint.objects.filter(machine=press.machine))
    press.rule({"sources": [{"kind": "words", "tag": "execution", "words": {"ACTIVE": "SETUP"}}]}, valid_from=100)
    # A pass that began before the rule was set ends after it, and took its dirt along.
    DirtyRange.objects.filter(machine=press.machine).delete()
    StateCheckpoint.objects.filter(machine=press.machine).delete()
    StateCheckpoint.objects.bulk_create(stale)
    press.send("execution", (300, "READY"))
    press.derive()
    assert press.line() == [
        (0, 100, "PRODUCING", "ACTIVE"),
        (100, 150, "SETUP", "ACTIVE"),
        (150, 200, "STOPPED", "READY"),
        (200, 300, "SETUP", "ACTIVE"),
        (300, None, "STOPPED", "READY"),
    ]
