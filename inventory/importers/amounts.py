"""Costs and prices of a batch of rows: each holds from a day on, and stays as history."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone

from factory_core.importing.kinds import Context, Outcome, Row
from inventory.importers.common import Upsert, note
from inventory.items.models import ItemCost, PriceBreak, SalesPrice
from inventory.items.services.common import checked
from inventory.stock.rules.valuation import money

NOTHING = Decimal(0)
Owner = tuple[Any, ...]


def today(context: Context) -> date:
    """The day of the import where it happens."""
    return timezone.localdate(context.at, context.site.zone if context.site else None)


@dataclass
class Amounts:
    """The amounts of one table: `owner` are the columns that say whose they are, `column` the one that keeps them."""

    model: type[ItemCost | SalesPrice | PriceBreak]
    context: Context
    owner: tuple[str, ...]
    column: str
    _upsert: Upsert = field(init=False)
    # Whose → the days there are amounts for, newest first.
    _days: dict[Owner, list[date]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Who the amounts belong to was looked up; the database looks again.
        others = [name.removesuffix("_id") for name in self.owner]
        self._upsert = Upsert(self.model, self.context, check=lambda row: checked(row, others))

    def load(self, owners: Collection[Any]) -> None:
        """Ask for what is there of these things, the first of the owner's columns."""
        for row in self.model._default_manager.filter(**{f"{self.owner[0]}__in": owners}).order_by("-valid_from"):
            key = tuple(getattr(row, name) for name in self.owner)
            self._upsert.known[(*key, row.valid_from)] = row
            self._days.setdefault(key, []).append(row.valid_from)

    def hold_now(self, row: Row, key: Owner, amount: Decimal) -> None:
        """What holds today: nothing is added where it holds already, or where the file knows none (zero)."""
        day = today(self.context)
        standing = next((on for on in self._days.get(key, ()) if on <= day), None)
        now = getattr(self._upsert.known[(*key, standing)], self.column) if standing else NOTHING
        if now == money(amount):
            note(row, Outcome.UNCHANGED)
        else:
            self.hold_from(row, key, amount, day)

    def hold_from(self, row: Row, key: Owner, amount: Decimal, day: date) -> None:
        """What holds from a day on."""
        new = {**dict(zip(self.owner, key, strict=True)), "valid_from": day, "currency": settings.CURRENCY}
        self._upsert.put(row, (*key, day), {self.column: money(amount)}, new, name="")
        if day not in (days := self._days.setdefault(key, [])):
            days.append(day)
            days.sort(reverse=True)

    def there(self, key: Owner, day: date) -> Decimal | None:
        """The amount that begins on this very day."""
        found = self._upsert.known.get((*key, day))
        return getattr(found, self.column) if found is not None else None

    def save(self) -> None:
        """Store what was added and changed."""
        self._upsert.save()


def costs(context: Context) -> Amounts:
    """Standard costs, by item."""
    return Amounts(ItemCost, context, ("item_id",), "cost")


def sales_prices(context: Context) -> Amounts:
    """Sales prices, by item, customer (None for everybody), unit and quantity."""
    return Amounts(SalesPrice, context, ("item_id", "customer_id", "unit_id", "from_quantity"), "price")


def purchase_prices(context: Context) -> Amounts:
    """Purchase prices, by supplier of an item and quantity."""
    return Amounts(PriceBreak, context, ("supplier_item_id", "from_quantity"), "price")
