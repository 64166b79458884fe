"""What other pages show of items: where an item's page is, and what the field that finds offers."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from factory_core.people.models import User
from factory_core.web.finders import MOST_FOUND, Found
from inventory.items.models import Item
from inventory.items.queries import UnknownScan, items_found, read_scan


def item_address(item: Item) -> str:
    """The page of an item."""
    return reverse("item", args=[item.number])


def item_link(key: int, label: str) -> str:
    """The page of an item that an event or a reference names; it leads on to the present number."""
    return reverse("item-by-id", args=[key])


def find_items(user: User, text: str) -> list[Found]:
    """The item a scan means, or those whose number or name has the text."""
    try:
        scanned = read_scan(user, text)
    except UnknownScan:
        scanned = None
    meant = scanned.item if scanned and not (scanned.lot_number or scanned.serial) else None
    if meant is not None:
        return [_found(meant, exact=True)]
    return [_found(item) for item in items_found(user, text)[:MOST_FOUND]]


def _found(item: Item, *, exact: bool = False) -> Found:
    return Found(_("Item"), item.number, item.name, item_address(item), exact)
