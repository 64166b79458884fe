"""How the rest of the house finds what is bought: links and the one field that finds everything."""

from typing import Any
from urllib.parse import quote

from django.db.models import Q
from django.utils.translation import gettext as _

from factory_core.people.models import User
from factory_core.web.finders import MOST_FOUND, Found
from inventory.items.models import Item
from inventory.items.panels import ItemPanel
from inventory.purchasing.models import PurchaseOrder
from inventory.purchasing.queries.orders import open_lines_of, orders_seen


def order_link(_key: int, number: str) -> str:
    """The page of a purchase order."""
    return f"/purchasing/orders/{quote(number, safe='')}/"


def request_link(_key: int, number: str) -> str:
    """The list of requests, at this one."""
    return f"/purchasing/requests/?show=all&q={quote(number, safe='')}"


def enquiry_link(_key: int, number: str) -> str:
    """The page of an enquiry."""
    return f"/purchasing/enquiries/{quote(number, safe='')}/"


def find_orders(actor: User, text: str) -> list[Found]:
    """Purchase orders by number or by the supplier's reference."""
    named = Q(number__istartswith=text) | Q(supplier_reference__istartswith=text)
    return [_found(order, text) for order in orders_seen(actor).filter(named)[:MOST_FOUND]]


def _on_order(reader: User, item: Item) -> dict[str, Any]:
    return {"rows": open_lines_of(reader, item)}


# What of an item is on its way, on the item's page.
ON_ORDER = ItemPanel("inventory.purchasing.view", "inventory/purchasing/_on_order.html", _on_order)


def _found(order: PurchaseOrder, text: str) -> Found:
    exact = order.number.lower() == text.lower()
    return Found(_("Purchase order"), order.number, order.supplier.name, order_link(order.pk, order.number), exact)
