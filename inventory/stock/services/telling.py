"""How stock is named in sentences, the same in every language."""

from decimal import Decimal

from inventory.items.models import Item
from inventory.lots.models import Lot


def told(quantity: Decimal) -> str:
    """A quantity without trailing zeros."""
    return f"{quantity.normalize():f}"


def what(item: Item, lot: Lot | None, quantity: Decimal) -> str:
    """So much of what: `5 pcs B-100 Bolt · L000012`."""
    return f"{told(quantity)} {item.unit.code} {item}{f' · {lot.number}' if lot else ''}"


def ref(source_label: str) -> str:
    """The document behind, led in by a dot; nothing where there is none."""
    return f" · {source_label}" if source_label else ""
