"""Acts on who supplies an item, and how."""

from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.utils.translation import gettext as _

from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.items import events
from inventory.items.models import Item, SupplierItem, Unit
from inventory.items.services.common import (
    NoSuchPart,
    check_version,
    checked,
    locked_item,
    readable,
    refuse,
    saved,
    tell,
)
from inventory.items.services.units import must_convert


class SupplyTerms(TypedDict, total=False):
    """How a supplier delivers an item; what is left out stays as it is."""

    supplier_number: str
    unit: Unit
    lead_time_days: int
    least_quantity: Decimal
    multiple: Decimal
    is_preferred: bool
    is_active: bool


def add_supplier(
    *, actor: User, item_id: int, supplier: Partner, at: datetime, **terms: Unpack[SupplyTerms]
) -> SupplierItem:
    """Say that a supplier delivers an item; without a unit in its base unit. Raises NoSuchItem, BadItem, Forbidden."""
    item = locked_item(actor, item_id)
    if not supplier.is_supplier or not supplier.is_active:
        raise refuse("supplier", _("%(name)s is no supplier in use.") % {"name": supplier.name})
    if item.suppliers.filter(supplier=supplier).exists():
        raise refuse(
            "supplier", _("%(name)s supplies %(item)s already.") % {"name": supplier.name, "item": item.number}
        )
    row = SupplierItem(item=item, supplier=supplier, unit=item.unit)
    _take(item, row, terms)
    row.save()
    tell(events.SUPPLIER_ADDED, item, supplier, at=at, actor=actor)
    return row


def change_supplier(
    *,
    actor: User,
    item_id: int,
    supplier_item_id: int,
    at: datetime,
    version: int | None = None,
    **terms: Unpack[SupplyTerms],
) -> SupplierItem:
    """Change how a supplier delivers an item. Raises NoSuchPart, StaleVersion, BadItem, Forbidden."""
    item = locked_item(actor, item_id)
    row = item.suppliers.select_related("supplier", "unit").filter(pk=supplier_item_id).first()
    if row is None:
        raise NoSuchPart(_("%(item)s has no such supplier.") % {"item": item.number})
    check_version(row, version, shown_terms(row))
    if (unit := terms.get("unit")) is not None and unit.pk != row.unit_id and row.prices.exists():
        raise refuse("unit", _("Prices of this supplier are per %(unit)s: the unit stays.") % {"unit": row.unit})
    _take(item, row, terms)
    saved(row, list(terms))
    tell(events.SUPPLIER_CHANGED, item, row.supplier, at=at, actor=actor)
    return row


def shown_terms(row: SupplierItem) -> dict[str, Any]:
    """The terms as they stand, for comparing two versions."""
    return {name: readable(getattr(row, name)) for name in SupplyTerms.__annotations__}


def _take(item: Item, row: SupplierItem, terms: SupplyTerms) -> None:
    said: dict[str, Any] = {**terms}
    for name, value in said.items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    checked(row)
    must_convert(item, row.unit)
    if row.least_quantity < 0 or row.multiple < 0:
        raise refuse("least_quantity", _("Least quantity and multiple cannot be below zero."))
    if row.is_preferred and not row.is_active:
        raise refuse("is_preferred", _("A supplier that is not in use cannot be the preferred one."))
    if row.is_preferred:
        for former in item.suppliers.filter(is_preferred=True).exclude(pk=row.pk):
            former.is_preferred = False
            saved(former, ["is_preferred"])
