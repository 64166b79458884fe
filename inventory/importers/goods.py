"""Items, units and how they convert, for many rows at once."""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from inventory.importers.common import found_by
from inventory.items.models import Item, ItemUnit, Unit
from inventory.items.rules import conversion


@dataclass(slots=True)
class Goods:
    """The items and units that rows name, by what the rows call them, asked for once."""

    items: dict[str, Item] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    own: dict[tuple[int, int], Decimal] = field(default_factory=dict)

    @classmethod
    def named(cls, numbers: Collection[str], codes: Collection[str]) -> "Goods":
        """Those of these numbers and codes, in three questions at most."""
        items = found_by(Item.objects.select_related("unit"), "number", numbers)
        units = found_by(Unit.objects.all(), "code", codes)
        of_items = ItemUnit.objects.filter(item__in=[one.pk for one in items.values()]) if units else ()
        return cls(items, units, {(one.item_id, one.unit_id): one.factor for one in of_items})

    def factor(self, item: Item, unit: Unit) -> Decimal | None:
        """How many base units of the item one unit is; None where nobody said."""
        if unit.pk == item.unit_id:
            return Decimal(1)
        own = self.own.get((item.pk, unit.pk))
        return own if own is not None else conversion.between(_measure(unit), _measure(item.unit))


def _measure(unit: Unit) -> conversion.Measure:
    return conversion.Measure(unit.code, unit.dimension, unit.factor)
