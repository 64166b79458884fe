"""How much of the base unit another unit is."""

from decimal import Decimal

import pytest

from inventory.items.queries import NoConversion, factor_of, to_base, units_of
from tests.world.inventory import a_unit, an_item, an_item_unit

pytestmark = pytest.mark.django_db


def test_base_unit_is_one() -> None:
    item = an_item()
    assert factor_of(item, item.unit) == Decimal(1)


def test_units_of_one_dimension_convert_by_their_factors() -> None:
    kg, g = a_unit("kg", dimension="MASS"), a_unit("g", dimension="MASS", factor=Decimal("0.001"))
    in_kg, in_g = an_item(unit="kg"), an_item(unit="g")
    assert factor_of(in_kg, g) == Decimal("0.001")
    assert factor_of(in_g, kg) == Decimal(1000)
    assert to_base(in_kg, Decimal("250.4"), g) == Decimal("0.250400")


def test_the_items_own_conversion_goes_before_the_dimension() -> None:
    a_unit("m", dimension="LENGTH")
    item, coil = an_item(unit="m"), a_unit("mm", dimension="LENGTH", factor=Decimal("0.001"))
    an_item_unit(item, "mm", "0.002")
    assert factor_of(item, coil) == Decimal("0.002")


def test_box_has_no_size_of_its_own() -> None:
    item, other = an_item(), an_item()
    box, dozen = a_unit("box"), a_unit("doz", factor=Decimal(12))
    an_item_unit(item, "box", "25")
    assert to_base(item, Decimal("2.5"), box) == Decimal("62.5")
    assert to_base(other, Decimal(3), dozen) == Decimal(36)
    with pytest.raises(NoConversion, match=f"how many pcs of {other.number} one box is"):
        to_base(other, Decimal(1), box)


def test_other_dimension_needs_the_items_word() -> None:
    item, kg = an_item(), a_unit("kg", dimension="MASS")
    with pytest.raises(NoConversion):
        factor_of(item, kg)
    an_item_unit(item, "kg", "40")
    assert to_base(item, Decimal("0.5"), kg) == Decimal(20)


def test_quantities_have_six_digits() -> None:
    pcs = a_unit("pcs")
    a_unit("doz", factor=Decimal(12))
    item = an_item(unit="doz")
    assert factor_of(item, pcs) == Decimal("0.083333333333")
    assert to_base(item, Decimal(1), pcs) == Decimal("0.083333")
    assert to_base(item, Decimal(12), pcs) == Decimal(1)


def test_units_offered_for_an_item_are_those_that_convert() -> None:
    a_unit("box"), a_unit("doz", factor=Decimal(12)), a_unit("kg", dimension="MASS"), a_unit("can")
    a_unit("g", dimension="MASS", factor=Decimal("0.001"))
    item, powder = an_item(), an_item(unit="kg")
    an_item_unit(item, "box", "25")
    an_item_unit(powder, "can", "2.5")
    for thing, codes in ((item, ["box", "doz", "pcs"]), (powder, ["can", "g", "kg"])):
        offered = list(units_of(thing))
        assert [unit.code for unit in offered] == codes
        assert all(factor_of(thing, unit) > 0 for unit in offered)
