"""Orders of items: frozen at release, done step by step, counted where it happened."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import StaleVersion
from factory_core.people.models import User
from factory_core.people.services import service_user
from production.orders import services
from production.orders.models import CountEntry, OrderOperation, OrderRun, ProductionOrder
from production.orders.queries import (
    counts_of_operation,
    counts_of_orders,
    operations_waiting,
    orders_seen,
    running_operation,
)
from telemetry.states.models import CounterStep
from tests.world.orders import a_centre_of, a_loss_reason, a_made_item, an_item_order, steps
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import an_order, minute
from tests.world.products import a_bom
from tests.world.telemetry import a_gateway, a_tag

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


def test_a_release_freezes_material_steps_and_papers(plant: Plant, cast: Cast) -> None:
    made = a_made_item(plant, losses=("10", "5"))
    order = an_item_order(cast.planner, made, plant)
    rows = order.materials.order_by("position").values_list("item", "each", "quantity", "operation__number")
    assert list(rows) == [(made.screw.pk, 2, 210, 10), (made.plate.pk, 1, 100, 10)]
    # 100 x 1.05 go into the last step, that x 1.10 into the first: gross = quantity x (1 + loss).
    assert [(step.number, step.quantity, step.run_s) for step in steps(order)] == [(10, D("115.5"), 30), (20, 105, 12)]
    assert (order.status, order.ideal_cycle_s, order.released_at) == ("RELEASED", 30, minute(0))
    assert (order.bom.code, order.routing.code, order.item_text) == ("1", "1", made.item.name)


def test_a_later_version_changes_nothing_until_it_is_taken(plant: Plant, cast: Cast) -> None:
    made = a_made_item(plant)
    order = an_item_order(cast.planner, made, plant)
    old = order.bom
    with acting(service_user("plant")):
        type(old).objects.filter(pk=old.pk).update(valid_until=minute(0).date())
    new = a_bom(made.item, {made.plate: "3"}, code="2", valid_from=minute(0).date())
    assert [m.quantity for m in order.materials.order_by("position")] == [200 * D("1.05"), 100]
    assert list(orders_seen(cast.planner, at=minute(0), show="open", bom=old.pk)) == [order]
    do("renew_order", cast.planner, order_id=order.pk)
    order.refresh_from_db()
    assert (order.bom, [(m.item, m.quantity) for m in order.materials.all()]) == (new, [(made.plate, 300)])
    start(cast.operator, steps(order)[0])
    with pytest.raises(services.WrongStatus):
        do("renew_order", cast.planner, order_id=order.pk)
    assert list(orders_seen(cast.planner, at=minute(0), show="open", bom=old.pk)) == []


def test_without_a_routing_nothing_is_released(plant: Plant, cast: Cast) -> None:
    made = a_made_item(plant)
    order = an_item_order(cast.planner, made, plant, release=False)
    with acting(service_user("plant")):
        made.item.routings.update(status="OBSOLETE")
    with pytest.raises(services.NoRouting):
        do("release_order", cast.planner, order_id=order.pk)
    assert state(order) == ("PLANNED", [])


def test_the_order_follows_its_steps(plant: Plant, cast: Cast) -> None:
    order = an_item_order(cast.planner, a_made_item(plant), plant)
    press, bench = steps(order)
    start(cast.operator, press)
    assert state(order) == ("RUNNING", ["RUNNING", "PENDING"])
    with pytest.raises(services.NothingToWorkOn):
        start(cast.operator, bench, 11)
    do("report_count", cast.operator, machine=plant.press, kind="good", quantity=D(4), at=minute(12))
    start(cast.operator, bench, 13)
    do("pause_operation", cast.operator, operation_id=press.pk, at=minute(20), reason="tool")
    assert state(order) == ("RUNNING", ["PAUSED", "RUNNING"])
    do("finish_operation", cast.operator, operation_id=bench.pk, at=minute(30))
    assert state(order) == ("PAUSED", ["PAUSED", "FINISHED"])
    do("finish_operation", cast.operator, operation_id=press.pk, at=minute(31))
    order.refresh_from_db()
    assert (order.status, order.finished_at) == ("FINISHED", minute(31))
    assert list(OrderRun.objects.values_list("operation", "machine", "started_at", "ended_at")) == [
        (press.pk, plant.press.pk, minute(10), minute(20))
    ]
    do("reopen_order", cast.planner, order_id=order.pk, reason="ten more")
    assert state(order) == ("PAUSED", ["FINISHED", "PAUSED"])
    do("finish_order", cast.operator, order_id=order.pk, at=minute(40))
    do("close_order", cast.controller, order_id=order.pk)
    with pytest.raises(services.WrongStatus):
        do("report_count", cast.operator, machine=None, operation=bench, kind="good", quantity=D(1))
    assert state(order) == ("CLOSED", ["FINISHED", "FINISHED"])


def test_nobody_is_stopped_without_a_way_on(plant: Plant, cast: Cast) -> None:
    order = an_item_order(cast.planner, a_made_item(plant), plant)
    press, bench = steps(order)
    assert start(cast.operator, bench, anyway=True).status == "RUNNING"
    with pytest.raises(services.ReasonNeeded):
        do("skip_operation", cast.operator, operation_id=press.pk, reason=" ")
    do("skip_operation", cast.operator, operation_id=press.pk, reason="pressed elsewhere")
    assert state(order) == ("RUNNING", ["SKIPPED", "RUNNING"])
    do("finish_operation", cast.operator, operation_id=bench.pk, at=minute(20))
    assert state(order) == ("FINISHED", ["SKIPPED", "FINISHED"])
    do("unskip_operation", cast.operator, operation_id=press.pk)
    assert state(order) == ("PAUSED", ["PENDING", "FINISHED"])


def test_the_last_step_is_not_left_out(plant: Plant, cast: Cast) -> None:
    order = an_order(cast.supervisor, plant.press)
    with pytest.raises(services.NothingLeftToDo):
        do("skip_operation", cast.operator, operation_id=steps(order)[0].pk, reason="no")
    assert state(order) == ("PLANNED", ["PENDING"])


def test_a_centre_of_several_machines_asks_which(plant: Plant, cast: Cast) -> None:
    made = a_made_item(plant)
    centre = made.presses
    with acting(service_user("plant")):
        centre.machines.create(machine=plant.lathe)
    order, other = (an_item_order(cast.planner, made, plant) for _ in range(2))
    assert [step.pk for step in operations_waiting(plant.lathe)] == [steps(order)[0].pk, steps(other)[0].pk]
    with pytest.raises(services.WrongMachine) as told:
        start(cast.operator, steps(order)[0])
    assert "Press 1, Lathe 2" in told.value.sentence
    with pytest.raises(services.WrongMachine):
        start(cast.operator, steps(order)[1], machine=plant.press, anyway=True)
    start(cast.operator, steps(order)[0], machine=plant.lathe)
    with pytest.raises(services.MachineTaken):
        start(cast.operator, steps(other)[0], machine=plant.lathe)
    assert running_operation(plant.lathe) == steps(order)[0]
    assert state(other) == ("RELEASED", ["PENDING", "PENDING"])
    # What was taken off one machine goes on at another of the centre.
    do("pause_operation", cast.operator, operation_id=steps(order)[0].pk, at=minute(20))
    start(cast.operator, steps(order)[0], 25, machine=plant.press)
    assert running_operation(plant.press) == steps(order)[0]


def test_only_the_machine_the_routing_names(plant: Plant, cast: Cast) -> None:
    made = a_made_item(plant)
    with acting(service_user("plant")):
        made.presses.machines.create(machine=plant.lathe)
        made.item.routings.get().operations.filter(number=10).update(machine=plant.press)
    step = steps(an_item_order(cast.planner, made, plant))[0]
    with pytest.raises(services.WrongMachine):
        start(cast.operator, step, machine=plant.lathe)
    assert start(cast.operator, step).machine == plant.press


def test_the_database_itself_refuses_two_running_steps_on_a_machine(plant: Plant, cast: Cast) -> None:
    first, second = (steps(an_order(cast.supervisor, plant.press))[0] for _ in range(2))
    start(cast.operator, first)
    with acting(cast.operator), pytest.raises(IntegrityError), transaction.atomic():
        OrderOperation.objects.filter(pk=second.pk).update(status="RUNNING")
    assert state(second.order) == ("PLANNED", ["PENDING"])


def test_a_stale_step_and_people_of_elsewhere_are_refused(plant: Plant, cast: Cast) -> None:
    order = an_item_order(cast.planner, a_made_item(plant), plant)
    step = steps(order)[0]
    for actor, refusal in (
        (cast.owner, Forbidden), (cast.neighbour, services.NoSuchOperation), (cast.stranger, services.NoSuchOperation)
    ):  # fmt: skip
        with pytest.raises(refusal):
            start(actor, step)
    for act, more in (
        ("release_order", {}), ("renew_order", {}), ("split_order", {"quantity": D(1)}), ("close_order", {}),
        ("change_order", {"wish": {"priority": 3}}), ("cancel_order", {"reason": "no"}),
        ("reopen_order", {"reason": "x"}),
        ("merge_orders", {"others": []}),
    ):  # fmt: skip
        for actor, refusal in ((cast.operator, Forbidden), (cast.stranger, services.NoSuchOrder)):
            with pytest.raises(refusal):
                do(act, actor, order_id=order.pk, **more)
    assert state(order) == ("RELEASED", ["PENDING", "PENDING"])
    start(cast.operator, step, version=1)
    with pytest.raises(StaleVersion) as told:
        do("finish_operation", cast.operator, operation_id=step.pk, at=minute(20), version=1)
    assert told.value.details["current"] == {"version": 2, "status": "RUNNING", "machine": "Press 1"}


def test_counts_belong_to_the_step_where_it_happened(plant: Plant, cast: Cast) -> None:
    order = an_item_order(cast.planner, a_made_item(plant), plant)
    press, bench = steps(order)
    reason = a_loss_reason()
    start(cast.operator, press)
    report = {"machine": plant.press, "at": minute(12)}
    do("report_count", cast.operator, kind="good", quantity=D(50), **report)
    do("report_count", cast.operator, kind="rework", quantity=D(3), loss_reason=reason, **report)
    start(cast.operator, bench, 13)
    at_bench = {"machine": None, "operation": bench, "at": minute(20)}
    do("report_count", cast.operator, kind="good", quantity=D(40), **at_bench)
    do("report_reading", cast.operator, start=D(100), end=D(105), **at_bench)
    # Found at the bench, made at the press.
    entry = do(
        "report_count", cast.operator, kind="scrap", quantity=D(2), machine=None, operation=press, loss_reason=reason,
        at=minute(21),
    )  # fmt: skip
    assert (entry.machine, entry.operation, entry.loss_reason) == (None, press, reason)
    assert counts_of_operation(press, minute(60))[1:] == (50, 2, 3)
    assert counts_of_operation(bench, minute(60))[1:] == (45, 0, 0)
    whole = counts_of_orders([order], minute(60))[order.pk]
    assert (whole.good, whole.scrap, whole.rework) == (45, 2, 3)
    assert CountEntry.objects.get(quantity=5).reason == "100 → 105"
    for wish, refusal in (
        ({"kind": "good", "loss_reason": reason, "quantity": D(1)}, services.BadLossReason),
        ({"kind": "good", "quantity": D(0)}, services.BadQuantity),
    ):
        with pytest.raises(refusal):
            do("report_count", cast.operator, **at_bench, **wish)
    with pytest.raises(services.BadQuantity):
        do("report_reading", cast.operator, start=D(105), end=D(100), **at_bench)
    with pytest.raises(Forbidden):
        do("report_count", cast.stranger, kind="good", quantity=D(1), **at_bench)
    assert CountEntry.objects.count() == 5


@pytest.mark.parametrize(
    ("count_by", "good"), [("MACHINE", D(37)), ("PERSON", D(5)), ("BOTH", D(42))], ids=["machine", "person", "both"]
)
def test_who_counts_is_said_by_the_step(plant: Plant, cast: Cast, count_by: str, good: Decimal) -> None:
    made = a_made_item(plant)
    with acting(service_user("plant")):
        made.item.routings.get().operations.filter(number=10).update(count_by=count_by)
    press = steps(an_item_order(cast.planner, made, plant))[0]
    start(cast.operator, press)
    _gateway(plant, 12, 40, "pieces")
    _gateway(plant, 13, 3, "scrap")
    wish = {"machine": plant.press, "kind": "good", "quantity": D(5), "at": minute(15)}
    if count_by == "MACHINE":
        with pytest.raises(services.CountedByMachine):
            do("report_count", cast.operator, **wish)
    else:
        do("report_count", cast.operator, **wish)
    assert counts_of_operation(press, minute(60)).good == good


def test_counts_that_arrive_three_days_late_belong_to_the_step_that_ran_then(plant: Plant, cast: Cast) -> None:
    first, second = (an_order(cast.supervisor, plant.press) for _ in range(2))
    do("start_order", cast.operator, order_id=first.pk, at=minute(0))
    do("finish_order", cast.operator, order_id=first.pk, at=minute(60))
    do("start_order", cast.operator, order_id=second.pk, at=minute(60))
    later = minute(60) + timedelta(days=3)
    before = counts_of_orders([first, second], later)
    _gateway(plant, 30, 17, "pieces")
    _gateway(plant, 60, 4, "pieces")
    after = counts_of_orders([first, second], later)
    assert [before[first.pk].good, before[second.pk].good] == [0, 0]
    assert [after[first.pk].good, after[second.pk].good] == [17, 4]


def test_counts_of_many_orders_take_as_many_queries_as_of_two(
    plant: Plant, cast: Cast, django_assert_num_queries: object
) -> None:
    made = a_made_item(plant)
    orders = [an_item_order(cast.planner, made, plant) for _ in range(6)]
    for several in (orders[:2], orders):
        with django_assert_num_queries(3):
            counts_of_orders(several, minute(60))


def test_a_step_is_queued_at_a_machine_of_its_centre(plant: Plant, cast: Cast) -> None:
    made = a_made_item(plant)
    with acting(service_user("plant")):
        made.presses.machines.create(machine=plant.lathe)
    order = an_item_order(cast.planner, made, plant)
    step = steps(order)[0]
    do("place_operation", cast.planner, operation_id=step.pk, machine=plant.lathe)
    assert ([*operations_waiting(plant.lathe)], [*operations_waiting(plant.press)]) == ([step], [])
    with pytest.raises(Forbidden):
        do("place_operation", cast.operator, operation_id=step.pk, machine=plant.press)
    with pytest.raises(services.WrongMachine):
        do("place_operation", cast.planner, operation_id=step.pk, machine=plant.robot)
    do("place_operation", cast.planner, operation_id=step.pk, machine=None)
    assert [*operations_waiting(plant.press)] == [step]


def test_a_centre_alone_needs_no_machine_said(plant: Plant, cast: Cast) -> None:
    made = a_made_item(plant)
    assert a_centre_of(plant.lathe).machines.count() == 1
    step = start(cast.operator, steps(an_item_order(cast.planner, made, plant))[0])
    assert (step.machine, running_operation(plant.press)) == (plant.press, step)


def _gateway(plant: Plant, at: float, delta: int, counts: str) -> None:
    """A step of the press's counter."""
    gateway, _token = a_gateway(plant.site)
    tag = a_tag(gateway, f"count-{at}", plant.press, "counter")
    CounterStep.objects.create(machine=plant.press, tag=tag, at=minute(at), delta=D(delta), kind="step", counts=counts)
