"""How much of an item's base unit another unit is."""

from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Invalid
from inventory.items.models import Item, ItemUnit, Unit
from inventory.items.queries.finding import Actor
from inventory.items.rules import conversion
from inventory.items.states import Dimension


class NoConversion(Invalid):
    """Nobody said how much of the item's base unit this unit is."""

    code = "no_conversion"


class NoSuchUnit(Invalid):
    """The plant has no unit of this code."""

    code = "no_such_unit"


def unit_or_missing(actor: Actor, code: str) -> Unit:
    """The unit of a code. Raises NoSuchUnit."""
    unit = visible(actor, Unit.objects.all()).filter(code=code.strip()).first()
    if unit is None:
        raise NoSuchUnit(_("There is no unit %(code)s. The administration has the list.") % {"code": code.strip()[:12]})
    return unit


def units_of(item: Item) -> QuerySet[Unit]:
    """The units a quantity of the item may be written in, by code: its own, and those of the same dimension."""
    own = ItemUnit.objects.filter(item=item).values("unit")
    meant = Q(pk=item.unit_id) | Q(pk__in=own)
    base = measure_of(item.unit)
    if base.dimension != Dimension.COUNT:
        meant |= Q(dimension=base.dimension)
    elif conversion.has_size(base):
        meant |= Q(dimension=Dimension.COUNT) & (Q(code__in=conversion.PIECE_CODES) | ~Q(factor=1))
    return Unit.objects.filter(meant).order_by("code")


def factor_of(item: Item, unit: Unit) -> Decimal:
    """How many base units of the item one `unit` is: the item's own conversion, else the common dimension.

    Raises NoConversion.
    """
    if unit.pk == item.unit_id:
        return Decimal(1)
    own = ItemUnit.objects.filter(item=item, unit=unit).values_list("factor", flat=True).first()
    factor = own if own is not None else conversion.between(measure_of(unit), measure_of(item.unit))
    if factor is None:
        raise NoConversion(
            _("Nobody said how many %(base)s of %(item)s one %(unit)s is. Use %(base)s, or add the unit to the item.")
            % {"base": item.unit.code, "item": item.number, "unit": unit.code}
        )
    return factor


def to_base(item: Item, quantity: Decimal, unit: Unit) -> Decimal:
    """A quantity in the item's base unit, with six digits. Raises NoConversion."""
    return conversion.rounded(quantity * factor_of(item, unit))


def measure_of(unit: Unit) -> conversion.Measure:
    """A unit as conversions see it."""
    return conversion.Measure(unit.code, unit.dimension, unit.factor)
