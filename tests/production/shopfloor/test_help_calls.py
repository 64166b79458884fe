"""A call for help: on the floor for those who may come, on the station for who waits."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.shopfloor.models import HelpCall
from production.shopfloor.services import answer_call, call_help
from tests.world.clock import Clock
from tests.world.people import Cast, a_user
from tests.world.plant import Plant, a_machine
from tests.world.production import minute


@pytest.fixture(autouse=True)
def _an_hour_in(clock: Clock) -> None:
    clock.set(minute(60))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def called(actor: User, machine: Machine, kind: str = "maintenance", at: float = 58) -> HelpCall:
    with acting(actor, channel="test"):
        return call_help(actor=actor, machine=machine, kind=kind, at=minute(at))


def answered(actor: User, call: HelpCall, at: float = 59) -> None:
    with acting(actor, channel="test"):
        answer_call(actor=actor, call_id=call.pk, at=minute(at))


def said(user: User, machine: Machine) -> list[tuple[str, bool]]:
    calls = browser(user).get(f"/station/{machine.code}/calls/").context["calls"]
    return [(call.sentence, call.coming) for call in calls]


def tiles(answer: Any) -> dict[str, list[str]]:
    return {tile.code: [str(word) for word in tile.calls] for group in answer.context["groups"] for tile in group.tiles}


def test_the_floor_shows_who_calls_whom_and_marks_the_tile(plant: Plant, cast: Cast) -> None:
    quiet = browser(cast.supervisor).get("/floor/")
    assert "0 calls" in quiet.content.decode()
    assert "tile-call" not in quiet.content.decode()
    call = called(cast.operator, plant.press)
    floor = browser(cast.supervisor).get("/floor/")
    page = floor.content.decode()
    assert tiles(floor) == {plant.press.code: ["Maintenance"], plant.lathe.code: []}
    assert "calls for help: Maintenance" in page
    assert "1 call<" in page
    assert f"/api/v1/help-calls/{call.pk}/answer" in page
    assert [(c.machine_name, str(c.kind), c.by, c.at) for c in floor.context["calls"]] == [
        (plant.press.name, "Maintenance", "Anna", minute(58))
    ]


def test_calls_wait_in_the_order_in_which_they_were_made(plant: Plant, cast: Cast) -> None:
    called(cast.operator, plant.lathe, "material", at=50)
    called(cast.operator, plant.press, "quality", at=55)
    called(cast.operator, plant.press, "supervisor", at=40)
    listed = browser(cast.supervisor).get("/floor/calls/").context["calls"]
    assert [str(call.kind) for call in listed] == ["Supervisor", "Material", "Quality"]
    assert len(browser(cast.supervisor).get(f"/floor/calls/?line={plant.line_a.code}").context["calls"]) == 3
    assert browser(cast.supervisor).get("/floor/calls/?line=nowhere").context["calls"] == []


def test_an_answer_takes_the_call_off_the_floor_and_tells_the_station_who_comes(plant: Plant, cast: Cast) -> None:
    call = called(cast.operator, plant.press)
    assert said(cast.terminal, plant.press) == [("Called maintenance, 2 min ago", False)]
    address = f"/api/v1/help-calls/{call.pk}/answer"
    assert browser(cast.supervisor).post(address, {}, content_type="application/json").status_code == 200
    assert browser(cast.supervisor).get("/floor/calls/").context["calls"] == []
    assert said(cast.terminal, plant.press) == [("Marek is coming", True)]


def test_the_station_says_for_a_quarter_of_an_hour_that_somebody_comes(plant: Plant, cast: Cast, clock: Clock) -> None:
    answered(cast.supervisor, called(cast.operator, plant.press))
    clock.set(minute(59 + 14.9))
    assert said(cast.operator, plant.press) == [("Marek is coming", True)]
    clock.set(minute(59 + 15.1))
    assert said(cast.operator, plant.press) == []
    assert (
        'id="station-calls" role="status" hidden'
        in browser(cast.operator).get(f"/station/{plant.press.code}/").content.decode()
    )


def test_each_kind_is_said_in_words(plant: Plant, cast: Cast) -> None:
    for kind in ("supervisor", "maintenance", "quality", "material"):
        called(cast.operator, plant.press, kind)
    assert sorted(sentence for sentence, _coming in said(cast.operator, plant.press)) == [
        "Called for material, 2 min ago",
        "Called maintenance, 2 min ago",
        "Called quality, 2 min ago",
        "Called the supervisor, 2 min ago",
    ]


@pytest.mark.parametrize("role", ["maintenance", "quality"])
def test_whoever_is_called_can_say_that_they_come(plant: Plant, cast: Cast, role: str) -> None:
    call, helper = called(cast.operator, plant.press, role), a_user("tom", role, plant.line_a)
    assert browser(helper).get("/floor/calls/").context["calls"][0].may_answer is True
    address = f"/api/v1/help-calls/{call.pk}/answer"
    assert browser(helper).post(address, {}, content_type="application/json").json()["answered_by"] == "Tom"


def test_whoever_may_only_look_sees_the_call_without_a_button(plant: Plant, cast: Cast) -> None:
    call = called(cast.operator, plant.press)
    page = browser(cast.terminal).get("/floor/calls/").content.decode()
    assert plant.press.name in page
    assert f"help-calls/{call.pk}" not in page


def test_the_neighbour_and_the_stranger_see_and_answer_no_call(plant: Plant, cast: Cast) -> None:
    call = called(cast.operator, plant.press)
    for user, floor, closed in ((cast.neighbour, 200, 404), (cast.stranger, 403, 403)):
        client = browser(user)
        shown = client.get("/floor/calls/")
        assert (shown.status_code, plant.press.name in shown.content.decode()) == (floor, False)
        assert "tile-call" not in client.get("/floor/").content.decode()
        assert client.get(f"/station/{plant.press.code}/calls/").status_code == closed
        address = f"/api/v1/help-calls/{call.pk}/answer"
        assert client.post(address, {}, content_type="application/json").status_code == closed
    assert browser(cast.neighbour).get(f"/floor/calls/?line={plant.line_a.code}").context["calls"] == []
    call.refresh_from_db()
    assert call.answered_at is None


def test_the_floor_asks_as_often_for_a_hundred_calls_as_for_one(plant: Plant, cast: Cast) -> None:
    client = browser(cast.supervisor)
    called(cast.operator, plant.press)
    few = _queries_of(client)
    for number in range(100):
        called(cast.operator, a_machine(plant.line_a, f"{plant.press.code}-{number}", position=number + 10))
    assert _queries_of(client) == few <= 12


def _queries_of(client: Client) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/floor/").status_code == 200
    return len(
        [one for one in asked.captured_queries if one["sql"].startswith(("SELECT", "(")) or "UNION" in one["sql"]]
    )
