"""The live socket against a real web process: who hears what, and how fast a lost right ends it."""

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.ports import free_port
from tests.world.running import a_database, a_server, manage

PREPARE = """
import contextlib
import json
from django.test import Client
from tests.world.plant import a_plant
from tests.world.people import the_cast
plant = a_plant("live")
cast = the_cast(plant)
sessions = {}
for name in ("operator", "neighbour", "supervisor", "stranger", "owner", "auditor", "terminal", "storekeeper"):
    client = Client()
    client.force_login(getattr(cast, name))
    sessions[name] = {"user": getattr(cast, name).pk, "session": client.cookies["sessionid"].value}
places = {"press": plant.press.pk, "robot": plant.robot.pk, "line": plant.line_a.pk, "site": plant.site.pk}
print(json.dumps({**places, "people": sessions}))
"""
ACT = """
from factory_core.access.identity import acting
from factory_core.access.services import leave
from factory_core.people.models import User
from factory_core.people.services import disable_user, service_user
from factory_core.plant.models import Line
actor = service_user("test")
with acting(actor):
    {act}
"""
# The promise of the design is two seconds. The process beats every two seconds: its own beats are the measure, on
# machines of any speed.
MOST_BEATS = 2


@dataclass
class World:
    """A running web process and who may open its socket."""

    url: str
    base: str
    press: int
    robot: int
    line: int
    site: int
    people: dict[str, dict[str, object]]

    def open(self, name: str, topics: str = "floor", origin: str = "") -> ClientConnection:
        headers = {"Cookie": f"sessionid={self.people[name]['session']}"} if name else {}
        address = f"ws{self.base[4:]}/ws/live/?topics={topics}"
        return connect(address, origin=origin or self.base, additional_headers=headers, open_timeout=60)

    def nudge(self, machine: int, **message: object) -> None:
        with psycopg.connect(self.url, autocommit=True) as plant:
            notice = {"topic": f"machine:{machine}", "t": "state", **message}
            plant.execute("SELECT pg_notify('millwright_live', %s)", [json.dumps(notice)])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with a_database() as url:
        known = json.loads(manage("shell", "-v0", "-c", PREPARE, environment={"DATABASE_URL": url}))
        with a_server("factory_core.asgi:application", free_port(), {"DATABASE_URL": url}) as base:
            yield World(url, base, **known)


def hear(socket: ClientConnection, kind: str, seconds: float = 60) -> dict[str, object]:
    """The next message of a kind; anything else is passed over."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        message = json.loads(socket.recv(timeout=left))
        if message["t"] == kind:
            return message
    raise AssertionError(f"no message '{kind}' within {seconds} s")


def closed_after(socket: ClientConnection) -> tuple[int, int]:
    """How many beats of the process are still heard before it closes the socket, and the code it closes with."""
    beats: list[object] = []
    with pytest.raises(ConnectionClosed) as end:
        count_beats(socket, beats)
    assert end.value.rcvd is not None
    return len(beats), end.value.rcvd.code


def count_beats(socket: ClientConnection, beats: list[object]) -> None:
    with contextlib.suppress(TimeoutError):
        # What came while the right was being taken away is older than the loss.
        while True:
            socket.recv(timeout=0)
    while len(beats) <= MOST_BEATS:
        beats.append(hear(socket, "hb"))


@pytest.mark.parametrize("name", ["stranger", ""])
def test_who_may_see_nothing_gets_no_socket(world, name):
    with pytest.raises(InvalidStatus) as refused:
        world.open(name)
    assert refused.value.response.status_code == 403


def test_another_program_on_this_server_may_not_open_our_socket(world):
    other = world.base.rsplit(":", 1)[0] + ":9"
    with pytest.raises(InvalidStatus) as refused:
        world.open("operator", origin=other)
    assert refused.value.response.status_code == 403


def test_each_hears_of_their_own_machines_only_and_numbers_have_no_gaps(world):
    with world.open("operator") as ours, world.open("neighbour") as theirs:
        hear(ours, "hb")
        hear(theirs, "hb")
        world.nudge(world.robot, m="live-robot", s="stop")
        world.nudge(world.press, m="live-press", s="run")
        message = hear(ours, "state")
        assert (message["m"], message["s"]) == ("live-press", "run")
        assert hear(theirs, "state")["m"] == "live-robot"
        world.nudge(world.press, m="live-press", s="stop")
        assert hear(ours, "state")["seq"] == message["seq"] + 1


def test_asking_for_a_foreign_machine_by_name_gives_nothing(world):
    with pytest.raises(InvalidStatus):
        world.open("operator", topics="machine:live-robot")


def test_only_who_may_see_health_hears_of_it(world):
    with pytest.raises(InvalidStatus):
        world.open("operator", topics="health")
    with world.open("owner", topics="health") as socket:
        assert hear(socket, "hello")["seq"] == 1


def test_stock_is_told_to_those_who_see_stock_at_the_site(world):
    with world.open("storekeeper", "stock") as socket, psycopg.connect(world.url, autocommit=True) as plant:
        hear(socket, "hb")  # from here on the process listens
        for site in (world.site + 1, world.site):
            notice = {"topic": f"site:{site}", "t": "changed", "e": "stock.received", "v": site}
            plant.execute("SELECT pg_notify('millwright_live', %s)", [json.dumps(notice)])
        heard = hear(socket, "changed")
        assert (heard["e"], heard["v"]) == ("stock.received", world.site)
    with pytest.raises(InvalidStatus):
        world.open("operator", "stock")  # of one line only: stock belongs to the site


def test_the_heartbeat_carries_the_last_number(world):
    with world.open("owner") as socket:
        first = hear(socket, "hb")
        assert first["seq"] >= 1
        assert hear(socket, "hb")["seq"] == first["seq"]


@pytest.mark.parametrize(
    ("name", "act"),
    [
        (
            "operator",
            "leave(actor=actor, user=User.objects.get(pk={user}), role='operator', place=Line.objects.get(pk={line}))",
        ),
        ("supervisor", "disable_user(actor=actor, user=User.objects.get(pk={user}))"),
    ],
)
def test_a_lost_right_closes_the_socket_within_two_seconds(world, name, act):
    with world.open(name) as socket:
        hear(socket, "hb")
        code = ACT.format(act=act.format(user=world.people[name]["user"], line=world.line))
        manage("shell", "-v0", "-c", code, environment={"DATABASE_URL": world.url})
        beats, status = closed_after(socket)
        assert status == 4403
        assert beats <= MOST_BEATS


def test_a_deleted_session_closes_its_socket(world):
    with world.open("auditor") as socket:
        hear(socket, "hb")
        with psycopg.connect(world.url, autocommit=True) as plant:
            plant.execute("DELETE FROM django_session WHERE session_key = %s", [world.people["auditor"]["session"]])
        beats, status = closed_after(socket)
        assert (status, beats <= MOST_BEATS) == (4403, True)


def test_when_the_listener_loses_the_database_every_screen_fetches_afresh(world):
    with world.open("terminal") as socket:
        hear(socket, "hb")
        with psycopg.connect(world.url, autocommit=True) as plant:
            plant.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'millwright live%'"
            )
        hear(socket, "resync")
        world.nudge(world.press, m="live-press", s="setup")
        assert hear(socket, "state")["s"] == "setup"
