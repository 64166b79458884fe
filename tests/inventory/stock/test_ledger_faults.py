"""Many people at once, and processes killed while posting: moves, balances, values and the story always agree."""

import itertools
import os
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.events.models import Event
from inventory.items.states import Tracking
from inventory.lots.models import Lot
from inventory.lots.services import judge_lot
from inventory.stock.models import Location, Reservation, StockBalance, StockMove, StockValue, ValueEntry
from inventory.stock.services import acts
from inventory.stock.services.balancing import lock_items
from inventory.stock.services.refusals import NotEnough, StockBusy
from inventory.stock.services.reserving import free, reserve
from tests.inventory.stock.small_store import SmallStore
from tests.patience import PATIENCE_S
from tests.world.inventory import a_lot, an_item
from tests.world.killing import at_once, born, kill, wait_for_the_dead

KILLS = int(os.environ.get("KILL_TIMES", "40"))
SEED = int(os.environ.get("KILL_SEED", "20261121"))
PEOPLE = 50

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, pytest.mark.timeout(KILLS + 180)]


@pytest.fixture
def shop(transactional_db, plant, cast) -> SmallStore:
    return SmallStore(cast, plant)


def test_fifty_people_take_the_last_unit(shop):
    shop.receive("1", at=now())
    take = lambda: shop.do(acts.issue, quantity="1", from_location=shop.store, at=now())  # noqa: E731 - fifty times the same
    began = time.monotonic()
    ends = at_once(*[take] * PEOPLE)
    took = time.monotonic() - began
    refused = [end for end in ends if isinstance(end, NotEnough)]
    assert Counter(type(end).__name__ for end in ends) == {"StockMove": 1, "NotEnough": PEOPLE - 1}
    assert {refusal.sentence for refusal in refused} == {
        "No B-100 lies in A; 1 pcs were asked for. Look where else it lies."
    }
    assert (shop.lies(), StockMove.objects.filter(kind="ISSUE").count()) == ({}, 1)
    check_books()
    assert took < PATIENCE_S
    print(f"{PEOPLE} people took the last unit in {took:.2f} s")


def test_the_same_scan_sent_many_times_at_once_moves_once(shop):
    shop.receive("1", at=now())
    take = lambda: shop.do(acts.issue, quantity="1", from_location=shop.store, at=now(), key="scan-1")  # noqa: E731 - as above
    ends = at_once(*[take] * 10)
    assert len({end.pk for end in ends}) == 1
    check_books()


def test_a_serial_number_comes_in_once_however_many_scan_it(shop):
    item = an_item(tracking=Tracking.SERIAL)
    piece = a_lot(item, "SN-1")
    places = [shop.store, shop.bin] * 5
    ends = at_once(
        *[lambda place=place: shop.receive("1", item=item, lot=piece, to_location=place, at=now()) for place in places]
    )
    assert Counter(type(end).__name__ for end in ends) == {"StockMove": 1, "SerialInStock": 9}
    check_books()


def test_reservations_race_for_the_same_stock(shop):
    shop.receive("10", at=now())
    wishes = [lambda n=n: shop.reserve("3", label=f"SO-{n}", at=now()) for n in range(10)]
    ends = at_once(*wishes)
    assert Counter(type(end).__name__ for end in ends) == {"Reservation": 3, "NotEnough": 7}
    assert StockBalance.objects.values_list("quantity", "reserved").get() == (10, 9)
    kept = list(Reservation.objects.order_by("id"))
    back = lambda: shop.do(_free, reservation=kept[0], at=now())  # noqa: E731 - twice the same
    use = lambda: shop.do(acts.issue, quantity="3", from_location=shop.store, reservation=kept[0], at=now())  # noqa: E731 - twice the same
    ends = at_once(back, use, back, use)
    kept[0].refresh_from_db()
    assert kept[0].status in {"USED", "FREED"}
    left = StockBalance.objects.values_list("quantity", "reserved").get()
    assert left == {"USED": (7, 6), "FREED": (10, 6)}[kept[0].status]
    check_books()


