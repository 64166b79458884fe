"""Planned time begins and ends without a machine saying so; and events reach the downtimes."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from factory_core.access.identity import acting
from factory_core.events.models import Event
from factory_core.events.types import EventRecord
from factory_core.jobs.wiring import reactions_to
from factory_core.people.services import service_user
from production.downtime.models import Downtime
from production.downtime.queries import machines_at_shift_border, shift_at, shifts_at
from production.downtime.reactions import follow_machine_state
from production.downtime.services import following
from production.downtime.tasks import follow_shifts
from telemetry.states.events import MACHINE_STATE_CHANGED
from tests.world.clock import Clock
from tests.world.plant import Plant
from tests.world.production import a_shift, follow, minute, states, stops_of


def test_a_machine_that_stands_when_its_shift_begins_is_asked_from_then_on(plant: Plant, clock: Clock) -> None:
    a_shift(plant.site, "07:00", "15:00")  # 06:00 to 14:00 UTC
    states(plant.press, ("PRODUCING", -120, -60), ("IDLE", -60, None))
    clock.set(minute(-1))
    follow_shifts(timestamp=0)
    assert stops_of(plant.press) == []
    clock.set(minute(0.5))
    follow_shifts(timestamp=0)
    assert stops_of(plant.press) == [(0, None)]
    assert machines_at_shift_border(minute(1)) == []


def test_a_stop_ends_with_planned_time(plant: Plant, clock: Clock) -> None:
    a_shift(plant.site, "07:00", "15:00")
    states(plant.press, ("PRODUCING", -120, 400), ("IDLE", 400, None))
    follow(plant.press, 400, at=400)
    clock.set(minute(481))
    follow_shifts(timestamp=0)
    assert stops_of(plant.press) == [(400, 480)]
    assert machines_at_shift_border(minute(482)) == []


def test_the_states_of_a_machine_reach_its_downtimes_in_order(plant: Plant, clock: Clock) -> None:
    reaction, *_others = reactions_to(MACHINE_STATE_CHANGED.name)
    assert (reaction.function, reaction.in_order_of) == (follow_machine_state, "machine_id")
    clock.set(minute(11))
    states(plant.press, ("PRODUCING", 0, 10), ("FAULT", 10, None))
    payload = {"machine_id": plant.press.pk, "redrawn_from": minute(10).isoformat(), "redrawn_to": None}
    event = EventRecord(1, MACHINE_STATE_CHANGED.name, minute(11), service_user("derive").pk, "c", payload)
    for _twice in range(2):
        follow_machine_state(event)
    assert stops_of(plant.press) == [(10, None)]
    assert Event.objects.filter(name="downtime.started").count() == 1
    assert Event.objects.get(name="downtime.started").actor == service_user("downtime")


def test_the_shift_of_many_lines_is_the_shift_of_each(plant: Plant) -> None:
    a_shift(plant.site, "06:00", "14:00", "Early")
    a_shift(plant.line_b, "06:30", "18:30", "Long")
    at = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    together = shifts_at([plant.line_a, plant.line_b], at)
    assert together == {line.pk: shift_at(line, at) for line in (plant.line_a, plant.line_b)}
    assert [together[line.pk].name for line in (plant.line_a, plant.line_b)] == ["Early", "Long"]


def test_outside_of_shifts_the_local_day_stands_in(plant: Plant) -> None:
    autumn = shift_at(plant.line_a, datetime(2026, 10, 25, 12, 0, tzinfo=UTC))
    assert (autumn.name, autumn.seconds) == ("", 25 * 3600)


def test_the_database_refuses_two_stops_at_once(plant: Plant) -> None:
    states(plant.press, ("PRODUCING", 0, 10), ("IDLE", 10, 20), ("PRODUCING", 20, None))
    follow(plant.press)
    service = service_user("downtime")
    row = {
        "machine": plant.press,
        "status": "CLOSED",
        "state": "IDLE",
        "started_at": minute(19),
        "ended_at": minute(25),
    }
    with acting(service), pytest.raises(IntegrityError, match="downtime_one_at_a_time"), transaction.atomic():
        Downtime.objects.create(**row)
    with acting(service):
        Downtime.objects.create(**{**row, "started_at": minute(20)})
    assert stops_of(plant.press) == [(10, 20), (20, 25)]


def test_a_state_that_changes_inside_a_stop_leaves_the_tile_asking(
    plant: Plant, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    monkeypatch.setattr(following, "nudge", lambda topic, **message: told.append((topic, message)))
    clock.set(minute(12))
    states(plant.press, ("PRODUCING", 0, 10), ("IDLE", 10, None))
    follow(plant.press)
    states(plant.press, ("PRODUCING", 0, 10), ("IDLE", 10, 11), ("STOPPED", 11, None))
    payload = {"machine_id": plant.press.pk, "redrawn_from": minute(10).isoformat(), "redrawn_to": None}
    follow_machine_state(
        EventRecord(7, MACHINE_STATE_CHANGED.name, minute(11), service_user("derive").pk, "c", payload)
    )
    ((topic, message),) = told
    assert topic == f"machine:{plant.press.pk}"
    assert (message["m"], message["s"], message["v"]) == (plant.press.code, "ask", 7.5)
    assert message["since"] == int(minute(10).timestamp() * 1000)
