"""A call nobody answers is told to the next in the chain, each step once."""

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.events.models import Event
from production.shopfloor.models import HelpCall
from production.shopfloor.services import call_help, end_call, escalate_call
from production.shopfloor.tasks import escalate_calls
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import minute
from tests.world.shopfloor import a_chain


@pytest.fixture(autouse=True)
def _an_hour_in(clock: Clock) -> None:
    clock.set(minute(60))


@pytest.fixture
def call(plant: Plant, cast: Cast) -> HelpCall:
    a_chain(plant.site, "maintenance", (5, "supervisor"), (10, "owner"))
    with acting(cast.operator, channel="test"):
        return call_help(actor=cast.operator, machine=plant.press, kind="maintenance", at=minute(60))


def minutes_later(clock: Clock, minutes: float, call: HelpCall) -> int:
    clock.set(minute(60 + minutes))
    escalate_calls(timestamp=0)
    call.refresh_from_db()
    return call.level


def told() -> list[tuple[str, int]]:
    rows = Event.objects.filter(name="shopfloor.help_escalated").order_by("id")
    return [(row.payload["role"], row.payload["minutes"]) for row in rows]


def test_each_step_is_told_when_its_minutes_have_passed(clock: Clock, call: HelpCall) -> None:
    assert minutes_later(clock, 4.9, call) == 0
    assert minutes_later(clock, 5, call) == 1
    assert call.escalated_at == minute(65)
    assert minutes_later(clock, 9, call) == 1
    assert minutes_later(clock, 10, call) == 2
    assert minutes_later(clock, 60, call) == 2
    assert told() == [("supervisor", 5), ("owner", 10)]


def test_escalating_twice_at_one_moment_tells_once(clock: Clock, call: HelpCall) -> None:
    minutes_later(clock, 6, call)
    version = call.version
    assert minutes_later(clock, 6, call) == 1
    assert call.version == version
    assert told() == [("supervisor", 6)]


def test_a_worker_that_slept_tells_everybody_it_missed(clock: Clock, call: HelpCall) -> None:
    assert minutes_later(clock, 30, call) == 2
    assert told() == [("supervisor", 30), ("owner", 30)]


def test_an_answered_call_is_not_escalated(plant: Plant, cast: Cast, clock: Clock, call: HelpCall) -> None:
    client = Client()
    client.force_login(cast.maintenance)
    clock.set(minute(62))
    assert client.post(f"/api/v1/help-calls/{call.pk}/answer", {}, content_type="application/json").status_code == 200
    assert minutes_later(clock, 20, call) == 0
    clock.set(minute(90))
    answer = client.post(f"/api/v1/help-calls/{call.pk}/done", {}, content_type="application/json").json()
    call.refresh_from_db()
    assert (call.answered_at, call.done_at, answer["answered_by"]) == (minute(62), minute(90), "Mia")
    assert Event.objects.filter(name="shopfloor.help_done").count() == 1


def test_who_helped_without_saying_so_has_answered_too(cast: Cast, call: HelpCall) -> None:
    with acting(cast.maintenance, channel="test"):
        end_call(actor=cast.maintenance, call_id=call.pk, at=minute(70))
        end_call(actor=cast.maintenance, call_id=call.pk, at=minute(80))
    call.refresh_from_db()
    assert (call.answered_by, call.answered_at, call.done_at) == (cast.maintenance, minute(70), minute(70))


def test_a_chain_of_the_line_stands_instead_of_the_site_s(plant: Plant, clock: Clock, call: HelpCall) -> None:
    a_chain(plant.site, "maintenance", (2, "quality"), line=plant.line_a)
    a_chain(plant.site, "maintenance", (1, "planner"), line=plant.line_b)
    assert minutes_later(clock, 30, call) == 1
    assert told() == [("quality", 30)]


def test_without_a_chain_nothing_is_told(plant: Plant, cast: Cast, clock: Clock) -> None:
    with acting(cast.operator, channel="test"):
        call = call_help(actor=cast.operator, machine=plant.press, kind="material", at=minute(60))
    assert minutes_later(clock, 600, call) == 0
    assert told() == []


def test_the_stranger_ends_and_escalates_nothing(cast: Cast, call: HelpCall) -> None:
    client = Client()
    client.force_login(cast.stranger)
    assert client.post(f"/api/v1/help-calls/{call.pk}/done", {}, content_type="application/json").status_code == 403
    client.force_login(cast.neighbour)
    assert client.post(f"/api/v1/help-calls/{call.pk}/done", {}, content_type="application/json").status_code == 404
    with pytest.raises(Exception, match="You may not"), acting(cast.stranger, channel="test"):
        escalate_call(actor=cast.stranger, call_id=call.pk, at=minute(70))
    call.refresh_from_db()
    assert (call.done_at, call.level) == (None, 0)