def _free(*, actor, item, at, reservation):
    return free(actor=actor, reservation_id=reservation.pk, at=at)


def test_what_is_held_while_somebody_issues_is_either_issued_or_held(shop):
    item = an_item(tracking=Tracking.LOT)
    lot = a_lot(item, "L-1")
    shop.receive("20", item=item, lot=lot, at=now())

    def hold() -> Lot:
        with acting(shop.people.quality, channel="test"):
            return judge_lot(actor=shop.people.quality, lot_id=lot.pk, status="HOLD", reason="scratches", at=now())

    take = lambda: shop.do(acts.issue, item=item, lot=lot, quantity="1", from_location=shop.store, at=now())  # noqa: E731 - ten times
    ends = at_once(*[take] * 5, hold, *[take] * 5)
    count = Counter(type(end).__name__ for end in ends)
    assert count["Lot"] == 1
    assert count["StockMove"] + count["LotBlocked"] == 10
    held_at = Event.objects.get(name="lots.lot_held").pk
    assert not Event.objects.filter(name="stock.issued", pk__gt=held_at).exists()
    check_books()


def test_people_who_move_crosswise_do_not_block_each_other(shop):
    other = an_item()
    for item in (shop.item, other):
        for place in (shop.store, shop.bin):
            shop.receive("100", item=item, to_location=place, at=now())

    def both_ways(turn: int) -> bool:
        actor, items = shop.people.storekeeper, [shop.item, other][:: 1 if turn % 2 else -1]
        places = [shop.store, shop.bin][:: 1 if turn % 3 else -1]
        for _round in range(4):
            with acting(actor, channel="test"):
                lock_items(items)
                for item in items:
                    acts.transfer(
                        actor=actor, item=item, quantity=Decimal(1), from_location=places[0], to_location=places[1],
                        at=now(),
                    )  # fmt: skip
                    acts.issue(actor=actor, item=item, quantity=Decimal(1), from_location=places[1], at=now())
        return True

    assert at_once(*[lambda turn=turn: both_ways(turn) for turn in range(8)]) == [True] * 8
    check_books()


def test_acts_that_forgot_to_lock_ahead_end_with_a_sentence(shop):
    other, met = an_item(), threading.Barrier(2)
    for item in (shop.item, other):
        shop.receive("11", item=item, at=now())
        shop.do(acts.issue, item=item, quantity="1", from_location=shop.store, at=now())

    def take_both(items) -> str:
        actor = shop.people.storekeeper
        with acting(actor, channel="test"):
            for item in items:
                acts.issue(actor=actor, item=item, quantity=Decimal(1), from_location=shop.store, at=now())
                if item is items[0]:
                    met.wait(PATIENCE_S)
        return "both"

    ends = at_once(lambda: take_both([shop.item, other]), lambda: take_both([other, shop.item]))
    assert Counter(type(end).__name__ for end in ends) == {"str": 1, "StockBusy": 1}
    assert [str(end) for end in ends if isinstance(end, StockBusy)] == [
        "Somebody else is working with the same stock right now. Try again in a moment."
    ]
    assert sorted(StockBalance.objects.values_list("quantity", flat=True)) == [9, 9]
    check_books()


def test_moves_and_balances_agree_after_kills_at_random(shop):
    chance = random.Random(SEED)
    tracked = an_item("T-1", tracking=Tracking.LOT)
    a_lot(tracked, "L-1")
    shop.receive("1000", at=now())
    shop.receive("1", item=tracked, lot=Lot.objects.get(), at=now())
    began = time.monotonic()
    for turn in range(KILLS):
        pid, ready = born(partial(_post_for_ever, shop, random.Random(SEED + turn)))
        assert os.read(ready, 1) == b"!", "the poster never began"
        time.sleep(chance.uniform(0.010, 0.060))
        kill(pid, ready)
        if turn % 20 == 0:
            check_books()
    took = time.monotonic() - began
    wait_for_the_dead()
    check_books()
    posted = StockMove.objects.count()
    assert posted >= KILLS + 2, "each of them posts at least its first receipt"
    print(f"{KILLS} kills in {took:.1f} s, {posted} moves, seed {SEED}")


