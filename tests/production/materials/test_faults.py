"""Killed while completing, and two at once: goods, material, lot uses and status always agree."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal
from inventory.items.models import Item
from inventory.lots.models import LotUse
from inventory.stock.models import StockBalance, StockMove, StockValue, ValueEntry
from production.materials.queries import issued_of, put_out_of
from production.materials.services import backflush_step, complete_order, issue_material
from production.orders.models import OrderOperation, ProductionOrder
from tests.world.inventory import a_lot, an_item
from tests.world.killing import at_once, born, kill, wait_for_the_dead
from tests.world.work import Works, a_need, counted

KILLS = int(os.environ.get("KILL_TIMES", "30"))
SEED = int(os.environ.get("KILL_SEED", "20261121"))
ORDERS = 24

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, pytest.mark.timeout(KILLS + 180)]


@pytest.fixture
def works(transactional_db, plant, cast) -> Works:
    return Works(plant, cast)


def an_order_to_complete(works: Works, item: Item, screw: Item, foil: Item) -> ProductionOrder:
    order, step = works.order(item, quantity="10")
    a_need(order, screw, "2", issue="STEP")
    a_need(order, foil, "1", issue="END")
    counted(step, works.people.operator, good="9", scrap="1", at=now())
    return order


@pytest.fixture
def things(works) -> tuple[Item, Item, Item]:
    item, screw, foil = (an_item(tracking="LOT") for _n in range(3))
    for made_of in (screw, foil):
        works.stocked(made_of, "100000", lot=a_lot(made_of, f"LOT-{made_of.number}"), at=now())
    return item, screw, foil


def test_of_two_who_complete_an_order_at_once_one_does(works, things):
    order = an_order_to_complete(works, *things)
    complete = lambda: works.do(complete_order, order_id=order.pk, quantity="9", at=now())  # noqa: E731 - twice the same
    ends = at_once(complete, complete)
    counts = Counter(type(end).__name__ for end in ends)
    assert counts["ProductionOrder"] == 1
    assert set(counts) <= {"ProductionOrder", "StaleVersion", "AlreadyComplete"}
    assert put_out_of(order) == 9
    agrees(order)


def test_the_same_tap_from_two_hands_completes_once(works, things):
    order = an_order_to_complete(works, *things)
    tap = lambda: works.do(complete_order, order_id=order.pk, quantity="9", key="tap", at=now())  # noqa: E731 - twice the same
    at_once(tap, tap)
    assert put_out_of(order) == 9


def test_reports_and_people_at_once_take_each_piece_once(works, things):
    item, screw, _foil = things
    order, step = works.order(item, quantity="10")
    row = a_need(order, screw, "2", issue="STEP")
    counted(step, works.people.operator, good="8", at=now())
    lot = StockBalance.objects.get(item=screw).lot
    flush = lambda: works.do(backflush_step, operation=step, at=now())  # noqa: E731 - three times the same
    take = lambda: works.do(  # noqa: E731 - one of four
        issue_material, material_id=row.pk, quantity="1", from_location=works.shelf, lot=lot, at=now()
    )
    ends = at_once(flush, flush, flush, take)
    assert not [end for end in ends if isinstance(end, Exception)]
    [found] = issued_of(order)
    assert found.used in (16, 17)


def test_goods_material_uses_and_status_agree_after_kills_at_random(works, things):
    chance = random.Random(SEED)
    orders = [an_order_to_complete(works, *things) for _n in range(ORDERS)]
    left, began = [order.pk for order in orders], time.monotonic()
    for turn in range(KILLS):
        pid, ready = born(_finisher(works, left))
        assert os.read(ready, 1) == b"!", "the finisher never began"
        if turn % 3 == 0:
            # However slow the machine is today: some are killed in the act after their first order.
            assert os.read(ready, 1) == b".", "the finisher completed nothing"
        time.sleep(chance.uniform(0.0, 0.3))
        kill(pid, ready)
        wait_for_the_dead()
        done = set(ProductionOrder.objects.filter(pk__in=left, status="FINISHED").values_list("pk", flat=True))
        left = [pk for pk in left if pk not in done]
        if not left:
            break
    took = time.monotonic() - began
    finished = [order for order in ProductionOrder.objects.order_by("id") if agrees(order)]
    assert finished, "nobody ever got as far as one order"
    lying = StockBalance.objects.filter(location=works.dock).values_list("quantity", flat=True)
    assert list(lying) == [9] * len(finished)
    books_agree()
    print(f"{KILLS} kills in {took:.1f} s, {len(finished)} orders completed, seed {SEED}")


def agrees(order: ProductionOrder) -> bool:
    """Whether the order is finished; everything of it is booked then, and nothing else."""
    order.refresh_from_db()
    steps = set(OrderOperation.objects.filter(order=order).values_list("status", flat=True))
    used = [row.used for row in issued_of(order)]
    noted = Counter()
    for lot, quantity in LotUse.objects.filter(source_id=order.pk).values_list("input__item", "quantity"):
        noted[lot] += quantity
    if order.status == "FINISHED":
        assert (put_out_of(order), used, steps) == (9, [20, 10], {"FINISHED"}), order
        assert sorted(noted.values()) == [10, 20]
        return True
    assert (put_out_of(order), used, steps, noted) == (0, [0, 0], {"RUNNING"}, Counter()), order
    return False


def books_agree() -> None:
    """What lies and what it is worth follow from the moves."""
    net: dict[int, Decimal] = Counter()
    for item, kind, quantity in StockMove.objects.values_list("item", "kind", "quantity"):
        net[item] += -quantity if kind == "ISSUE" else quantity
    lying: dict[int, Decimal] = Counter()
    for item, quantity in StockBalance.objects.values_list("item", "quantity"):
        lying[item] += quantity
    assert lying == net
    assert dict(StockValue.objects.values_list("item", "quantity")) == dict(net)
    assert ValueEntry.objects.count() == StockMove.objects.count()


def _finisher(works: Works, left: list[int]) -> Callable[[Callable[[bytes], Any]], None]:
    """Completes orders until it is killed, warm before it says so: kills shall meet people at work."""

    def work(tell: Callable[[bytes], Any]) -> None:
        actor = works.people.operator
        ProductionOrder.objects.count()
        tell(b"!")
        for pk in left:
            with suppress(Refusal), acting(actor, channel="test"):
                complete_order(actor=actor, order_id=pk, quantity=Decimal(9), at=now())
            tell(b".")

    return work
