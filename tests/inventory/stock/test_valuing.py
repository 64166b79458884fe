"""What a move is worth when it is written down."""

from datetime import timedelta
from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from inventory.items.models import Item, ItemCost
from inventory.stock.models import CostLayer, Location, StockMove, StockValue, ValueEntry
from inventory.stock.services.valuing import CostBelowZero, value_move
from tests.world.clock import Clock
from tests.world.inventory import a_location, an_item
from tests.world.plant import Plant, a_plant

D = Decimal
pytestmark = pytest.mark.django_db


class Store:
    """One site with a store and its outside, and moves written as the ledger writes them."""

    def __init__(self, plant: Plant, clock: Clock) -> None:
        self.site, self.clock, self.number = plant.site, clock, 0
        self.here = a_location(plant.site)
        self.shelf = a_location(plant.site)
        self.supplier = a_location(plant.site, kind="SUPPLIER")
        self.production = a_location(plant.site, kind="PRODUCTION")

    def move(
        self, item: Item, quantity: str, source: Location, target: Location, cost: str | None = None, **more: object
    ) -> StockMove:
        self.number += 1
        wish = {"kind": "RECEIVE" if source == self.supplier else "ISSUE", "at": self.clock(), **more}
        with acting(service_user("plant"), channel="test"):
            move = StockMove.objects.create(
                site=self.site,
                item=item,
                quantity=D(quantity),
                from_location=source,
                to_location=target,
                recorded_at=self.clock(),
                by=service_user("plant"),
                key=f"{self.site.code}-{self.number}",
                **wish,
            )
            value_move(move=move, unit_cost=D(cost) if cost is not None else None)
        return move

    def receive(self, item: Item, quantity: str, cost: str | None = None, **more: object) -> StockMove:
        return self.move(item, quantity, self.supplier, self.here, cost, **more)

    def issue(self, item: Item, quantity: str, **more: object) -> StockMove:
        return self.move(item, quantity, self.here, self.production, **more)


@pytest.fixture
def store(plant: Plant, clock: Clock) -> Store:
    return Store(plant, clock)


def held(item: Item, site: object) -> tuple[Decimal, Decimal]:
    row = StockValue.objects.get(item=item, site=site)
    return row.quantity, row.value


def value_of(move: StockMove) -> Decimal:
    return ValueEntry.objects.get(move=move).value


def test_the_moving_average_prices_what_goes_out(store: Store) -> None:
    item = an_item()
    store.receive(item, "10", "5")
    store.receive(item, "10", "7")
    assert value_of(store.issue(item, "5")) == D(-30)
    assert held(item, store.site) == (D(15), D(90))
    assert not CostLayer.objects.exists()


def test_nothing_held_is_worth_nothing(store: Store) -> None:
    item = an_item()
    store.receive(item, "3", "3.333333")
    taken = [value_of(store.issue(item, "1")) for _ in range(3)]
    assert sum(taken) == D("-9.999999")
    assert held(item, store.site) == (D(0), D(0))


def test_a_move_made_known_late_changes_no_older_entry(store: Store) -> None:
    item = an_item()
    store.receive(item, "10", "5")
    issued = store.issue(item, "5")
    before = list(ValueEntry.objects.values_list("id", "quantity", "value"))
    store.receive(item, "10", "11", at=store.clock() - timedelta(days=40))
    assert list(ValueEntry.objects.order_by("id").values_list("id", "quantity", "value"))[:2] == before
    assert value_of(issued) == D(-25)
    assert held(item, store.site) == (D(15), D(135))


def test_first_in_first_out_takes_the_oldest_receipt(store: Store) -> None:
    item = an_item(valuation="FIFO")
    store.receive(item, "10", "5")
    second = store.receive(item, "10", "7")
    assert value_of(store.issue(item, "15")) == D(-85)
    left = CostLayer.objects.get(quantity__gt=0)
    assert (left.entry.move, left.quantity, left.unit_cost) == (second, D(5), D(7))
    assert held(item, store.site) == (D(5), D(35))


