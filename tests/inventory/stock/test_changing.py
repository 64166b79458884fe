"""One item becomes another with its value and its past; both moves stand or fall together."""

from decimal import Decimal

import pytest

from inventory.items.states import Tracking
from inventory.lots.models import LotUse
from inventory.stock.models import StockBalance, StockMove, StockValue
from inventory.stock.services import acts, ledger
from inventory.stock.services.refusals import AlreadyTakenBack, LotBlocked, NotEnough
from tests.inventory.stock.small_store import AT, SmallStore
from tests.world.inventory import a_lot, an_item


@pytest.fixture
def shop(cast, plant, monkeypatch) -> SmallStore:
    monkeypatch.setattr(ledger, "now", lambda: AT)
    return SmallStore(cast, plant)


@pytest.fixture
def grades(shop):
    first, second = an_item("FIRST", tracking=Tracking.LOT), an_item("SECOND", tracking=Tracking.LOT)
    lots = a_lot(first, "L-1"), a_lot(second, "L-2")
    shop.receive("10", item=first, lot=lots[0], unit_cost=Decimal("2.5"))
    return first, second, *lots


def regrade(shop, grades, quantity="4", **more):
    first, second, lot, to_lot = grades
    wish = {"item": first, "lot": lot, "to_item": second, "to_lot": to_lot, "reason": "blemish", **more}
    return shop.do(acts.regrade, quantity=quantity, from_location=shop.store, **wish)


def books() -> dict[str, tuple[Decimal, Decimal]]:
    values = dict(StockValue.objects.values_list("item__number", "value"))
    lying = StockBalance.objects.order_by("id").values_list("item__number", "quantity")
    return {number: (quantity, values[number]) for number, quantity in lying}


def test_a_regrading_carries_value_and_past(shop, grades):
    out, into = regrade(shop, grades)
    assert (out.kind, into.kind, out.to_location_id, into.from_location_id) == (
        "REGRADE", "REGRADE", into.from_location_id, out.to_location_id,
    )  # fmt: skip
    assert books() == {"FIRST": (6, 15), "SECOND": (4, 10)}
    assert list(LotUse.objects.values_list("input__number", "output__number", "quantity")) == [("L-1", "L-2", 4)]


def test_a_regrading_into_another_measure_keeps_the_value(shop, grades):
    regrade(shop, grades, to_quantity=Decimal(8))
    assert books() == {"FIRST": (6, 15), "SECOND": (8, 10)}


def test_the_same_key_regrades_once(shop, grades):
    key = "k" * 79
    assert regrade(shop, grades, key=key) == regrade(shop, grades, key=key)
    assert (StockMove.objects.count(), LotUse.objects.count()) == (3, 1)


@pytest.mark.parametrize("half", [0, 1])
def test_both_halves_are_taken_back(shop, grades, half):
    moves = regrade(shop, grades, key="k" * 79)
    back = shop.correct(moves[half])
    assert back.corrects_id == moves[half].pk
    assert books() == {"FIRST": (10, 25)}
    assert sum(LotUse.objects.values_list("quantity", flat=True)) == 0
    with pytest.raises(AlreadyTakenBack):
        shop.correct(moves[1 - half])


def test_a_regrading_that_cannot_end_does_not_begin(shop, grades):
    with pytest.raises(NotEnough):
        regrade(shop, grades, quantity="11")
    assert (books(), LotUse.objects.count()) == ({"FIRST": (10, 25)}, 0)


def test_a_blocked_lot_is_regraded_only_by_those_who_judge(shop, grades):
    lot = grades[2]
    lot.status = "HOLD"
    shop.save(lot)
    with pytest.raises(LotBlocked):
        regrade(shop, grades)
    assert books() == {"FIRST": (10, 25)}
    regrade(shop, grades, actor=shop.people.quality)
    assert books()["SECOND"] == (4, 10)
