"""Builders of promises: a site forecast at a moment."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from factory_core.plant.models import Machine, Site
from inventory.items.models import Item
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.purchasing.states import PurchaseStatus
from production.orders.models import OrderMaterial, OrderOperation, ProductionOrder
from production.promises.rules.outlook import Outlook
from production.promises.services import forecast_site
from tests.world.inventory import a_partner

# A Friday on which the plant works day and night unless a test sets shifts.
AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def hours(n: float) -> datetime:
    """So many hours after the moment of the forecasts."""
    return AT + timedelta(hours=n)


def forecast(site: Site, at: datetime = AT) -> Outlook:
    """Make the forecasts of a site anew."""
    service = service_user("promises")
    with acting(service, channel="test"):
        return forecast_site(actor=service, site=site, at=at)


def an_open_order(
    machine: Machine, number: str, *, work_h: float = 1, due: datetime | None = None, item: Item | None = None,
    quantity: str = "100", **more: Any,
) -> ProductionOrder:  # fmt: skip
    """A released order with one step that takes so many hours on a machine."""
    run_s = Decimal(str(work_h)) * 3600 / Decimal(quantity)
    wish = {"status": "RELEASED", "item": item, "item_text": item.name if item else "Flange", "due_at": due, **more}
    with acting(service_user("plant"), channel="test"):
        order = ProductionOrder.objects.create(
            number=number, line=machine.line, machine=machine, quantity=Decimal(quantity), ideal_cycle_s=run_s, **wish
        )
        OrderOperation.objects.create(
            order=order, number=10, name="Make", machine=machine, quantity=order.quantity, run_s=run_s
        )
    return order


def a_material(order: ProductionOrder, item: Item, quantity: str) -> OrderMaterial:
    """A component that an order needs."""
    with acting(service_user("plant"), channel="test"):
        return OrderMaterial.objects.create(
            order=order, position=10 * (order.materials.count() + 1), item=item, quantity=Decimal(quantity),
            each=Decimal(quantity) / order.quantity,
        )  # fmt: skip


def a_purchase(site: Site, item: Item, quantity: str, **more: Any) -> PurchaseLine:
    """A released purchase order with one line."""
    with acting(service_user("plant"), channel="test"):
        order = PurchaseOrder.objects.create(
            number=f"PUR-{item.number}", supplier=a_partner(supplier=True), site=site, currency="EUR",
            status=PurchaseStatus.RELEASED,
        )  # fmt: skip
        return PurchaseLine.objects.create(
            order=order, position=1, item=item, quantity=Decimal(quantity), unit=item.unit, **more
        )
