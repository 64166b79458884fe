"""Orders are planned with their children, split, merged, changed and cancelled."""

from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from factory_core.errors import StaleVersion
from factory_core.people.models import User
from production.orders import services
from production.orders.models import OrderOperation, ProductionOrder
from tests.world.orders import a_made_item, an_item_order, steps
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import an_order, minute
from tests.world.products import a_bom, a_routing, a_work_centre

D = Decimal


def do(name: str, actor: User, **wish: object) -> object:
    """One act in its own transaction."""
    with acting(actor, channel="test"):
        return getattr(services, name)(actor=actor, **{"at": minute(10), **wish})


def start(actor: User, step: OrderOperation, at: float = 10, **more: object) -> OrderOperation:
    return do("start_operation", actor, operation_id=step.pk, at=minute(at), **more)


def state(order: ProductionOrder) -> tuple:
    order = ProductionOrder.objects.get(pk=order.pk)
    return order.status, [step.status for step in steps(order)]


def test_children_are_planned_over_all_levels(plant: Plant, cast: Cast) -> None:
    made = a_made_item(plant)
    pressed, bolt = made.plate, made.screw
    sheet = a_made_item(plant).item
    a_bom(pressed, {sheet: "0.5"})
    centre = a_work_centre(plant.line_b)
    a_routing(pressed, centre)
    order = an_item_order(cast.planner, made, plant, release=False, with_children=True, priority=4)
    rows = ProductionOrder.objects.order_by("pk").values_list("item", "quantity", "parent__item", "line", "priority")
    below = [row for row in rows if row[0] not in (bolt.pk,)]
    assert below[:3] == [
        (made.item.pk, 100, None, plant.line_a.pk, 4),
        (pressed.pk, 100, made.item.pk, plant.line_b.pk, 4),
        (sheet.pk, 50, pressed.pk, plant.line_a.pk, 4),
    ]
    child = order.children.get()
    assert (child.due_at, child.start_at < child.due_at) == (order.start_at, True)
    do("release_order", cast.planner, order_id=order.pk, with_children=True)
    assert set(ProductionOrder.objects.values_list("status", flat=True)) == {"RELEASED"}
    with pytest.raises(services.ChildrenOpen) as told:
        do("cancel_order", cast.planner, order_id=order.pk, reason="not wanted")
    assert told.value.details["children"] == [child.number]
    do("cancel_order", cast.planner, order_id=order.pk, reason="not wanted", children=True)
    assert set(ProductionOrder.objects.values_list("status", flat=True)) == {"CANCELLED"}


def test_the_machine_of_an_order_does_only_what_its_work_centre_does(plant: Plant, cast: Cast) -> None:
    made = a_made_item(plant)
    with acting(cast.planner):
        made.presses.machines.create(machine=plant.lathe)
    order = an_item_order(cast.planner, made, plant, machine=plant.lathe)
    assert [step.machine for step in steps(order)] == [plant.lathe, None]
    with pytest.raises(services.WrongMachine):
        an_item_order(cast.planner, made, plant, machine=plant.robot)
    assert ProductionOrder.objects.count() == 1


def test_an_order_is_split_and_merged_to_the_last_digit(plant: Plant, cast: Cast) -> None:
    order = an_item_order(cast.planner, a_made_item(plant, losses=("3", "7")), plant, "100")
    before = _quantities(order)
    part = do("split_order", cast.planner, order_id=order.pk, quantity=D("33.333333"))
    assert (part.quantity, part.split_from, part.status) == (D("33.333333"), order, "RELEASED")
    kept, given = _quantities(order), _quantities(part)
    assert [a + b for a, b in zip(kept, given, strict=True)] == before
    merged = do("merge_orders", cast.planner, order_id=order.pk, others=[part.pk])
    part.refresh_from_db()
    assert (part.status, part.merged_into, _quantities(merged)) == ("MERGED", order, before)


def test_what_was_begun_stays_with_the_order(plant: Plant, cast: Cast) -> None:
    order = an_item_order(cast.planner, a_made_item(plant), plant, "100")
    start(cast.operator, steps(order)[0])
    do("report_count", cast.operator, machine=plant.press, kind="good", quantity=D(60), at=minute(12))
    for quantity in (D(41), D(0), D(100)):
        with pytest.raises(services.BadQuantity):
            do("split_order", cast.planner, order_id=order.pk, quantity=quantity, at=minute(15))
    part = do("split_order", cast.planner, order_id=order.pk, quantity=D(40), at=minute(15))
    assert (state(order), state(part)) == (
        ("RUNNING", ["RUNNING", "PENDING"]), ("RELEASED", ["PENDING", "PENDING"])
    )  # fmt: skip
    with pytest.raises(services.WrongStatus):
        do("merge_orders", cast.planner, order_id=part.pk, others=[order.pk])
    with pytest.raises(services.WrongStatus):
        do("cancel_order", cast.planner, order_id=order.pk, reason="no")
    with pytest.raises(services.BadQuantity):
        do("change_order", cast.planner, order_id=order.pk, wish={"quantity": D(59)}, at=minute(15))
    order.refresh_from_db()
    assert (order.quantity, order.status) == (60, "RUNNING")


def test_orders_that_differ_do_not_become_one(plant: Plant, cast: Cast) -> None:
    made = a_made_item(plant)
    order, planned = an_item_order(cast.planner, made, plant), an_item_order(cast.planner, made, plant, release=False)
    other = an_order(cast.supervisor, plant.press)
    for others in ([planned.pk], [other.pk], []):
        with pytest.raises(services.NotAlike):
            do("merge_orders", cast.planner, order_id=order.pk, others=others)
    assert [state(one)[0] for one in (order, planned, other)] == ["RELEASED", "PLANNED", "PLANNED"]


def test_two_people_change_one_order_and_the_second_sees_both(plant: Plant, cast: Cast) -> None:
    order = an_item_order(cast.planner, a_made_item(plant), plant)
    version = order.version
    do("change_order", cast.planner, order_id=order.pk, wish={"quantity": D(80), "priority": 7}, version=version)
    assert [step.quantity for step in steps(order)] == [80, 80]
    assert [m.quantity for m in order.materials.order_by("position")] == [168, 80]
    with pytest.raises(StaleVersion) as told:
        do("change_order", cast.supervisor, order_id=order.pk, wish={"quantity": D(90)}, version=version)
    current = told.value.details["current"]
    assert (current["quantity"], current["priority"]) == ("80", 7)
    with pytest.raises(services.BadPriority):
        do("change_order", cast.planner, order_id=order.pk, wish={"priority": 10})
    order.refresh_from_db()
    assert (order.quantity, order.priority, order.version) == (80, 7, version + 1)


def _quantities(order: ProductionOrder) -> list[Decimal]:
    order.refresh_from_db()
    return [
        order.quantity,
        *(step.quantity for step in steps(order)),
        *(material.quantity for material in order.materials.order_by("position")),
    ]
