"""Starting the next order at the station, and pausing the running one."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.events.models import Event
from factory_core.people.models import User
from factory_core.people.tokens import author_pass
from factory_core.plant.models import Machine
from production.orders.models import OrderOperation, OrderRun, ProductionOrder
from production.orders.services import pause_order, plan_order
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import a_running_order, an_order, minute


@pytest.fixture(autouse=True)
def _an_hour_in(clock: Clock) -> None:
    clock.set(minute(60))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def due(actor: User, machine: Machine, due_at: datetime | None) -> ProductionOrder:
    with acting(actor, channel="test"):
        return plan_order(
            actor=actor, machine=machine, item_text="Flange", quantity=Decimal(10), ideal_cycle_s=Decimal(30),
            at=minute(0), due_at=due_at,
        )  # fmt: skip


def offered(user: User, machine: Machine) -> list[int]:
    client = browser(user)
    whole = client.get(f"/station/{machine.code}/").context["waiting"]
    part = client.get(f"/station/{machine.code}/order/").context["waiting"]
    assert whole == part
    return [OrderOperation.objects.get(pk=waiting.id).order_id for waiting in whole]


def tap(cast: Cast, order: ProductionOrder, move: str, author: User | None) -> Any:
    """The act as the terminal of the line sends it, under the pass of whoever is here."""
    headers = {"X-Millwright-Pass": author_pass(author, cast.terminal, minute(55))} if author else {}
    address = f"/api/v1/machines/{order.machine_id}/{move}-operation"
    wish = {"operation": order.operations.get().pk}
    return browser(cast.terminal).post(address, wish, content_type="application/json", headers=headers)


def test_three_orders_are_offered_and_the_earliest_due_comes_first(plant: Plant, cast: Cast) -> None:
    without = due(cast.supervisor, plant.press, None)
    late, soon, later = (due(cast.supervisor, plant.press, minute(m)) for m in (300, 100, 400))
    due(cast.supervisor, plant.lathe, minute(90))
    assert offered(cast.operator, plant.press) == [soon.pk, late.pk, later.pk]
    assert without.pk not in offered(cast.terminal, plant.press)


def test_a_paused_order_is_offered_again_and_says_so(plant: Plant, cast: Cast) -> None:
    order = a_running_order(cast.supervisor, plant.press)
    with acting(cast.operator):
        pause_order(actor=cast.operator, order_id=order.pk, at=minute(30))
    page = browser(cast.operator).get(f"/station/{plant.press.code}/order/")
    assert [(one.number, one.paused) for one in page.context["waiting"]] == [(order.number, True)]
    assert f"/api/v1/machines/{plant.press.pk}/start-operation" in page.content.decode()


def test_nothing_is_offered_while_an_order_runs_or_none_waits(plant: Plant, cast: Cast) -> None:
    assert "No order is running" in browser(cast.operator).get(f"/station/{plant.press.code}/order/").content.decode()
    a_running_order(cast.supervisor, plant.press)
    an_order(cast.supervisor, plant.press)
    page = browser(cast.operator).get(f"/station/{plant.press.code}/order/")
    assert "start-operation" not in page.content.decode()
    assert browser(cast.operator).get(f"/station/{plant.press.code}/").context["waiting"] == []


def test_the_tap_at_the_terminal_starts_and_pauses_under_the_person_s_name(
    plant: Plant, cast: Cast, clock: Clock
) -> None:
    order = an_order(cast.supervisor, plant.press)
    answer = tap(cast, order, "start", cast.operator)
    assert (answer.status_code, answer.json()["status"]) == (200, "RUNNING")
    order.refresh_from_db()
    assert (order.status, OrderRun.objects.get().started_at) == ("RUNNING", minute(60))
    event = Event.objects.get(name="orders.order_started")
    assert (event.actor, event.channel) == (cast.operator, "station")
    clock.set(minute(61))
    assert tap(cast, order, "pause", cast.operator).json()["status"] == "PAUSED"


def test_the_terminal_alone_the_neighbour_and_the_stranger_start_nothing(plant: Plant, cast: Cast) -> None:
    order = an_order(cast.supervisor, plant.press)
    assert tap(cast, order, "start", None).status_code == 403
    address, wish = f"/api/v1/machines/{plant.press.pk}/start-operation", {"operation": order.operations.get().pk}
    answers = [
        browser(user).post(address, wish, content_type="application/json").status_code
        for user in (cast.neighbour, cast.stranger)
    ]
    assert answers == [404, 403]
    assert browser(cast.neighbour).get(f"/station/{plant.press.code}/order/").status_code == 404
    order.refresh_from_db()
    assert (order.status, OrderRun.objects.exists()) == ("PLANNED", False)
