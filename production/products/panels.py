"""What other pages show of products: a card on the item's page, links of stories, chips of statuses."""

from typing import Any

from django.urls import reverse

from factory_core.people.models import User
from inventory.items.models import Item
from inventory.items.panels import ItemPanel
from production.products.events import STATUS_WORDS
from production.products.queries.pages import designs_in_short
from production.products.states import DesignStatus

_FAMILIES = {
    DesignStatus.DRAFT: ("plan", "note"),
    DesignStatus.RELEASED: ("run", "check"),
    DesignStatus.OBSOLETE: ("off", "cross"),
}


def status_chip(status: str) -> dict[str, Any]:
    """The word, colour and icon of a version."""
    known = DesignStatus(status)
    family, icon = _FAMILIES[known]
    return {"word": STATUS_WORDS[known], "family": family, "icon": icon}


def bom_link(key: int, _label: str) -> str:
    """The page of a bill of materials."""
    return reverse("bom", args=[key])


def routing_link(key: int, _label: str) -> str:
    """The page of a routing."""
    return reverse("routing", args=[key])


def centre_link(_key: int, _label: str) -> str:
    """The list of work centres."""
    return reverse("work-centres")


def _card(reader: User, item: Item) -> dict[str, Any]:
    return {"short": designs_in_short(reader, item)}


MADE_OF = ItemPanel("production.product.view", "production/products/_panel.html", _card)
