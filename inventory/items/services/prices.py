"""Acts on costs, purchase prices and sales prices: each is valid from a day on, and stays as history."""

from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.items import events
from inventory.items.models import ItemCost, PriceBreak, SalesPrice, SupplierItem, Unit
from inventory.items.services.common import NoSuchPart, checked, locked_item, refuse, saved, tell
from inventory.items.services.units import must_convert

COST, PRICE = "inventory.cost.manage", "inventory.price.manage"


def set_cost(
    *, actor: User, item_id: int, cost: Decimal, valid_from: date, at: datetime, currency: str = ""
) -> ItemCost:
    """Set the standard cost of one base unit from a day on; the same day again corrects it.

    Raises NoSuchItem, BadItem, Forbidden.
    """
    item = locked_item(actor, item_id, COST)
    row = ItemCost.objects.filter(item=item, valid_from=valid_from).first()
    row = row or ItemCost(item=item, valid_from=valid_from)
    row.cost, row.currency = cost, _currency(currency)
    _not_negative("cost", cost)
    _store(row, ["cost", "currency"])
    tell(events.COST_SET, item, at=at, actor=actor, valid_from=valid_from)
    return row


def set_purchase_price(
    *,
    actor: User,
    supplier_item_id: int,
    price: Decimal,
    valid_from: date,
    at: datetime,
    from_quantity: Decimal = Decimal(0),
    currency: str = "",
) -> PriceBreak:
    """Set what a supplier asks for one of their units, from a quantity and a day on; the same again corrects it.

    Raises NoSuchPart, BadItem, Forbidden.
    """
    supply = SupplierItem.objects.select_related("supplier").filter(pk=supplier_item_id).first()
    if supply is None:
        raise NoSuchPart(_("There is no such supplier of an item."))
    item = locked_item(actor, supply.item_id, COST)
    row = PriceBreak.objects.filter(
        supplier_item=supply, valid_from=valid_from, from_quantity=from_quantity
    ).first() or PriceBreak(supplier_item=supply, valid_from=valid_from, from_quantity=from_quantity)
    row.price, row.currency = price, _currency(currency)
    _not_negative("price", price)
    _not_negative("from_quantity", from_quantity)
    _store(row, ["price", "currency"])
    tell(events.PURCHASE_PRICE_SET, item, supply.supplier, at=at, actor=actor, valid_from=valid_from)
    return row


def set_sales_price(
    *,
    actor: User,
    item_id: int,
    unit: Unit,
    price: Decimal,
    valid_from: date,
    at: datetime,
    customer: Partner | None = None,
    from_quantity: Decimal = Decimal(0),
    currency: str = "",
) -> SalesPrice:
    """Set what one unit is sold for, to everybody or one customer, from a quantity and a day on.

    The same again corrects it. Raises NoSuchItem, BadItem, Forbidden.
    """
    item = locked_item(actor, item_id, PRICE)
    must_convert(item, unit)
    if customer is not None and not customer.is_customer:
        raise refuse("customer", _("%(name)s is no customer.") % {"name": customer.name})
    row = SalesPrice.objects.filter(
        item=item, customer=customer, unit=unit, valid_from=valid_from, from_quantity=from_quantity
    ).first() or SalesPrice(item=item, customer=customer, unit=unit, valid_from=valid_from, from_quantity=from_quantity)
    row.price, row.currency = price, _currency(currency)
    _not_negative("price", price)
    _not_negative("from_quantity", from_quantity)
    _store(row, ["price", "currency"])
    about = [item, customer] if customer else [item]
    tell(events.SALES_PRICE_SET, *about, at=at, actor=actor, valid_from=valid_from)
    return row


def _currency(said: str) -> str:
    code = said.strip().upper() or settings.CURRENCY
    if code != settings.CURRENCY:
        # Stock has one value: amounts in another currency would be added up as if they were ours.
        raise refuse("currency", _("The plant reckons in %(currency)s.") % {"currency": settings.CURRENCY})
    return str(code)


def _not_negative(name: str, amount: Decimal) -> None:
    if amount < 0:
        raise refuse(name, _("This cannot be below zero."))


def _store(row: ItemCost | PriceBreak | SalesPrice, fields: list[str]) -> None:
    checked(row)
    if row.pk:
        saved(row, fields)
    else:
        row.save()
