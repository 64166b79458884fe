"""A supplier, an item in boxes, and an order that was sent."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from factory_core.partners.models import Partner
from inventory.items.models import Item
from inventory.purchasing import services
from inventory.purchasing.models import PurchaseLine
from inventory.stock.models import Location
from inventory.stock.states import LocationKind
from tests.world.inventory import (
    a_location,
    a_partner,
    a_price_break,
    a_supplier_item,
    a_unit,
    an_item,
    an_item_unit,
)
from tests.world.people import Cast
from tests.world.plant import Plant

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
Ordered = Callable[..., PurchaseLine]


@pytest.fixture
def steel(plant: Plant) -> Partner:
    return a_partner("STEEL", supplier=True, name="Steel Ltd")


@pytest.fixture
def bolt(steel: Partner) -> Item:
    """Bought in boxes of 12, at least 5 boxes, 9.00 a box, 8.40 from 20 boxes on."""
    item = an_item("BOLT", gtin="06291041500213")
    an_item_unit(item, "box", "12")
    known = a_supplier_item(item, steel, unit=a_unit("box"), least_quantity=5, lead_time_days=7)
    a_price_break(known, "0", "9")
    a_price_break(known, "20", "8.4")
    return item


@pytest.fixture
def glue(steel: Partner) -> Item:
    """Told apart by lots, good for 180 days."""
    item = an_item("GLUE", tracking="LOT", shelf_life_days=180)
    a_price_break(a_supplier_item(item, steel), "0", "4")
    return item


@pytest.fixture
def bay(plant: Plant) -> Location:
    return a_location(plant.site, "BAY-1")


@pytest.fixture
def quarantine(plant: Plant) -> Location:
    return a_location(plant.site, "QUAR", LocationKind.QUARANTINE)


@pytest.fixture
def ordered(plant: Plant, cast: Cast, steel: Partner) -> Ordered:
    """An order of one line that was sent and promised for 30 November: `ordered(item, "10")`."""

    def make(item: Item, quantity: str, **more: object) -> PurchaseLine:
        wish = services.LineWish(item, Decimal(quantity), **{"promised_on": date(2026, 11, 30), **more})  # type: ignore[arg-type]  # tests name what they want
        with acting(cast.buyer):
            order = services.create_order(actor=cast.buyer, supplier=steel, site=plant.site, lines=[wish], at=AT)
            services.release_order(actor=cast.buyer, order_id=order.pk, at=AT)
        order.refresh_from_db()
        return order.lines.select_related("order", "item", "unit").get()

    return make
