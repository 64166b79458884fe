"""An order is closed and its cost frozen, both or neither."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from factory_core.events.models import EventSubject
from factory_core.events.services import publish
from factory_core.people.models import User
from production.costing import events
from production.costing.models import CostSheet
from production.costing.queries.sheets import sheet_of
from production.costing.rules.sheet import Sheet
from production.orders.models import ProductionOrder
from production.orders.services import close_order
from production.orders.states import OrderStatus

SIX = Decimal("0.000001")


def settle_order(*, actor: User, order_id: int, at: datetime, version: int | None = None) -> CostSheet:
    """Close a finished order and freeze its cost sheet; a settled one stays as it is.

    Raises what closing an order raises: NoSuchOrder, WrongStatus, Forbidden, StaleVersion.
    """
    order = close_order(actor=actor, order_id=order_id, at=at, version=version)
    return _frozen(actor, order.pk, at)


def freeze_closed(*, actor: User, event_id: int, at: datetime) -> CostSheet | None:
    """Freeze the cost of the closed order an event tells of; None where that order is not closed (any more)."""
    subject = EventSubject.objects.filter(event=event_id, kind=ProductionOrder._meta.label_lower).first()
    order = ProductionOrder.objects.filter(pk=subject.key, status=OrderStatus.CLOSED).first() if subject else None
    return None if order is None else _frozen(actor, order.pk, at)


def _frozen(actor: User, order_id: int, at: datetime) -> CostSheet:
    order = (
        ProductionOrder.objects.select_for_update(of=("self",))
        .select_related("line__area__site", "machine")
        .get(pk=order_id)
    )
    known = CostSheet.objects.filter(order=order).first()
    if known is not None:
        return known
    columns = frozen_of(sheet_of(order, at))
    frozen = CostSheet.objects.create(order=order, currency=settings.CURRENCY, settled_at=at, **columns)
    publish(events.ORDER_SETTLED, about=[order, order.machine or order.line], at=at, actor=actor)
    return frozen


def frozen_of(sheet: Sheet) -> dict[str, Any]:
    """A sheet as columns of the frozen row; amounts as decimal text with six digits."""
    lines = sheet.lines
    names = [{"kind": str(one.kind), "label": one.label, "unit": one.unit} for one in lines]
    return {
        "good": sheet.good,
        "planned": [
            {**name, "quantity": _text(one.planned_quantity), "amount": _text(one.planned),
             "standard_quantity": _text(one.standard_quantity), "standard": _text(one.standard)}
            for name, one in zip(names, lines, strict=True)
        ],
        "actual": [
            {**name, "quantity": _text(one.quantity), "amount": _text(one.actual)}
            for name, one in zip(names, lines, strict=True)
        ],
        "variances": {
            "lines": [{key: _text(amount) for key, amount in one.variances.items()} for one in lines],
            "total": _text(sheet.variance),
            "output_value": _text(sheet.output_value),
            "scrap_cost": _text(sheet.scrap_cost),
            "findings": [{"kind": one.kind, "what": one.what} for one in sheet.findings],
        },
        "planned_total": sheet.planned.quantize(SIX),
        "actual_total": sheet.actual.quantize(SIX),
    }  # fmt: skip


def _text(value: Decimal) -> str:
    return f"{value.quantize(SIX):f}"
