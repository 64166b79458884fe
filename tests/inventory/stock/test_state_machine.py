"""Whatever people do with stock in whatever order: moves, balances, reservations and values say the same.

STOCK_STEPS=20000 runs for as long as that takes; without it the same few hundred steps each time.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.people.services import service_user
from factory_core.sources import SourceRef
from inventory.items.models import Item, ItemCost
from inventory.lots.models import Lot
from inventory.lots.services import judge_lot
from inventory.lots.states import LOT_MOVES, USABLE, LotStatus
from inventory.stock.models import CostLayer, Location, Reservation, StockBalance, StockMove, StockValue
from inventory.stock.queries.differences import balance_differences, value_differences
from inventory.stock.services import acts
from inventory.stock.services.rebuilding import rebuild_balances, rebuild_values
from inventory.stock.services.reserving import free, reserve
from tests.world.inventory import a_location, a_lot, a_partner, an_item
from tests.world.plain_books import PlainBooks
from tests.world.plant import a_plant

STEPS_A_LIFE = 30
STEPS = int(os.environ.get("STOCK_STEPS", "240"))
USES = ("PRODUCTION", "CUSTOMER")

quantities = st.integers(1, 40).map(Decimal) | st.decimals(Decimal("0.000001"), 40, places=6, allow_nan=False)
# Nothing is tried as often as taking all, or a part, of what is there.
shares = st.sampled_from([Decimal(1), Decimal("0.5"), Decimal("0.333333")]) | st.none()
costs = st.none() | st.integers(0, 90).map(Decimal) | st.decimals(0, 90, places=6, allow_nan=False)
which = st.integers(0, 1000)


def _something_lies(life: "StockLife") -> bool:
    return any(life.plain.lies.values())


class StockLife(RuleBasedStateMachine):
    """Two sites, four places, three items, four lots. Each life ends as if it had never been."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = ExitStack()
        self.undo.enter_context(transaction.atomic())
        self.actor = service_user("plant")
        site, other = a_plant("one").site, a_plant("two").site
        self.places = [a_location(site), a_location(site), a_location(site, kind="QUARANTINE"), a_location(other)]
        bolt, steel, paint = an_item(), an_item(tracking="LOT", valuation="FIFO"), an_item(tracking="LOT")
        with acting(self.actor, channel="test"):
            ItemCost.objects.create(item=bolt, cost=Decimal("1.25"), currency="EUR", valid_from="2020-01-01")
        self.goods: list[tuple[Item, Lot | None]] = [
            (bolt, None), *((item, a_lot(item)) for item in (steel, steel, paint, paint)),
        ]  # fmt: skip
        self.customer = a_partner(customer=True)
        self.reservations: dict[int, tuple[tuple[int, int | None, int], Decimal]] = {}
        self.halves: dict[int, int] = {}
        self.judged = 0
        self.at = now() - timedelta(days=2)
        sites = {place.pk: place.site_id for place in self.places}
        self.plain = PlainBooks(sites, {steel.pk}, {bolt.pk: Decimal("1.25")})

    def teardown(self) -> None:
        """Thrown away and rebuilt, all is as it was; then the life is undone."""
        try:
            before = _stored()
            for model in (StockBalance, StockValue, CostLayer):
                model.objects.all().delete()
            rebuild_balances()
            rebuild_values()
            assert _stored() == before
        finally:
            transaction.set_rollback(True)
            self.undo.close()

    @rule(good=which, place=which, quantity=quantities, cost=costs, late=st.booleans())
    def receive(self, good: int, place: int, quantity: Decimal, cost: Decimal | None, late: bool) -> None:
        (item, lot), target = self._good(good), self._place(place)
        at = self._tick() - timedelta(days=30 * late)
        move = self._done(
            acts.receive, item=item, lot=lot, quantity=quantity, to_location=target, at=at, unit_cost=cost
        )
        self._wrote(move, "SUPPLIER", target.pk, cost=cost)

    @precondition(_something_lies)
    @rule(pick=which, quantity=quantities, share=shares, to=st.sampled_from(["issue", "dispatch", "return"]))
    def leave(self, pick: int, quantity: Decimal, share: Decimal | None, to: str) -> None:
        item, lot, source = self._lying(pick)
        key = _key(item, lot, source)
        quantity = self._part(key, share, quantity)
        wish: dict[str, Any] = {
            "item": item, "lot": lot, "quantity": quantity, "from_location": source, "at": self._tick(),
        }  # fmt: skip
        act, target = {
            "issue": (acts.issue, "PRODUCTION"),
            "dispatch": (acts.dispatch_out, "CUSTOMER"),
            "return": (acts.return_to_supplier, "SUPPLIER"),
        }[to]
        wish |= {"partner": self.customer} if to == "dispatch" else {}
        if self._may_go(key, quantity, target):
            self._wrote(self._done(act, **wish), source.pk, target)
        else:
            self._refused(act, **wish)

    @rule(good=which, place=which, quantity=quantities, customer=st.booleans())
    def come_back(self, good: int, place: int, quantity: Decimal, customer: bool) -> None:
        (item, lot), target = self._good(good), self._place(place)
        wish: dict[str, Any] = {"item": item, "lot": lot, "quantity": quantity, "to_location": target}
        act, source = (acts.take_back_from_customer, "CUSTOMER") if customer else (acts.take_back, "PRODUCTION")
        wish |= {"partner": self.customer} if customer else {}
        self._wrote(self._done(act, at=self._tick(), **wish), source, target.pk, comes_back=True)

    @precondition(_something_lies)
    @rule(pick=which, place=which, quantity=quantities, share=shares)
    def transfer(self, pick: int, place: int, quantity: Decimal, share: Decimal | None) -> None:
        item, lot, source = self._lying(pick)
        quantity = self._part(_key(item, lot, source), share, quantity)
        target = self._place(place)
        wish: dict[str, Any] = {
            "item": item, "lot": lot, "quantity": quantity, "from_location": source, "to_location": target,
            "at": self._tick(),
        }  # fmt: skip
        if source != target and self._may_go(_key(item, lot, source), quantity, target.pk):
            self._wrote(self._done(acts.transfer, **wish), source.pk, target.pk)
        else:
            self._refused(acts.transfer, **wish)

    @precondition(_something_lies)
    @rule(pick=which, counted=quantities)
    def count(self, pick: int, counted: Decimal) -> None:
        """Somebody counts and the difference is accepted."""
        item, lot, place_of_it = self._lying(pick)
        difference = counted - self.plain.lies[_key(item, lot, place_of_it)]
        if not difference:
            return
        wish: dict[str, Any] = {
            "item": item, "lot": lot, "difference": difference, "location": place_of_it, "at": self._tick(),
            "reason": "counted",
        }  # fmt: skip
        if difference > 0:
            self._wrote(self._done(acts.adjust, **wish), "ADJUSTMENT", place_of_it.pk, comes_back=True)
        elif self._may_go(_key(item, lot, place_of_it), -difference, "ADJUSTMENT"):
            self._wrote(self._done(acts.adjust, **wish), place_of_it.pk, "ADJUSTMENT")
        else:
            self._refused(acts.adjust, **wish)

    @precondition(_something_lies)
    @rule(pick=which, quantity=quantities, share=shares)
    def scrap(self, pick: int, quantity: Decimal, share: Decimal | None) -> None:
        item, lot, source = self._lying(pick)
        quantity = self._part(_key(item, lot, source), share, quantity)
        wish: dict[str, Any] = {
            "item": item, "lot": lot, "quantity": quantity, "from_location": source, "at": self._tick(),
            "reason": "bent",
        }  # fmt: skip
        if source.kind != "SCRAP" and self._may_go(_key(item, lot, source), quantity, "SCRAP"):
            move = self._done(acts.scrap, **wish)
            if move.to_location not in self.places:
                self.places.append(move.to_location)
                self.plain.sites[move.to_location_id] = move.to_location.site_id
            self._wrote(move, source.pk, move.to_location_id)
        else:
            self._refused(acts.scrap, **wish)

    @precondition(_something_lies)
    @rule(pick=which, good=which, quantity=quantities, share=shares)
    def regrade(self, pick: int, good: int, quantity: Decimal, share: Decimal | None) -> None:
        item, lot, place = self._lying(pick)
        quantity = self._part(_key(item, lot, place), share, quantity)
        to_item, to_lot = self._good(good)
        wish: dict[str, Any] = {
            "item": item, "lot": lot, "quantity": quantity, "from_location": place, "to_item": to_item,
            "to_lot": to_lot, "at": self._tick(), "reason": "second choice",
        }  # fmt: skip
        if not self._may_go(_key(item, lot, place), quantity, "ADJUSTMENT"):
            self._refused(acts.regrade, **wish)
            return
        out, into = self._done(acts.regrade, **wish)
        left = self._wrote(out, place.pk, "ADJUSTMENT")
        cost = round(-sum(left.values.values()) / quantity, 6)
        self._wrote(into, "ADJUSTMENT", place.pk, cost=cost)
        self.halves |= {out.pk: into.pk, into.pk: out.pk}

    @precondition(_something_lies)
    @rule(pick=which, quantity=quantities, share=shares)
    def reserve(self, pick: int, quantity: Decimal, share: Decimal | None) -> None:
        item, lot, place = self._lying(pick)
        key = _key(item, lot, place)
        quantity = self._part(key, share, quantity)
        wish: dict[str, Any] = {
            "item": item, "lot": lot, "quantity": quantity, "location": place, "at": self._tick(),
            "source": SourceRef("test.order", 1, "ORDER-1"),
        }  # fmt: skip
        if self.plain.free(key) >= quantity and self._usable(lot):
            kept = self._done(reserve, **wish)
            self.plain.kept[key] += quantity
            self.reservations[kept.pk] = (key, quantity)
        else:
            self._refused(reserve, **wish)

    @precondition(lambda self: self.reservations)
    @rule(pick=which)
    def free(self, pick: int) -> None:
        number, (key, quantity) = self._reservation(pick)
        self._done(free, reservation_id=number, at=self._tick())
        self.plain.kept[key] -= quantity
        del self.reservations[number]

    @precondition(lambda self: self.reservations)
    @rule(pick=which, quantity=quantities)
    def use_reserved(self, pick: int, quantity: Decimal) -> None:
        number, (key, kept) = self._reservation(pick)
        item, lot, place = self._things(key)
        used = min(kept, quantity)
        wish: dict[str, Any] = {
            "item": item, "lot": lot, "quantity": quantity, "from_location": place, "at": self._tick(),
            "reservation": Reservation.objects.get(pk=number),
        }  # fmt: skip
        if self._usable(lot) and self.plain.free(key) >= quantity - used:
            self._wrote(self._done(acts.issue, **wish), place.pk, "PRODUCTION", reserved=used)
            self.reservations[number] = (key, kept - used)
            if kept == used:
                del self.reservations[number]
        else:
            self._refused(acts.issue, **wish)

    # Judged more often, nothing would be left to use.
    @precondition(lambda self: len(self.plain.moves) > 4 * self.judged)
    @rule(pick=which, status=st.sampled_from(sorted(LotStatus)))
    def judge(self, pick: int, status: LotStatus) -> None:
        self.judged += 1
        lots = [lot for _item, lot in self.goods if lot is not None]
        lot = lots[pick % len(lots)]
        wish: dict[str, Any] = {"lot_id": lot.pk, "status": status, "reason": "looked at", "at": self._tick()}
        if status == lot.status or status in LOT_MOVES[LotStatus(lot.status)]:
            self._done(judge_lot, **wish)
            lot.refresh_from_db()
            assert lot.status == status
        else:
            self._refused(judge_lot, **wish)

    @precondition(lambda self: self.plain.moves)
    @rule(pick=which)
    def correct(self, pick: int) -> None:
        standing = [number for number, move in self.plain.moves.items() if not move.is_counter]
        fresh = [number for number in standing if number not in self.plain.taken_back]
        # Now and then a move that was taken back already, or a counter-move.
        numbers = fresh if fresh and pick % 4 else list(self.plain.moves)
        number = numbers[pick % len(numbers)]
        halves = [number, *([self.halves[number]] if number in self.halves else [])]
        # What came in goes out first.
        halves.sort(key=lambda half: isinstance(self.plain.moves[half].source, int))
        wish: dict[str, Any] = {"move_id": number, "reason": "mistaken", "at": self._tick()}
        first = self.plain.moves[number]
        if first.is_counter or number in self.plain.taken_back or not all(map(self._may_go_back, halves)):
            self._refused(acts.correct, **wish)
            return
        self._done(acts.correct, **wish)
        for half in halves:
            back = StockMove.objects.get(corrects_id=half)
            made = self.plain.moves[half]
            self._wrote(back, made.target, made.source, corrects=half)

    @invariant()
    def all_books_agree(self) -> None:
        """The database against the plain books, and against itself."""
        plain = self.plain
        balances = {
            (row.item_id, row.lot_id, row.location_id): (row.quantity, row.reserved, row.since)
            for row in StockBalance.objects.filter(quantity__gt=0)
        }
        assert balances == {
            key: (quantity, plain.kept[key], plain.since[key]) for key, quantity in plain.lies.items() if quantity
        }
        values = {(row.site_id, row.item_id): (row.quantity, row.value) for row in StockValue.objects.all()}
        assert {key: held for key, held in values.items() if held != (0, 0)} == {
            key: (held.quantity, held.value) for key, held in plain.worth.items() if held.quantity
        }
        layers: dict[tuple[int, int], list[tuple[Decimal, Decimal]]] = {}
        for layer in CostLayer.objects.filter(quantity__gt=0).order_by("entry_id"):
            layers.setdefault((layer.site_id, layer.item_id), []).append((layer.quantity, layer.unit_cost))
        assert layers == {
            key: [(quantity, cost) for _n, quantity, cost in held.receipts]
            for key, held in plain.worth.items()
            if held.receipts
        }
        assert (balance_differences().first, value_differences().first) == ((), ())

    def _done(self, act: Callable[..., Any], **wish: Any) -> Any:
        with acting(self.actor, channel="test"):
            return act(actor=self.actor, **wish)

    def _refused(self, act: Callable[..., Any], **wish: Any) -> None:
        with pytest.raises(Refusal), acting(self.actor, channel="test"):
            act(actor=self.actor, **wish)

    def _wrote(self, move: StockMove, source: int | str, target: int | str, **more: Any) -> Any:
        return self.plain.move(move.pk, move.item_id, move.lot_id, move.quantity, source, target, move.at, **more)

    def _may_go(self, key: tuple[int, int | None, int], quantity: Decimal, target: int | str) -> bool:
        return self.plain.free(key) >= quantity and (target not in USES or self._usable(self._things(key)[1]))

    def _may_go_back(self, number: int) -> bool:
        move = self.plain.moves[number]
        if not isinstance(move.target, int):
            return True
        return self._may_go((move.item, move.lot, move.target), move.quantity, move.source)

    def _usable(self, lot: Lot | None) -> bool:
        return lot is None or lot.status in USABLE

    def _good(self, number: int) -> tuple[Item, Lot | None]:
        return self.goods[number % len(self.goods)]

    def _place(self, number: int) -> Location:
        return self.places[number % 4]

    def _lying(self, number: int) -> tuple[Item, Lot | None, Location]:
        keys = [key for key, quantity in self.plain.lies.items() if quantity]
        return self._things(keys[number % len(keys)])

    def _part(self, key: tuple[int, int | None, int], share: Decimal | None, quantity: Decimal) -> Decimal:
        """A share of what is free there; where nothing is, or no share is meant, the quantity."""
        return (share and round(self.plain.free(key) * share, 6)) or quantity

    def _things(self, key: tuple[int, int | None, int]) -> tuple[Item, Lot | None, Location]:
        item, lot = next(good for good in self.goods if (good[0].pk, good[1] and good[1].pk) == key[:2])
        return item, lot, next(place for place in self.places if place.pk == key[2])

    def _reservation(self, number: int) -> tuple[int, tuple[tuple[int, int | None, int], Decimal]]:
        numbers = sorted(self.reservations)
        chosen = numbers[number % len(numbers)]
        return chosen, self.reservations[chosen]

    def _tick(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


def _key(item: Item, lot: Lot | None, place: Location) -> tuple[int, int | None, int]:
    return item.pk, lot and lot.pk, place.pk


def _stored() -> list[list[Any]]:
    columns = {
        StockBalance: ("item", "lot", "location", "quantity", "reserved", "since"),
        StockValue: ("site", "item", "quantity", "value"),
        CostLayer: ("entry", "site", "item", "quantity", "unit_cost"),
    }
    return [sorted(model.objects.exclude(quantity=0).values_list(*names), key=repr) for model, names in columns.items()]


@pytest.mark.django_db
@pytest.mark.timeout(0 if "STOCK_STEPS" in os.environ else 300)
def test_no_life_of_stock_brings_its_books_apart() -> None:
    run_state_machine_as_test(
        StockLife,
        settings=settings(
            max_examples=max(1, STEPS // STEPS_A_LIFE),
            stateful_step_count=STEPS_A_LIFE,
            deadline=None,
            database=None,
            derandomize="STOCK_STEPS" not in os.environ,
            # Making a failing life shorter takes minutes; for that there is STOCK_STEPS.
            phases=[Phase.generate, *([Phase.shrink] if "STOCK_STEPS" in os.environ else [])],
            suppress_health_check=list(HealthCheck),
        ),
    )
