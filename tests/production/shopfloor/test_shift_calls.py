"""The calls of a shift: who waited how long, who came, what is over."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.shopfloor.rules.response import Called, Response, response_of
from production.shopfloor.services import answer_call, call_help, end_call
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant, a_machine
from tests.world.production import minute

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _an_hour_in(clock: Clock) -> None:
    clock.set(minute(60))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def called(actor: User, machine: Machine, kind: str, at: float) -> int:
    with acting(actor, channel="test"):
        return call_help(actor=actor, machine=machine, kind=kind, at=minute(at)).pk


def test_response_is_counted_from_the_call_to_the_answer() -> None:
    def call(answered: int | None, done: int | None = None) -> Called:
        def later(minutes: int | None) -> datetime | None:
            return None if minutes is None else START + timedelta(minutes=minutes)

        return Called(START, later(answered), later(done))

    assert response_of([]) == Response(0, 0, None, None, None)
    assert response_of([call(2, 12), call(4), call(9, 19), call(None)]) == Response(4, 3, 240.0, 540.0, 600.0)


def test_the_page_tells_who_waits_who_came_and_how_long_it_took(plant: Plant, cast: Cast) -> None:
    first, second = called(cast.operator, plant.press, "quality", 10), called(cast.operator, plant.lathe, "quality", 50)
    with acting(cast.quality, channel="test"):
        answer_call(actor=cast.quality, call_id=first, at=minute(14))
        end_call(actor=cast.quality, call_id=first, at=minute(30))
    page = browser(cast.supervisor).get("/calls/")
    assert [(row.id, row.waited, row.answered_by, row.is_open) for row in page.context["rows"]] == [
        (second, "10 min", "", True),
        (first, "4 min", "Quirin", False),
    ]
    [figures] = page.context["figures"]
    assert (figures.calls, figures.answered, figures.median, figures.longest, figures.help) == (
        2, 1, "4 min", "4 min", "16 min",
    )  # fmt: skip
    assert f"/api/v1/help-calls/{second}/done" in page.content.decode()
    assert f"/api/v1/help-calls/{first}/done" not in page.content.decode()


def test_others_see_no_calls_of_a_line_that_is_not_theirs(plant: Plant, cast: Cast) -> None:
    called(cast.operator, plant.press, "quality", 10)
    assert browser(cast.neighbour).get("/calls/").context["rows"] == []
    assert browser(cast.stranger).get("/calls/").status_code == 403


def test_the_page_asks_as_often_for_fifty_calls_as_for_two(plant: Plant, cast: Cast) -> None:
    client = browser(cast.supervisor)
    called(cast.operator, plant.press, "quality", 10)
    called(cast.operator, plant.lathe, "quality", 10)
    few = _queries_of(client)
    for number in range(48):
        machine = a_machine(plant.line_a, f"{plant.press.code}-{number}", position=number + 10)
        called(cast.operator, machine, "quality", 20)
    assert _queries_of(client) == few <= 12


def _queries_of(client: Client) -> int:
    client.get("/calls/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/calls/").status_code == 200
    return len([one for one in asked.captured_queries if "SELECT" in one["sql"]])
