"""What a closed account does when a stop in it is explained, split or redrawn: the reactions of the house's table."""

import pytest

from factory_core.access.identity import acting
from factory_core.events.models import Event
from factory_core.events.types import EventRecord
from factory_core.wiring import WIRING
from production.downtime import events
from production.downtime.models import Downtime
from production.downtime.services import explain_downtime, split_downtime, undo_split
from production.oee.reactions import (
    follow_changed_stop,
    follow_corrected_stop,
    follow_late_order,
    follow_late_states,
)
from production.oee.tasks import follow_late_counts, keep_time_accounts
from production.orders import events as orders
from production.orders.models import OrderRun
from production.orders.services import pause_order, start_order
from telemetry.states.events import MACHINE_STATE_CHANGED
from tests.world.oee import account_at, kept, pieces, said
from tests.world.production import a_reason, a_running_order, a_shift, follow, minute, states


@pytest.fixture
def closed(plant, cast, clock):
    a_shift(plant.site, "07:00", "15:00")
    a_running_order(cast.supervisor, plant.press)
    states(plant.press, ("PRODUCING", 0, 100), ("FAULT", 100, 140), ("PRODUCING", 140, None))
    follow(plant.press, at=490)
    kept(plant.press, 490)
    clock.set(minute(600))
    return account_at(plant.press, 0)


def told(kind) -> EventRecord:
    event = Event.objects.filter(name=kind.name).latest("id")
    return EventRecord(event.pk, event.name, event.at, event.actor_id, "", event.payload)


def test_the_house_wires_every_change_of_a_stop_to_its_account():
    for kind in (
        events.DOWNTIME_FOUND, events.DOWNTIME_EXPLAINED, events.REASON_CHANGED, events.REASON_FROM_MACHINE,
        events.REASON_TAKEN_BACK, events.DOWNTIME_SPLIT, events.DOWNTIMES_MERGED,
    ):  # fmt: skip
        assert follow_changed_stop in [reaction.function for reaction in WIRING[kind]]
    for kind in (events.SPLIT_UNDONE, events.MERGE_UNDONE, events.DOWNTIME_CORRECTED):
        assert follow_corrected_stop in [reaction.function for reaction in WIRING[kind]]
    assert follow_late_states in [reaction.function for reaction in WIRING[MACHINE_STATE_CHANGED]]


def test_a_reason_given_and_a_split_reach_the_closed_account(closed, plant, cast):
    stop = Downtime.objects.get(machine=plant.press)
    cleaning, repair = a_reason("cleaning", "PLANNED"), a_reason("repair")
    with acting(cast.supervisor, channel="test"):
        explain_downtime(actor=cast.supervisor, downtime_id=stop.pk, reason=repair.code, note="", at=minute(590))
        _first, second = split_downtime(
            actor=cast.supervisor, downtime_id=stop.pk, split_at=minute(130), at=minute(591)
        )
        explain_downtime(actor=cast.supervisor, downtime_id=second.pk, reason=cleaning.code, note="", at=minute(592))
    follow_changed_stop(told(events.DOWNTIME_SPLIT))
    closed.refresh_from_db()
    assert (closed.status, closed.revision) == ("CLOSED", 2)
    assert said(closed) == {"producing": 440, "unplanned_stop": 30, "planned_stop": 10}
    assert closed.revisions.get(revision=2).reason == "a stop was explained or changed"
    with acting(cast.supervisor, channel="test"):
        undo_split(actor=cast.supervisor, downtime_id=second.pk, at=minute(593))
    follow_corrected_stop(told(events.SPLIT_UNDONE))
    closed.refresh_from_db()
    assert (closed.revision, said(closed)) == (3, {"producing": 440, "unplanned_stop": 40})


def test_states_drawn_anew_reach_the_closed_account(closed, plant):
    states(plant.press, ("PRODUCING", 0, 200), ("NO_DATA", 200, 210), ("PRODUCING", 210, None))
    follow(plant.press, at=600)
    payload = {"machine_id": plant.press.pk, "redrawn_from": minute(90).isoformat(), "redrawn_to": None}
    follow_late_states(EventRecord(1, MACHINE_STATE_CHANGED.name, minute(600), 1, "", payload))
    closed.refresh_from_db()
    assert (closed.revision, said(closed)) == (2, {"producing": 470, "no_data": 10})


def test_the_tasks_keep_accounts_and_take_late_counts_in(closed, plant, clock):
    pieces(plant.press, (30, 5))
    follow_late_counts(0)
    closed.refresh_from_db()
    assert closed.revision == 2
    clock.set(minute(1500))
    keep_time_accounts(0)
    assert said(account_at(plant.press, 1499)) == {"producing": 60}
    assert account_at(plant.press, 1499).on.isoformat() == "2026-11-21"


def test_an_order_started_by_a_tap_that_came_late_reaches_the_closed_account(plant, cast, clock):
    a_shift(plant.site, "07:00", "15:00")
    a_running_order(cast.supervisor, plant.press, at=60)
    states(plant.press, ("IDLE", 0, 60), ("PRODUCING", 60, 120), ("IDLE", 120, None))
    follow(plant.press, at=490)
    with acting(cast.supervisor, channel="test"):
        order = OrderRun.objects.get(machine=plant.press).order
        pause_order(actor=cast.supervisor, order_id=order.pk, at=minute(120))
    kept(plant.press, 490)
    account = account_at(plant.press, 0)
    assert said(account) == {"no_order": 420, "producing": 60}
    with acting(cast.supervisor, channel="test"):
        start_order(actor=cast.supervisor, order_id=order.pk, at=minute(400))
    clock.set(minute(500))
    follow_late_order(told(orders.ORDER_STARTED))
    account.refresh_from_db()
    assert (account.revision, said(account)) == (2, {"no_order": 340, "producing": 60, "unplanned_stop": 80})
    assert follow_late_order in [reaction.function for reaction in WIRING[orders.OPERATION_FINISHED]]
