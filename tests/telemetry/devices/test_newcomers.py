"""Who knocks without being known: one bounded line, nothing stored, a named person decides."""

from typing import Any

import pytest
from django.db import connection

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from factory_core.people.models import User
from telemetry.devices import services
from telemetry.devices.models import Gateway, GatewayStatus, Newcomer
from telemetry.devices.queries import newcomers
from telemetry.devices.services.newcomers import MOST_NEWCOMERS
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db


def act(actor: User, service: Any, **wish: Any) -> Any:
    """One act under a name."""
    with acting(actor, channel="test"):
        return service(actor=actor, **wish)


def a_knock(clock: Clock, name: str = "Plant/Press-7", **more: Any) -> Newcomer:
    services.knock(**{"source": "sparkplug", "name": name, "address": "10.0.0.7", "at": clock(), **more})
    return Newcomer.objects.get(name=name)


def test_who_knocks_twice_has_one_line(clock: Clock) -> None:
    first = a_knock(clock, claims={"metrics": 12})
    clock.move(seconds=30)
    again = a_knock(clock, address="10.0.0.8")
    assert (again.pk, again.attempts, again.address, again.first_at) == (first.pk, 2, "10.0.0.8", first.first_at)
    assert again.last_at == clock()


def test_a_flood_of_names_stays_bounded_and_those_sent_away_stay_away(cast: Cast, clock: Clock) -> None:
    away = a_knock(clock, name="unwanted")
    act(cast.it_admin, services.dismiss_newcomer, newcomer_id=away.pk, at=clock())
    for number in range(MOST_NEWCOMERS + 30):
        services.knock(source="sparkplug", name=f"n{number}", at=clock.move(seconds=1))
    services.knock(source="sparkplug", name="unwanted", at=clock())
    waiting = newcomers(cast.it_admin)
    assert waiting.count() == MOST_NEWCOMERS
    assert not waiting.filter(name__in=["n0", "unwanted"]).exists()
    assert newcomers(cast.it_admin, dismissed=True).get().attempts == 2


def test_what_a_stranger_says_is_cut_short(clock: Clock) -> None:
    services.knock(
        source="nonsense", name="a\0b\n" + "x" * 900, address="y" * 90, mark="z" * 90, at=clock(),
        claims={"text": "\0" * 3, "much": "x" * 9_000},
    )  # fmt: skip
    found = Newcomer.objects.get()
    assert (found.source, len(found.name), found.name[:2], len(found.address), len(found.mark)) == (
        "push", 200, "ab", 64, 64,
    )  # fmt: skip
    assert found.claims == {"too_long": 9_024}


def test_a_named_person_lets_a_foreign_sender_in(cast: Cast, plant: Plant, clock: Clock) -> None:
    waiting = a_knock(clock)
    gateway = act(
        cast.it_admin, services.admit_newcomer, newcomer_id=waiting.pk, code="press-7", site=plant.site, at=clock()
    )
    assert (gateway.status, gateway.source, gateway.source_name) == (
        GatewayStatus.ACTIVE, "sparkplug", "Plant/Press-7",
    )  # fmt: skip
    assert not Newcomer.objects.exists()
    event = Event.objects.get(name="telemetry.newcomer_admitted")
    assert (event.actor, event.payload["name"]) == (cast.it_admin, "Plant/Press-7")
    with pytest.raises(services.NoSuchNewcomer):
        act(cast.it_admin, services.dismiss_newcomer, newcomer_id=waiting.pk, at=clock())


def test_our_own_agent_still_needs_a_code(cast: Cast, plant: Plant, clock: Clock) -> None:
    waiting = a_knock(clock, name="gw-hall-2", source="agent", mark="ab" * 32)
    gateway = act(
        cast.it_admin, services.admit_newcomer, newcomer_id=waiting.pk, code="gw-hall-2", site=plant.site, at=clock()
    )
    assert (gateway.status, gateway.source, gateway.source_name) == (GatewayStatus.WAITING, "agent", "")


@pytest.mark.parametrize("who", ["operator", "supervisor", "neighbour", "owner", "auditor", "stranger", "terminal"])
def test_only_it_sees_and_decides(cast: Cast, plant: Plant, clock: Clock, who: str) -> None:
    waiting, actor = a_knock(clock), getattr(cast, who)
    assert not newcomers(actor).exists()
    with pytest.raises(Forbidden):
        act(actor, services.admit_newcomer, newcomer_id=waiting.pk, code="x", site=plant.site, at=clock())
    with pytest.raises(Forbidden):
        act(actor, services.dismiss_newcomer, newcomer_id=waiting.pk, at=clock())
    assert Newcomer.objects.get().dismissed_at is None
    assert not Gateway.objects.exists()


def test_knocking_stores_nothing_but_the_line(clock: Clock) -> None:
    a_knock(clock)
    with connection.cursor() as cursor:
        for table in ("reading", "readingtext", "packet", "latestvalue", "quarantinedreading", "deadletter", "tag"):
            cursor.execute(f"SELECT count(*) FROM telemetry_{table}")
            assert cursor.fetchone() == (0,), table
