"""The page of stock value: what a site's stock is worth, now, by place, and as the books stood at the end of a day."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.people.models import User
from inventory.stock.models import StockValue
from inventory.stock.queries.values import total_of, values_of
from tests.world.books import Books
from tests.world.clock import Clock
from tests.world.inventory import an_item
from tests.world.people import Cast
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def books(plant: Plant, clock: Clock) -> Books:
    return Books(plant, clock)


def page(user: User, query: str = "") -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(f"/stock/value/{query}")
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_each_item_its_value_and_the_total(books: Books, cast: Cast) -> None:
    books.receive(an_item("BOLT-1"), "10", "5")
    books.receive(an_item("NUT-1"), "4", "2.50")
    shown = page(cast.buyer)
    assert "60.00 EUR" in shown
    assert "50.00" in shown
    assert "BOLT-1" in shown
    found = page(cast.buyer, "?q=nut")
    assert "10.00 EUR" in found
    assert "BOLT-1" not in found


def test_by_place_each_place_has_its_share(books: Books, cast: Cast) -> None:
    item = an_item("BOLT-1")
    books.receive(item, "10", "5")
    books.transfer(item, "4", books.here, books.shelf)
    shown = page(cast.buyer, "?by=place")
    assert books.here.code in shown
    assert "30.00" in shown
    assert "50.00 EUR" in shown
    assert "20.00 EUR" in page(cast.buyer, f"?location={books.shelf.code}")


def test_a_late_delivery_note_changes_no_day_of_the_past(books: Books, cast: Cast) -> None:
    item = an_item("BOLT-1")
    books.receive(item, "10", "5")
    yesterday = books.clock().date()
    books.clock.move(days=1)
    books.receive(item, "10", "7", at=books.clock() - timedelta(days=3))
    books.issue(item, "20")
    assert "50.00 EUR" in page(cast.buyer, f"?on={yesterday}")
    assert "0.00 EUR" in page(cast.buyer)
    assert total_of(values_of(cast.buyer, books.site)) == 0


def test_who_may_not_see_costs_sees_no_value(books: Books, cast: Cast) -> None:
    books.receive(an_item("BOLT-1"), "10", "5")
    for user in (cast.stranger, cast.storekeeper, cast.operator):
        client = Client()
        client.force_login(user)
        assert client.get("/stock/value/").status_code == 403
        assert not values_of(user, books.site).exists()
    client = Client()
    client.force_login(cast.disabled)
    assert client.get("/stock/value/").status_code in {302, 403}
    assert StockValue.objects.count() == 1


def test_the_value_of_another_site_is_not_there(books: Books, cast: Cast) -> None:
    other = Books(a_plant("other"), books.clock)
    other.receive(an_item("SECRET-1"), "10", "5")
    client = Client()
    client.force_login(cast.buyer)
    answer = client.get(f"/stock/value/?site={other.site.code}")
    assert answer.status_code == 404
    assert "SECRET-1" not in page(cast.buyer)


@pytest.mark.parametrize("query", ["?on=2026-13-01", "?on=1"])
def test_no_day_is_refused_in_a_sentence(books: Books, cast: Cast, query: str) -> None:
    client = Client()
    client.force_login(cast.buyer)
    answer = client.get(f"/stock/value/{query}")
    assert answer.status_code == 422
    assert "is not a day" in answer.content.decode()


@pytest.mark.parametrize("query", ["", "?by=place", "?on=2026-11-19"])
def test_fifty_rows_ask_no_more_than_two(books: Books, cast: Cast, query: str) -> None:
    def asked() -> int:
        client = Client()
        client.force_login(cast.buyer)
        with CaptureQueriesContext(
            connection,
        ) as counted:
            assert client.get(f"/stock/value/{query}").status_code == 200
        return len(counted)

    for number in range(2):
        books.receive(an_item(f"A-{number}"), "1", "1")
    few = asked()
    for number in range(48):
        books.receive(an_item(f"B-{number}"), "1", "1")
    assert asked() == few <= 12
