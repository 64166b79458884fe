"""What the page of an item shows of its cost."""

from typing import Any

from factory_core.people.models import User
from inventory.items.models import Item
from inventory.items.panels import ItemPanel
from production.costing.models import SEE
from production.costing.queries import pages


def _rolled_up(reader: User, item: Item) -> dict[str, Any]:
    return {"row": pages.newest_rollup(reader, item) if item.is_made else None}


# The newest rolled-up cost, with the way to its tree.
ROLLED_UP = ItemPanel(SEE, "production/costing/_item.html", _rolled_up)