def _post_for_ever(shop: SmallStore, chance: random.Random, tell: Callable[[bytes], Any]) -> None:
    lot, actor = Lot.objects.select_related("item__unit").get(), shop.people.storekeeper
    for turn in itertools.count():
        if turn == 1:
            # Warm now: kills shall meet people at work, not a process that connects.
            tell(b"!")
        item, told = (shop.item, None) if chance.random() < 0.6 else (lot.item, lot)
        wish: dict[str, Any] = {"actor": actor, "item": item, "lot": told, "at": now()}
        quantity, (here, there) = Decimal(chance.randint(1, 9)), chance.sample([shop.store, shop.bin], 2)
        with suppress(Refusal), acting(actor, channel="test"):
            match chance.randint(0, 4) if turn else 0:
                case 0:
                    acts.receive(**wish, quantity=quantity, to_location=here, unit_cost=Decimal(chance.randint(1, 20)))
                case 1:
                    acts.transfer(**wish, quantity=quantity, from_location=here, to_location=there)
                case 2:
                    acts.issue(**wish, quantity=quantity, from_location=here)
                case 3:
                    acts.scrap(**wish, quantity=Decimal(1), from_location=here, reason="broken")
                case 4:
                    kept = reserve(**wish, quantity=quantity, location=here, source=None)
                    acts.issue(**wish, quantity=quantity, from_location=here, reservation=kept)


def check_books() -> None:
    """What lies, what it is worth, what is reserved and what is told follow from the moves, and from them alone."""
    wait_for_the_dead()
    outside = set(
        Location.objects.filter(kind__in=("SUPPLIER", "PRODUCTION", "CUSTOMER", "ADJUSTMENT", "OPENING")).values_list(
            "pk", flat=True
        )
    )
    lying: dict[tuple[int, int | None, int], Decimal] = defaultdict(Decimal)
    owned: dict[int, Decimal] = defaultdict(Decimal)
    crossing = set()
    for pk, item, lot, origin, to, quantity in StockMove.objects.values_list(
        "id", "item", "lot", "from_location", "to_location", "quantity"
    ):
        if origin not in outside:
            lying[item, lot, origin] -= quantity
        if to not in outside:
            lying[item, lot, to] += quantity
        if (origin in outside) != (to in outside):
            owned[item] += quantity if origin in outside else -quantity
            crossing.add(pk)
    balances = StockBalance.objects.values_list("item", "lot", "location", "quantity")
    assert {(i, lot, p): q for i, lot, p, q in balances} == {key: q for key, q in lying.items() if q}
    entries = list(ValueEntry.objects.values_list("move", "item", "quantity", "value"))
    assert {move for move, *_rest in entries} == crossing
    assert len(entries) == len(crossing)
    worth: dict[int, Decimal] = defaultdict(Decimal)
    for _move, item, _quantity, value in entries:
        worth[item] += value
    assert {
        item: (quantity, value) for item, quantity, value in StockValue.objects.values_list("item", "quantity", "value")
    } == {item: (owned[item], worth[item]) for item in worth}
    kept: dict[tuple[int, int | None, int], Decimal] = defaultdict(Decimal)
    for item, lot, place, quantity in Reservation.objects.filter(status="ACTIVE").values_list(
        "item", "lot", "location", "quantity"
    ):
        kept[item, lot, place] += quantity
    reserved = StockBalance.objects.filter(reserved__gt=0).values_list("item", "lot", "location", "reserved")
    assert {(i, lot, p): q for i, lot, p, q in reserved} == kept
    told = Event.objects.filter(payload__has_key="move").count()
    assert told == StockMove.objects.count()