@pytest.mark.parametrize("valuation", ["AVERAGE", "FIFO"])
def test_a_counter_move_brings_back_the_value_it_took(store: Store, valuation: str) -> None:
    item = an_item(valuation=valuation)
    store.receive(item, "10", "5")
    issued = store.issue(item, "4")
    store.receive(item, "10", "9")
    back = store.move(item, "4", store.production, store.here, corrects=issued)
    entry = ValueEntry.objects.get(move=back)
    assert (entry.value, entry.reason) == (D(20), "TAKEN_BACK")
    assert held(item, store.site) == (D(20), D(140))


@pytest.mark.parametrize("valuation", ["AVERAGE", "FIFO"])
def test_a_receipt_taken_back_takes_its_own_value(store: Store, valuation: str) -> None:
    item = an_item(valuation=valuation)
    store.receive(item, "10", "5")
    wrong = store.receive(item, "10", "50")
    back = store.move(item, "10", store.here, store.supplier, corrects=wrong)
    assert value_of(back) == D(-500)
    assert held(item, store.site) == (D(10), D(50))


def test_no_more_value_is_taken_back_than_is_left(store: Store) -> None:
    item = an_item()
    store.receive(item, "10", "1")
    dear = store.receive(item, "10", "9")
    store.issue(item, "9")
    back = store.move(item, "10", store.here, store.supplier, corrects=dear)
    entry = ValueEntry.objects.get(move=back)
    assert (entry.value, entry.reason) == (D(-55), "TAKEN_BACK_IN_PART")
    assert held(item, store.site) == (D(1), D(0))


def test_without_a_cost_the_standard_then_the_average_then_nothing_is_taken_and_said(store: Store) -> None:
    known, moved, unknown = an_item(), an_item(), an_item()
    with acting(service_user("plant"), channel="test"):
        ItemCost.objects.create(item=known, cost=D(4), currency="EUR", valid_from="2026-01-01")
        ItemCost.objects.create(item=known, cost=D(8), currency="EUR", valid_from="2026-12-01")
        ItemCost.objects.create(item=moved, cost=D(4), currency="USD", valid_from="2026-01-01")
    store.receive(moved, "2", "6")
    entries = [ValueEntry.objects.get(move=store.receive(item, "10")) for item in (known, moved, unknown)]
    assert [(entry.value, entry.reason) for entry in entries] == [
        (D(40), "STANDARD_COST"),
        (D(60), "AVERAGE"),
        (D(0), "NO_COST_KNOWN"),
    ]


def test_what_comes_back_is_worth_what_the_rest_is_worth(store: Store) -> None:
    item = an_item()
    with acting(service_user("plant"), channel="test"):
        ItemCost.objects.create(item=item, cost=D(100), currency="EUR", valid_from="2026-01-01")
    store.receive(item, "10", "6")
    store.issue(item, "5")
    back = store.move(item, "2", store.production, store.here, kind="RETURN")
    assert value_of(back) == D(12)


def test_a_move_inside_the_stock_is_worth_nothing(store: Store) -> None:
    item = an_item()
    store.receive(item, "10", "5")
    store.move(item, "4", store.here, store.shelf, kind="TRANSFER")
    assert ValueEntry.objects.count() == 1


def test_between_sites_what_goes_out_here_comes_in_there(store: Store) -> None:
    item, other = an_item(valuation="FIFO"), a_plant("other").site
    there = a_location(other)
    store.receive(item, "10", "5")
    store.receive(item, "10", "7")
    store.move(item, "15", store.here, there, kind="TRANSFER")
    assert held(item, store.site) == (D(5), D(35))
    assert held(item, other) == (D(15), D(85))


def test_an_item_valued_anew_takes_its_old_stock_first(store: Store) -> None:
    item = an_item(valuation="FIFO")
    store.receive(item, "10", "5")
    item.valuation = "AVERAGE"
    store.receive(item, "10", "7")
    assert not CostLayer.objects.filter(quantity__gt=0).exists()
    item.valuation = "FIFO"
    store.receive(item, "10", "20")
    assert value_of(store.issue(item, "20")) == D(-120)
    assert value_of(store.issue(item, "1")) == D(-20)


def test_a_cost_below_zero_is_refused_and_nothing_changes(store: Store) -> None:
    item = an_item()
    with pytest.raises(CostBelowZero, match="below zero"):
        store.receive(item, "10", "-1")
    assert not ValueEntry.objects.exists()
    assert not StockMove.objects.exists()
