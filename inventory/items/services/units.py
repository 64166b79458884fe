"""Acts on units of measure, an item's own units, and barcodes."""

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.people.models import User
from inventory.items import events
from inventory.items.models import Item, ItemBarcode, ItemUnit, Unit
from inventory.items.queries import units_of
from inventory.items.rules import facts as rules
from inventory.items.rules import gs1
from inventory.items.services.common import MANAGE, CodeInUse, NoSuchPart, checked, locked_item, refuse, saved, tell
from inventory.items.states import Dimension

# Code, name, dimension, how many of the dimension's basic unit, digits behind the point.
BASIC = (
    ("pcs", "Pieces", Dimension.COUNT, "1", 0),
    ("kg", "Kilograms", Dimension.MASS, "1", 3),
    ("g", "Grams", Dimension.MASS, "0.001", 1),
    ("t", "Tonnes", Dimension.MASS, "1000", 3),
    ("m", "Metres", Dimension.LENGTH, "1", 3),
    ("mm", "Millimetres", Dimension.LENGTH, "0.001", 1),
    ("m2", "Square metres", Dimension.AREA, "1", 3),
    ("l", "Litres", Dimension.VOLUME, "1", 3),
    ("ml", "Millilitres", Dimension.VOLUME, "0.001", 1),
    ("h", "Hours", Dimension.TIME, "1", 2),
    ("min", "Minutes", Dimension.TIME, "0.016666666667", 1),
    ("kWh", "Kilowatt hours", Dimension.ENERGY, "1", 2),
)


def ensure_units(*, actor: User) -> list[Unit]:
    """Add the basic units the plant does not have; one that is there stays as it is. Gives the new ones."""
    require(actor, MANAGE)
    known = set(Unit.objects.values_list("code", flat=True))
    return [
        Unit.objects.create(code=code, name=name, dimension=dimension, factor=Decimal(factor), decimals=decimals)
        for code, name, dimension, factor, decimals in BASIC
        if code not in known
    ]


def check_unit(unit: Unit) -> None:
    """The facts of a unit taken by themselves. What items are counted in keeps its size. Raises BadItem."""
    checked(unit)
    if unit.factor <= 0:
        raise refuse("factor", _("One %(unit)s must be more than nothing.") % {"unit": unit})
    stored = Unit.objects.filter(pk=unit.pk).first()
    if stored is None:
        return
    if (stored.dimension, stored.factor) != (unit.dimension, unit.factor) and unit.items.exists():
        raise refuse(
            "factor", _("Items are counted in %(unit)s: what it measures stays. Make a new unit.") % {"unit": unit}
        )


def set_unit(*, actor: User, item_id: int, unit: Unit, factor: Decimal, at: datetime) -> ItemUnit:
    """Say how many base units of an item one other unit is; saying it again corrects it.

    Documents keep the factor they were written with. Raises NoSuchItem, BadItem, Forbidden.
    """
    item = locked_item(actor, item_id)
    if unit.pk == item.unit_id:
        raise refuse("unit", _("%(unit)s is the base unit of %(item)s.") % {"unit": unit, "item": item.number})
    row = ItemUnit.objects.filter(item=item, unit=unit).first() or ItemUnit(item=item, unit=unit)
    row.factor = factor
    if factor <= 0:
        raise refuse("factor", _("One %(unit)s must be more than nothing.") % {"unit": unit})
    checked(row)
    if row.pk:
        saved(row, ["factor"])
    else:
        row.save()
    said = f"{factor.normalize():f}"
    tell(events.UNIT_SET, item, at=at, actor=actor, unit=unit.code, factor=said, base=item.unit.code)
    return row


def remove_unit(*, actor: User, item_id: int, item_unit_id: int, at: datetime) -> None:
    """No longer count an item in a unit, unless a barcode or a supplier does. Raises NoSuchPart, BadItem, Forbidden."""
    item = locked_item(actor, item_id)
    row = item.units.select_related("unit").filter(pk=item_unit_id).first()
    if row is None:
        raise NoSuchPart(_("%(item)s has no such unit.") % {"item": item.number})
    needed = item.barcodes.filter(unit=row.unit).exists() or item.suppliers.filter(unit=row.unit).exists()
    if needed or item.sales_prices.filter(unit=row.unit).exists():
        raise refuse(
            "unit", _("A barcode, a supplier or a price of %(item)s uses %(unit)s.") % {"item": item, "unit": row.unit}
        )
    row.delete()
    tell(events.UNIT_REMOVED, item, at=at, actor=actor, unit=row.unit.code)


def add_barcode(*, actor: User, item_id: int, code: str, at: datetime, unit: Unit | None = None) -> ItemBarcode:
    """Say that a code means an item, or one pack of it. Raises NoSuchItem, BadItem, CodeInUse, Forbidden."""
    item = locked_item(actor, item_id)
    row = ItemBarcode(item=item, code=code.strip(), unit=unit)
    checked(row)
    if digit := rules.expected_digit(row.code):
        raise refuse("code", _("The last digit of %(code)s should be %(digit)s.") % {"code": row.code, "digit": digit})
    must_convert(item, unit)
    _must_be_free(item, row.code)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        # Two people gave the same code away at once.
        raise _taken(row.code, ItemBarcode.objects.select_related("item").get(code=row.code).item) from None
    tell(events.BARCODE_ADDED, item, at=at, actor=actor, code=row.code)
    return row


def remove_barcode(*, actor: User, item_id: int, barcode_id: int, at: datetime) -> None:
    """Let a code mean an item no longer. Raises NoSuchPart, Forbidden."""
    item = locked_item(actor, item_id)
    row = item.barcodes.filter(pk=barcode_id).first()
    if row is None:
        raise NoSuchPart(_("%(item)s has no such barcode.") % {"item": item.number})
    row.delete()
    tell(events.BARCODE_REMOVED, item, at=at, actor=actor, code=row.code)


def must_convert(item: Item, unit: Unit | None) -> None:
    """Raises BadItem where nobody said how many base units of the item this unit is."""
    if unit is not None and not units_of(item).filter(pk=unit.pk).exists():
        raise refuse(
            "unit",
            _("First say how many %(base)s of %(item)s one %(unit)s is.")
            % {"base": item.unit, "item": item.number, "unit": unit},
        )


def _must_be_free(item: Item, code: str) -> None:
    forms = gs1.gtin_forms(code) if gs1.is_gtin(code) else [code]
    known = ItemBarcode.objects.filter(code__in=forms).select_related("item").first()
    owner = known.item if known else Item.objects.filter(gtin__in=forms).first()
    owner = owner or Item.objects.filter(number__iexact=code).exclude(pk=item.pk).first()
    if owner is not None:
        raise _taken(code, owner)


def _taken(code: str, owner: Item) -> CodeInUse:
    sentence = _("%(code)s means item %(item)s already.") % {"code": code, "item": owner}
    return CodeInUse(sentence, errors=[{"pointer": "/code", "code": CodeInUse.code, "message": sentence}])
