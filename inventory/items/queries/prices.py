"""What an item costs and sells for on a day. For acts and reckoning; edges show them only to those with the right."""

from datetime import date
from decimal import Decimal
from typing import TypeVar

from django.db.models import Q, QuerySet

from factory_core.partners.models import Partner
from inventory.items.models import Item, ItemCost, PriceBreak, SalesPrice, SupplierItem, Unit

Row = TypeVar("Row", PriceBreak, SalesPrice)


def purchase_price(supplier_item: SupplierItem, quantity: Decimal, on: date) -> PriceBreak | None:
    """The price for a quantity in the supplier's unit: the highest step it reaches, in its newest price of that day.

    A step stands until the same step gets a newer price.
    """
    return _step(PriceBreak.objects.filter(supplier_item=supplier_item), quantity, on)


def sales_price(item: Item, customer: Partner | None, unit: Unit, quantity: Decimal, on: date) -> SalesPrice | None:
    """The price of a quantity in this unit: the customer's own if there is one, else everybody's."""
    prices = SalesPrice.objects.filter(item=item, unit=unit)
    own = None if customer is None else _step(prices.filter(customer=customer), quantity, on)
    return own or _step(prices.filter(customer=None), quantity, on)


def standard_cost(item: Item, on: date) -> Decimal | None:
    """The standard cost of one base unit on a day, or None where none was set."""
    known = ItemCost.objects.filter(item=item, valid_from__lte=on).order_by("-valid_from")
    return known.values_list("cost", flat=True).first()


def _step(prices: QuerySet[Row], quantity: Decimal, on: date) -> Row | None:
    reached = Q(from_quantity__lte=quantity, valid_from__lte=on)
    return prices.filter(reached).order_by("-from_quantity", "-valid_from").first()
