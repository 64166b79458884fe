"""A released order is taken back from the shop floor while nothing was done on it."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import StaleVersion
from factory_core.events.models import Event
from factory_core.people.models import User
from factory_core.people.services import service_user
from inventory.stock.models import StockMove
from inventory.stock.services.places import outside
from inventory.stock.states import LocationKind
from production.labour.services import begin_work
from production.orders import services
from production.orders.models import OrderMaterial, OrderOperation, ProductionOrder
from tests.world.inventory import a_location
from tests.world.orders import a_made_item, an_item_order, steps
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import an_order, minute
from tests.world.products import a_bom

pytestmark = pytest.mark.usefixtures("clock")


def withdraw(actor: User, order: ProductionOrder, reason: str = "wrong day", **more: Any) -> ProductionOrder:
    with acting(actor, channel="test"):
        return services.withdraw_order(actor=actor, order_id=order.pk, reason=reason, at=minute(5), **more)


def everything() -> list[list[dict[str, Any]]]:
    return [list(model.objects.order_by("pk").values()) for model in (ProductionOrder, OrderOperation, OrderMaterial)]


def test_it_is_planned_again_and_takes_the_products_of_its_next_release(plant: Plant, cast: Cast) -> None:
    made = a_made_item(plant)
    order = an_item_order(cast.planner, made, plant)
    old = order.bom
    back = withdraw(cast.planner, order)
    back.refresh_from_db()
    assert (back.status, back.bom, back.routing, back.revision, back.papers, back.released_at) == (
        "PLANNED", None, None, None, [], None,
    )  # fmt: skip
    assert (steps(order), list(order.materials.all())) == ([], [])
    told = Event.objects.get(name="orders.order_withdrawn")
    assert told.sentence == f"Order {order.number} was taken back from the shop floor: wrong day"
    assert withdraw(cast.planner, order).version == back.version
    assert Event.objects.filter(name="orders.order_withdrawn").count() == 1
    with acting(service_user("plant")):
        type(old).objects.filter(pk=old.pk).update(valid_until=minute(0).date())
    new = a_bom(made.item, {made.plate: "3"}, code="2", valid_from=minute(0).date())
    with acting(cast.planner, channel="test"):
        services.release_order(actor=cast.planner, order_id=order.pk, at=minute(6))
    order.refresh_from_db()
    assert (order.status, order.bom, [row.item for row in order.materials.all()]) == ("RELEASED", new, [made.plate])


def test_an_order_with_steps_of_its_own_keeps_them(plant: Plant, cast: Cast) -> None:
    order = an_order(cast.supervisor, plant.press)
    with acting(cast.supervisor, channel="test"):
        services.release_order(actor=cast.supervisor, order_id=order.pk, at=minute(0))
    before = [step.pk for step in steps(order)]
    assert withdraw(cast.supervisor, order).status == "PLANNED"
    assert [step.pk for step in steps(order)] == before != []


def _started(order: ProductionOrder, cast: Cast, _plant: Plant) -> type[Exception]:
    with acting(cast.operator, channel="test"):
        services.start_operation(actor=cast.operator, operation_id=steps(order)[0].pk, at=minute(1))
    return services.WrongStatus


def _reported(order: ProductionOrder, cast: Cast, _plant: Plant) -> type[Exception]:
    with acting(cast.operator, channel="test"):
        services.report_count(
            actor=cast.operator, machine=None, kind="good", quantity=Decimal(2), at=minute(1), operation=steps(order)[0]
        )
    return services.AlreadyBegun


def _clocked(order: ProductionOrder, cast: Cast, _plant: Plant) -> type[Exception]:
    with acting(cast.operator, channel="test"):
        begin_work(actor=cast.operator, person=cast.operator, operation_id=steps(order)[0].pk, kind="RUN", at=minute(1))
    return services.AlreadyBegun


def _taken(order: ProductionOrder, cast: Cast, plant: Plant) -> type[Exception]:
    row = order.materials.get(position=10)
    with acting(service_user("plant"), channel="test"):
        shop = outside(plant.site, LocationKind.PRODUCTION)
    StockMove.objects.create(
        kind="ISSUE", item=row.item, quantity=1, from_location=a_location(plant.site),
        to_location=shop, at=minute(1), recorded_at=minute(1), by=cast.operator,
        key="test-taken", site=plant.site, source_kind="production.ordermaterial", source_id=row.pk,
    )  # fmt: skip
    return services.MaterialTaken


@pytest.mark.parametrize("done", [_started, _reported, _clocked, _taken])
def test_what_somebody_did_on_it_keeps_it_there(plant: Plant, cast: Cast, done: Any) -> None:
    order = an_item_order(cast.planner, a_made_item(plant), plant)
    refusal = done(order, cast, plant)
    before = everything()
    with pytest.raises(refusal):
        withdraw(cast.planner, order)
    assert everything() == before


def test_without_right_reason_or_the_version_seen_nothing_happens(plant: Plant, cast: Cast) -> None:
    order = an_item_order(cast.planner, a_made_item(plant), plant)
    before = everything()
    for actor, wish, refusal in (
        (cast.operator, {}, Forbidden),
        (cast.stranger, {}, services.NoSuchOrder),
        (cast.neighbour, {}, services.NoSuchOrder),
        (cast.planner, {"reason": "  "}, services.ReasonNeeded),
        (cast.planner, {"version": order.version - 1}, StaleVersion),
    ):
        with pytest.raises(refusal):
            withdraw(actor, order, **wish)
    assert everything() == before


def test_page_and_api_take_it_back(plant: Plant, cast: Cast) -> None:
    made, client = a_made_item(plant), Client()
    client.force_login(cast.planner, "django.contrib.auth.backends.ModelBackend")
    order, other = (an_item_order(cast.planner, made, plant) for _ in range(2))
    assert f'action="/orders/{order.number}/withdraw/"' in client.get(f"/orders/{order.number}/").content.decode()
    assert client.post(f"/orders/{order.number}/withdraw/", {"reason": ""}).status_code == 422
    assert client.post(f"/orders/{order.number}/withdraw/", {"reason": "later"}).status_code == 302
    assert "/withdraw/" not in client.get(f"/orders/{order.number}/").content.decode()
    answer = client.post(f"/api/v1/production-orders/{other.pk}/withdraw/", {"reason": "later"}, "application/json")
    assert (answer.status_code, answer.json()["status"]) == (200, "PLANNED")
