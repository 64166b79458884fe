"""Balances and values thrown away come back as they were; what was changed by hand is found and put right."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from inventory.items.models import Item
from inventory.stock.models import CostLayer, StockBalance, StockMove, StockValue
from inventory.stock.queries.differences import balance_differences, value_differences
from inventory.stock.services.rebuilding import rebuild_balances, rebuild_values
from tests.world.books import Books
from tests.world.clock import Clock
from tests.world.inventory import a_lot, an_item
from tests.world.plant import Plant

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def books(plant: Plant, clock: Clock) -> Books:
    return Books(plant, clock)


def _lived(books: Books) -> Item:
    """A fortnight of moves: a place emptied and filled again, a late delivery note, a correction, two lots."""
    item = an_item(valuation="FIFO", tracking="LOT")
    one, two = a_lot(item), a_lot(item)
    books.receive(item, "10", "5", lot=one)
    books.clock.move(days=1)
    books.transfer(item, "10", books.here, books.shelf, lot=one)
    books.clock.move(days=1)
    wrong = books.issue(item, "4", source=books.shelf, lot=one)
    books.transfer(item, "3", books.shelf, books.here, lot=one)
    books.correct(wrong)
    books.clock.move(days=10)
    books.receive(item, "7", "6", lot=two, at=books.clock() - timedelta(days=5))
    books.receive(item, "2", "6.5", lot=two)
    books.reserve(item, "1.5", books.here, two)
    return item


def _all(model: Any, *fields: str) -> list[tuple[Any, ...]]:
    return sorted(model.objects.exclude(quantity=0).values_list("item", *fields), key=repr)


def _stored() -> tuple[Any, ...]:
    return (
        _all(StockBalance, "location", "lot", "quantity", "reserved", "since"),
        _all(StockValue, "site", "quantity", "value"),
        _all(CostLayer, "site", "entry", "quantity", "unit_cost"),
    )


def test_what_is_thrown_away_comes_back_as_it_was(books: Books) -> None:
    _lived(books)
    before = _stored()
    assert [len(part) for part in before] == [3, 1, 4]
    for model in (StockBalance, StockValue, CostLayer):
        model.objects.all().delete()
    assert rebuild_balances().count == 3
    assert rebuild_values().count == 5
    assert _stored() == before


def test_true_books_have_no_differences(books: Books) -> None:
    _lived(books)
    assert (balance_differences().count, value_differences().count) == (0, 0)
    assert _said("--check") == "Balances and values are what moves and entries say.\n"


def test_a_difference_is_named_and_put_right(books: Books) -> None:
    item = _lived(books)
    StockBalance.objects.filter(item=item, location=books.shelf).update(quantity=D("8.5"))
    StockValue.objects.filter(item=item).update(value=D(1))
    output = StringIO()
    with pytest.raises(CommandError, match="2 differences"):
        call_command("rebuild_stock", "--check", stdout=output)
    lot = item.lots.order_by("id")[0]
    assert output.getvalue().splitlines() == [
        f"{item.number} · {lot.number} · {books.shelf.code}: quantity is 8.5, by its facts 7",
        f"{item.number} · {books.site.code}: value is 1, by its facts 105",
    ]
    assert "by its facts 105" in _said()
    assert _said("--check") == "Balances and values are what moves and entries say.\n"


def test_a_move_that_was_never_valued_stays_a_difference(books: Books) -> None:
    item = an_item()
    _never_valued(books, item)
    rebuild_balances()
    with pytest.raises(CommandError, match="1 differences cannot be rebuilt"):
        _said()
    assert str(value_differences().first[0]) == (
        f"{item.number} · {books.site.code}: quantity of entries is 0, by its facts 5"
    )


def _never_valued(books: Books, item: Item) -> None:
    """A move written past the ledger."""
    wish = {"quantity": D(5), "from_location": books.supplier, "to_location": books.here, "key": "past"}
    times = {"at": books.clock(), "recorded_at": books.clock()}
    StockMove.objects.create(site=books.site, kind="RECEIVE", item=item, by=books.actor, **wish, **times)


def _said(*arguments: str) -> str:
    output = StringIO()
    call_command("rebuild_stock", *arguments, stdout=output)
    return output.getvalue()
