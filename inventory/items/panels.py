"""What other pages show of items, and what other rooms show on an item's page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.people.models import User
from factory_core.web.finders import MOST_FOUND, Found
from inventory.items.models import Item
from inventory.items.queries import UnknownScan, items_found, read_scan


@dataclass(frozen=True)
class ItemPanel:
    """A card on an item's page: who sees it, its template, and the context made for reader and item."""

    capability: str
    template: str
    context: Callable[[User, Item], dict[str, Any]]


_panels: list[ItemPanel] = []


def offer_panel(panel: ItemPanel) -> None:
    """Add a card to the page of an item (called when an app starts)."""
    if panel not in _panels:
        _panels.append(panel)


def panels_for(reader: User, item: Item) -> list[SafeString]:
    """The cards of other rooms that this reader may see, drawn."""
    return [
        render_to_string(panel.template, {"item": item, **panel.context(reader, item)})
        for panel in _panels
        if may(reader, panel.capability)
    ]


def item_address(item: Item) -> str:
    """The page of an item."""
    return reverse("item", args=[item.number])


def item_link(key: int, label: str) -> str:
    """The page of an item that an event or a reference names; it leads on to the present number."""
    return reverse("item-by-id", args=[key])


def find_items(user: User, text: str) -> list[Found]:
    """The item a scan means, or those whose number or name has the text."""
    try:
        scanned = read_scan(user, text, at=now())
    except UnknownScan:
        scanned = None
    if scanned is not None and scanned.item is not None:
        # A label with a lot is rather about the lot, and whoever knows lots says so.
        return [_found(scanned.item, exact=not (scanned.lot_number or scanned.serial))]
    return [_found(item) for item in items_found(user, text)[:MOST_FOUND]]


def _found(item: Item, *, exact: bool = False) -> Found:
    return Found(_("Item"), item.number, item.name, item_address(item), exact)
