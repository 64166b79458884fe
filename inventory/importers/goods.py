"""The items and units that many rows name."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.importing.kinds import Row
from inventory.importers.common import found_by
from inventory.importers.converting import Factors
from inventory.items.models import Item, Unit


@dataclass(slots=True)
class Goods:
    """The items and units that rows name, by what the rows call them, asked for once."""

    items: dict[str, Item]
    units: dict[str, Unit]
    factors: Factors

    @classmethod
    def named(cls, numbers: Collection[str], codes: Collection[str]) -> "Goods":
        """Those of these numbers and codes."""
        items = found_by(Item.objects.select_related("unit"), "number", numbers)
        return cls(items, found_by(Unit.objects.all(), "code", codes), Factors(items.values()))

    def counted_in(self, row: Row, item: Item) -> tuple[Unit, Decimal] | None:
        """The unit in which a row counts an item, and how many base units one is; else the row is refused."""
        if (code := row.values.get("unit")) is None:
            return item.unit, Decimal(1)
        unit = self.units.get(str(code))
        factor = self.factors.factor(item, unit) if unit is not None else None
        if unit is None or factor is None:
            row.refuse(
                "unit", "no_conversion",
                _("Nobody said how many %(base)s of %(item)s one %(unit)s is.")
                % {"base": item.unit.code, "item": item.number, "unit": str(code)[:12]},
                _("The item's own unit, or one that the item knows."),
            )  # fmt: skip
            return None
        return unit, factor
