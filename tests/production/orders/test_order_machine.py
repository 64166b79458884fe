"""Whatever people do with orders, in whatever order: what was asked for is conserved, and the books agree."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from factory_core.access.identity import acting
from factory_core.errors import Refusal
from factory_core.people.models import User
from production.orders import services
from production.orders.models import CountEntry, OrderMaterial, OrderOperation, OrderRun, ProductionOrder
from production.orders.rules import status_of
from tests.world.orders import Made, a_made_item, steps
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import minute

WATCHED = (ProductionOrder, OrderOperation, OrderMaterial, OrderRun, CountEntry)
ASKED = st.decimals("0.5", "40", places=3)


class Orders(RuleBasedStateMachine):
    """Acts on orders of one item that is made at a press and at a bench; the press exists once."""

    orders = Bundle("orders")
    plant: Plant
    cast: Cast
    made: Made

    def __init__(self) -> None:
        super().__init__()
        self.minutes = 0
        # What was asked for and neither merged away nor given up must be found in the books.
        self.asked = Decimal(0)
        self.undo = transaction.atomic()
        self.undo.__enter__()

    def teardown(self) -> None:
        """Each story begins with an empty plant."""
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def act(self, actor: User, name: str, **wish: object) -> object:
        """One act; a refused one must have changed nothing."""
        self.minutes += 1
        before = _everything()
        try:
            with acting(actor, channel="test"):
                return getattr(services, name)(actor=actor, at=self.at, **wish)
        except Refusal:
            assert _everything() == before, f"{name} was refused and changed something"
            return None

    @property
    def at(self) -> datetime:
        """Each act a minute later."""
        return minute(0) + timedelta(minutes=self.minutes)

    @rule(target=orders, quantity=ASKED)
    def plan(self, quantity: Decimal) -> object:
        """An order more."""
        order = self.act(
            self.cast.planner, "plan_item", item=self.made.item, quantity=quantity, line=self.plant.line_a,
            due_at=minute(5000), start_at=minute(0),
        )  # fmt: skip
        self.asked += quantity
        return order.pk

    @rule(key=orders, name=st.sampled_from(["release_order", "renew_order"]))
    def release(self, key: int, name: str) -> None:
        """Frozen, or frozen anew."""
        self.act(self.cast.planner, name, order_id=key)

    @rule(key=orders, name=st.sampled_from(["start_order", "pause_order", "finish_order"]))
    def run(self, key: int, name: str) -> None:
        """What the shop floor does with a whole order."""
        self.act(self.cast.operator, name, order_id=key)

    @rule(
        key=orders,
        first=st.booleans(),
        name=st.sampled_from(["start_operation", "pause_operation", "finish_operation", "skip_operation"]),
    )
    def step(self, key: int, first: bool, name: str) -> None:
        """What the shop floor does with one step."""
        found = steps(ProductionOrder(pk=key))
        if found:
            more = {"reason": "why not"} if name == "skip_operation" else {}
            self.act(self.cast.operator, name, operation_id=found[0 if first else -1].pk, **more)

    @rule(key=orders, first=st.booleans(), kind=st.sampled_from(["good", "scrap", "rework"]))
    def count(self, key: int, first: bool, kind: str) -> None:
        """Pieces of a step."""
        found = steps(ProductionOrder(pk=key))
        if found:
            step = found[0 if first else -1]
            self.act(
                self.cast.operator, "report_count", machine=None, operation=step, kind=kind, quantity=Decimal("0.25")
            )

    @rule(target=orders, key=orders, quantity=ASKED)
    def split(self, key: int, quantity: Decimal) -> object:
        """Part of an order by itself."""
        part = self.act(self.cast.planner, "split_order", order_id=key, quantity=quantity)
        return part.pk if part is not None else multiple()

    @rule(key=orders, other=orders)
    def merge(self, key: int, other: int) -> None:
        """Two orders as one."""
        if key != other:
            self.act(self.cast.planner, "merge_orders", order_id=key, others=[other])

    @rule(key=consumes(orders))
    def cancel(self, key: int) -> None:
        """Given up."""
        was = ProductionOrder.objects.get(pk=key)
        done = self.act(self.cast.planner, "cancel_order", order_id=key, reason="not wanted", children=True)
        if done is not None and was.status != "CANCELLED":
            self.asked -= was.quantity

    @rule(key=orders, name=st.sampled_from(["reopen_order", "close_order"]))
    def end(self, key: int, name: str) -> None:
        """After the end."""
        actor, more = (self.cast.planner, {"reason": "more"}) if name == "reopen_order" else (self.cast.controller, {})
        self.act(actor, name, order_id=key, **more)

    @invariant()
    def nothing_is_lost(self) -> None:
        """Split and merged, the quantities add up to what was asked for."""
        kept = ProductionOrder.objects.exclude(status__in=("MERGED", "CANCELLED")).values_list("quantity", flat=True)
        assert sum(kept, Decimal(0)) == self.asked

    @invariant()
    def a_machine_does_one_thing(self) -> None:
        """One running step and one open run a machine, and they are the same."""
        running = OrderOperation.objects.filter(status="RUNNING").exclude(machine=None)
        open_runs = OrderRun.objects.filter(ended_at=None)
        assert sorted(running.values_list("pk", "machine")) == sorted(open_runs.values_list("operation", "machine"))
        assert running.count() <= 1

    @invariant()
    def orders_are_what_their_steps_say(self) -> None:
        """By the one rule."""
        for order in ProductionOrder.objects.prefetch_related("operations"):
            said = [step.status for step in sorted(order.operations.all(), key=lambda step: step.number)]
            assert order.status == status_of(order.status, said), order
            assert (order.finished_at is not None) == (order.status in ("FINISHED", "CLOSED"))

    @invariant()
    def steps_and_material_fit_the_quantity(self) -> None:
        """Frozen quantities follow what is to be made, a few millionths of rounding apart."""
        for order in ProductionOrder.objects.exclude(status="PLANNED").prefetch_related("operations", "materials"):
            for row in (*order.operations.all(), *order.materials.all()):
                per = Decimal("2.1") if getattr(row, "item_id", 0) == self.made.screw.pk else 1
                assert abs(row.quantity - order.quantity * per) < Decimal("0.0001")


def _everything() -> list[list[dict]]:
    return [list(model.objects.order_by("pk").values()) for model in WATCHED]


@pytest.fixture
def played(plant: Plant, cast: Cast) -> Callable[[], None]:
    """The stories, in a plant that exists once."""
    made = a_made_item(plant)
    machine = type("OrdersHere", (Orders,), {"plant": plant, "cast": cast, "made": made})

    def play() -> None:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=5,
                stateful_step_count=16,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )

    return play


def test_orders_agree_with_their_books_whatever_is_done(played: Callable[[], None]) -> None:
    played()
