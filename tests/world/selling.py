"""Builders of selling: customers, prices, sales orders."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from factory_core.access.identity import acting
from factory_core.partners.models import Partner, PartnerAddress
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Site
from inventory.items.models import Item, SalesPrice
from inventory.sales.models import CallOff, SalesOrder
from inventory.sales.services import LineWish, call_off, confirm_order, create_order
from tests.world.inventory import a_partner

TODAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def a_customer(code: str = "", **more: object) -> Partner:
    """A customer with an address."""
    customer = a_partner(code, customer=True, **more)
    with acting(service_user("plant"), channel="test"):
        PartnerAddress.objects.create(
            partner=customer, street="Am Hafen 1", postal_code="28195", city="Bremen", country="DE"
        )
    return customer


def a_price(item: Item, price: str, customer: Partner | None = None, **more: Any) -> SalesPrice:
    """A sales price in euro of the item's own unit, in force for long."""
    wish = {"unit": item.unit, "currency": "EUR", "valid_from": date(2026, 1, 1), **more}
    with acting(service_user("plant"), channel="test"):
        return SalesPrice.objects.create(item=item, customer=customer, price=Decimal(price), **wish)


def a_sales_order(
    actor: User, customer: Partner, site: Site, *lines: tuple[Item, str] | LineWish, confirmed: bool = True, **more: Any
) -> SalesOrder:
    """An order over items and quantities, confirmed unless said otherwise; wanted today."""
    wishes = [
        line if isinstance(line, LineWish) else LineWish(line[0], Decimal(line[1]), wanted_on=TODAY) for line in lines
    ]
    with acting(actor, channel="test"):
        order = create_order(actor=actor, customer=customer, site=site, lines=wishes, at=AT, **more)
        return confirm_order(actor=actor, order_id=order.pk, at=AT) if confirmed else order


def a_call_off(actor: User, order: SalesOrder, quantity: str, wanted_on: date = TODAY) -> CallOff:
    """A call-off of the first line of a frame order."""
    line = order.lines.order_by("position").first()
    assert line is not None
    with acting(actor, channel="test"):
        return call_off(actor=actor, line_id=line.pk, quantity=Decimal(quantity), wanted_on=wanted_on, at=AT)
