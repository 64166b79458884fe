"""The queue of a machine is arranged by form: put in, taken elsewhere or out, made more urgent."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Machine
from production.orders.models import OrderOperation
from tests.world.clock import Clock
from tests.world.orders import Made, a_made_item, an_item_order, steps
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import an_order, minute


@pytest.fixture(autouse=True)
def _an_hour_in(clock: Clock) -> None:
    clock.set(minute(60))


@pytest.fixture
def made(plant: Plant) -> Made:
    """An item made at presses: the press, and the lathe that stands in for it."""
    found = a_made_item(plant)
    with acting(service_user("plant"), channel="test"):
        found.presses.machines.create(machine=plant.lathe)
    return found


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def shown(user: User, machine: Machine) -> list[str]:
    rows = browser(user).get(f"/machines/{machine.code}/queue/").context["rows"]
    return [f"{row.step.order.number}{'' if row.here else ' (any)'}" for row in rows]


def say(user: User, at: Machine, what: str, **said: Any) -> Any:
    return browser(user).post(f"/machines/{at.code}/queue/{what}/", said)


def test_a_step_is_put_into_the_queue_and_taken_out_of_it(plant: Plant, cast: Cast, made: Made) -> None:
    step = steps(an_item_order(cast.planner, made, plant))[0]
    number = step.order.number
    assert shown(cast.planner, plant.press) == shown(cast.operator, plant.lathe) == [f"{number} (any)"]
    assert say(cast.planner, plant.lathe, "add", code=f"{number}/10").url == f"/machines/{plant.lathe.code}/queue/"
    assert (shown(cast.planner, plant.press), shown(cast.planner, plant.lathe)) == ([], [number])
    step.refresh_from_db()
    wish = {"operation": step.pk, "version": step.version}
    assert say(cast.supervisor, plant.lathe, "place", **wish, machine=plant.press.pk).status_code == 302
    assert (shown(cast.planner, plant.press), shown(cast.planner, plant.lathe)) == ([number], [])
    wish["version"] += 1
    assert say(cast.supervisor, plant.press, "place", **wish, machine="").status_code == 302
    assert shown(cast.planner, plant.press) == shown(cast.planner, plant.lathe) == [f"{number} (any)"]


def test_who_read_an_old_version_is_told_and_moves_nothing(plant: Plant, cast: Cast, made: Made) -> None:
    order = an_item_order(cast.planner, made, plant)
    step = steps(order)[0]
    old = {"operation": step.pk, "version": step.version}
    assert say(cast.planner, plant.press, "place", **old, machine=plant.lathe.pk).status_code == 302
    late = say(cast.supervisor, plant.press, "place", **old, machine=plant.press.pk)
    assert (late.status_code, bool(late.context["refusal"])) == (412, True)
    step.refresh_from_db()
    assert step.machine == plant.lathe
    stale = say(cast.supervisor, plant.press, "rank", order=order.pk, priority=9, version=order.version + 1)
    order.refresh_from_db()
    assert (stale.status_code, order.priority) == (412, 0)


def test_the_more_urgent_order_stands_first(plant: Plant, cast: Cast) -> None:
    first, second = (an_order(cast.supervisor, plant.press) for _ in range(2))
    assert shown(cast.planner, plant.press) == [first.number, second.number]
    wish = {"order": second.pk, "priority": 3, "version": second.version}
    assert say(cast.planner, plant.press, "rank", **wish).status_code == 302
    assert shown(cast.planner, plant.press) == [second.number, first.number]


@pytest.mark.parametrize(
    ("what", "said", "status"),
    [
        ("add", {"code": "PO-999999"}, 404),
        ("place", {"operation": "1", "version": "1", "machine": "7x"}, 422),
        ("place", {"operation": "", "version": "1", "machine": ""}, 422),
        ("rank", {"order": "²", "priority": "1", "version": "1"}, 422),
    ],
)
def test_what_names_nothing_of_the_queue_is_said_on_the_page(
    plant: Plant, cast: Cast, what: str, said: dict[str, str], status: int
) -> None:
    answer = say(cast.planner, plant.press, what, **said)
    assert (answer.status_code, bool(answer.context["refusal"])) == (status, True)


def test_who_may_not_plan_sees_the_queue_without_forms_and_moves_nothing(plant: Plant, cast: Cast, made: Made) -> None:
    order = an_item_order(cast.planner, made, plant)
    step: OrderOperation = steps(order)[0]
    assert (
        '<form method="post" action="/machines/'
        not in browser(cast.operator).get(f"/machines/{plant.press.code}/queue/").text
    )
    said = {
        "add": {"code": f"{order.number}/10"},
        "place": {"operation": step.pk, "version": step.version, "machine": plant.lathe.pk},
        "rank": {"order": order.pk, "version": order.version, "priority": 9},
    }
    for user, status in ((cast.operator, 403), (cast.neighbour, 403), (cast.stranger, 403)):
        assert {say(user, plant.press, what, **wish).status_code for what, wish in said.items()} == {status}
    assert browser(cast.neighbour).get(f"/machines/{plant.press.code}/queue/").status_code == 404
    assert browser(cast.stranger).get(f"/machines/{plant.press.code}/queue/").status_code == 403
    step.refresh_from_db()
    order.refresh_from_db()
    assert (step.machine, order.priority) == (None, 0)


def test_the_queue_asks_as_often_for_fifty_as_for_two(plant: Plant, cast: Cast, made: Made) -> None:
    client = browser(cast.planner)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/machines/{plant.press.code}/queue/").status_code == 200
        return len(queries)

    for _more in range(2):
        an_order(cast.supervisor, plant.press)
    asked()
    few = asked()
    for _more in range(48):
        an_order(cast.supervisor, plant.press)
    assert asked() == few <= 12
