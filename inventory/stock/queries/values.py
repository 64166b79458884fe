"""What stock costs and is worth: the cost a receipt is taken at, and the lists of stock value."""

from datetime import datetime
from decimal import Decimal

from django.conf import settings

from factory_core.plant.models import Site
from inventory.items.models import Item, ItemCost
from inventory.stock.models import CostLayer, StockMove, ValueEntry
from inventory.stock.rules.valuation import Layer


def standard_cost_at(item: Item, site: Site, at: datetime) -> Decimal | None:
    """The standard cost of one base unit, in the plant's currency, on the site's day; None while none is set."""
    costs = ItemCost.objects.filter(
        item=item, currency=settings.CURRENCY, valid_from__lte=at.astimezone(site.zone).date()
    )
    return costs.order_by("-valid_from").values_list("cost", flat=True).first()


def entry_of(move_id: int, site_id: int) -> ValueEntry | None:
    """What a move was worth at a site."""
    return ValueEntry.objects.filter(move_id=move_id, site_id=site_id).first()


def unit_value_of(move: StockMove) -> Decimal | None:
    """What one base unit of a move was worth where it left stock (or, coming from outside, where it entered).

    None for a move inside a site's stock.
    """
    site_id = move.to_location.site_id if move.from_location.is_outside else move.from_location.site_id
    entry = entry_of(move.pk, site_id)
    return abs(entry.value / entry.quantity) if entry else None


def layers_left(site_id: int, item_id: int) -> list[Layer]:
    """The receipts still there, oldest first, locked."""
    rows = CostLayer.objects.select_for_update().filter(site_id=site_id, item_id=item_id, quantity__gt=0)
    return [Layer(row.entry_id, row.quantity, row.unit_cost) for row in rows.order_by("entry_id")]
