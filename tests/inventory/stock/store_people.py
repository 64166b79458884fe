"""What the tests of pages and API share: somebody signed in, and stock to look at."""

from decimal import Decimal

from django.test import Client

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.stock.models import Location, StockMove
from inventory.stock.services import acts


def as_(user: User | None) -> Client:
    """A browser in which somebody is signed in."""
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def in_stock(
    who: User, item: Item, quantity: str, place: Location, lot: Lot | None = None, **more: object
) -> StockMove:
    """So much of an item came to a place."""
    with acting(who, channel="test"):
        return acts.receive(
            actor=who, item=item, quantity=Decimal(quantity), to_location=place, at=now(), lot=lot, **more
        )


def page(client: Client, path: str) -> str:
    """The text of a page that answers."""
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()
