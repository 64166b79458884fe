"""The page of the whole trail: found by person, thing, time and channel, for those who may read all of it."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.trail.queries import TrailFilter, WholePlantOnly, trail
from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.clock import now
from factory_core.people.models import User
from factory_core.plant.models import Machine
from tests.world.people import Cast, a_user
from tests.world.plant import Plant


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def two_changes(cast: Cast, plant: Plant) -> tuple[LogEntry, LogEntry]:
    with acting(cast.it_admin, channel="admin", correlation="chain-1"):
        Machine.objects.filter(pk=plant.press.pk).update(name="Press One")
    with acting(cast.supervisor, channel="api", correlation="chain-2"):
        Machine.objects.filter(pk=plant.robot.pk).update(name="Robot Nine")
    by_robot, by_press = LogEntry.objects.order_by("-pk")[:2]
    return by_press, by_robot


def test_each_filter_finds_its_own(two_changes: tuple[LogEntry, LogEntry], cast: Cast, plant: Plant) -> None:
    press, robot = two_changes
    machine = ContentType.objects.get_for_model(Machine)

    def found(**wanted: object) -> list[LogEntry]:
        return list(trail(cast.auditor, TrailFilter(**wanted)))  # type: ignore[arg-type]

    assert found(person=cast.it_admin) == [press]
    assert found(person=cast.supervisor) == [robot]
    assert found(channel="api") == [robot]
    assert found(chain="chain-1") == [press]
    assert found(kind=machine, number=plant.robot.pk)[0] == robot
    assert found(kind=machine, action=LogEntry.Action.UPDATE) == [robot, press]
    assert found(thing="press one") == [press]
    assert found(since=robot.timestamp) == [robot]
    assert press in found(until=robot.timestamp)
    assert robot not in found(until=robot.timestamp)
    assert found(since=now() + timedelta(minutes=1)) == []


def test_the_page_filters_by_its_address(two_changes: tuple[LogEntry, LogEntry], cast: Cast) -> None:
    client = as_(cast.auditor)
    page = client.get("/trail/", {"person": cast.supervisor.pk}).content.decode()
    assert ("Robot Nine" in page, "Press One" in page) == (True, False)
    later = (now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert "No change matches" in client.get("/trail/", {"since": later}).content.decode()
    assert client.get("/trail/", {"person": "x", "since": "never", "before": "-1"}).status_code == 200


@pytest.mark.parametrize("who", ["stranger", "operator", "supervisor", "neighbour", "owner", "terminal"])
def test_the_trail_is_closed_to_everybody_else(cast: Cast, who: str) -> None:
    user = getattr(cast, who)
    with pytest.raises(Forbidden):
        trail(user, TrailFilter())
    assert as_(user).get("/trail/").status_code == 403


def test_nobody_and_the_disabled_are_sent_to_the_front_door(cast: Cast) -> None:
    assert Client().get("/trail/").status_code == 302
    assert as_(cast.disabled).get("/trail/").status_code == 302


def test_an_auditor_of_one_line_does_not_read_the_whole_plant(plant: Plant) -> None:
    guest = a_user("guest", "auditor", plant.line_a)
    with pytest.raises(WholePlantOnly):
        trail(guest, TrailFilter())
    assert as_(guest).get("/trail/").status_code == 403


def test_a_long_trail_takes_as_many_queries_as_a_short_one(cast: Cast, plant: Plant) -> None:
    client = as_(cast.auditor)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/trail/", {"person": cast.owner.pk}).status_code == 200
        return len(asked)

    with acting(cast.owner):
        Machine.objects.filter(pk=plant.press.pk).update(line=plant.line_b)
        queries()
        few = queries()
        Machine.objects.bulk_create([Machine(code=f"m{n}", name=f"M{n}", line=plant.line_a) for n in range(40)])

    assert queries() == few
    page = client.get("/trail/", {"person": cast.owner.pk}).content.decode()
    assert page.count('<tr id="entry-') == 25
    assert f"person={cast.owner.pk}&amp;before=" in page
