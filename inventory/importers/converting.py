"""How much of an item's base unit the units of many rows are, asked for once a batch."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.importing.kinds import Row
from inventory.items.models import Item, ItemUnit, Unit
from inventory.items.queries.units import measure_of
from inventory.items.rules import conversion


class Factors:
    """The conversions of some items: their own first, then those of a common dimension."""

    def __init__(self, items: Iterable[Item]) -> None:
        rows = ItemUnit.objects.filter(item__in={item.pk for item in items})
        self.own = {(row.item_id, row.unit_id): row for row in rows}
        self.units = {unit.pk: unit for unit in Unit.objects.all()}

    def factor(self, item: Item, unit: Unit) -> Decimal | None:
        """How many base units one of this unit is, or None where nobody said."""
        if unit.pk == item.unit_id:
            return Decimal(1)
        own = self.own.get((item.pk, unit.pk))
        base = self.units[item.unit_id]
        return own.factor if own is not None else conversion.between(measure_of(unit), measure_of(base))

    def refuse(self, row: Row, item: Item, unit: Unit) -> None:
        """Say at the row that nobody knows how much the unit is."""
        row.refuse(
            "unit", "no_conversion",
            _("Nobody said how many %(base)s of %(item)s one %(unit)s is.")
            % {"base": self.units[item.unit_id].code, "item": item.number, "unit": unit.code},
            _("A column or one value for all that says how many base units one is, or the unit added to the item."),
        )  # fmt: skip
