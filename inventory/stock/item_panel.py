"""What lies of an item, on the item's page."""

from typing import Any

from factory_core.clock import now
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.items.panels import ItemPanel
from inventory.stock.queries.listing import Wish, stock_of


def _in_stock(reader: User, item: Item) -> dict[str, Any]:
    return {"stock": stock_of(reader, Wish(item=item.number), [item], now().date())[0]}


IN_STOCK = ItemPanel("inventory.stock.view", "inventory/stock/_item.html", _in_stock)
