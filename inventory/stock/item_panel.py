"""What lies of an item and what moved in the system before, on the item's page."""

from typing import Any

from factory_core.clock import now
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.items.panels import ItemPanel
from inventory.stock.queries.listing import Wish, stock_of
from inventory.stock.queries.old_moves import old_moves_found
from inventory.stock.states import OldMoveKind
from inventory.stock.words import OLD_MOVE_WORDS

SHOWN = 5


def _in_stock(reader: User, item: Item) -> dict[str, Any]:
    return {"stock": stock_of(reader, Wish(item=item.number), [item], now().date())[0]}


def _old_moves(reader: User, item: Item) -> dict[str, Any]:
    rows = list(old_moves_found(reader).filter(item=item)[: SHOWN + 1])
    shown = [(one, str(OLD_MOVE_WORDS[OldMoveKind(one.kind)])) for one in rows[:SHOWN]]
    return {"old_moves": shown, "more": len(rows) > SHOWN}


IN_STOCK = ItemPanel("inventory.stock.view", "inventory/stock/_item.html", _in_stock)
OLD_MOVES = ItemPanel("inventory.stock.view", "inventory/stock/_old_moves.html", _old_moves)
