"""What a quantity needs over all levels; T-MRP-1 and T-MRP-3 of the definitions where they touch explosion."""

from datetime import date
from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from inventory.items.models import Item
from production.products.models import BomAlternate
from production.products.queries import (
    ProductRing,
    TooMuchToExplode,
    explode,
    lines_of_order,
    where_used,
)
from tests.world.inventory import an_item
from tests.world.products import TODAY, a_bom, a_bom_line, a_structure

pytestmark = pytest.mark.django_db

MRP_1 = {"A": {"B": "2", "C": "3"}, "B": {"D": "2", "E": "3"}, "C": {"F": "2", "E": "1"}}
MRP_3 = {"Z": {"A": "2", "B": "3"}, "A": {"C": "4", "D": "4"}, "D": {"E": "2"}}


def needed(item: Item, quantity: str, **more: object) -> dict[str, Decimal]:
    found = explode(item, Decimal(quantity), TODAY, **more)
    sums = found.totals()
    numbers = {row.item.id: row.item.number for row in found.rows}
    return {numbers[key]: amount for key, amount in sums.items()}


@pytest.mark.parametrize(
    ("structure_of", "top", "quantity", "expected"),
    [
        # T-MRP-1, Chase and Jacobs style: 855 E are 570 for B and 285 for C.
        (MRP_1, "A", "95", {"B": 190, "C": 285, "D": 380, "E": 855, "F": 570}),
        # T-MRP-3: 59 Z.
        (MRP_3, "Z", "59", {"A": 118, "B": 177, "C": 472, "D": 472, "E": 944}),
    ],
    ids=["T-MRP-1", "T-MRP-3"],
)
def test_gross_quantities_of_the_definitions(
    structure_of: dict[str, dict[str, str]], top: str, quantity: str, expected: dict[str, int]
) -> None:
    items = a_structure(structure_of)
    assert needed(items[top], quantity) == expected


def test_rows_are_sums_a_level_with_what_is_made_marked() -> None:
    items = a_structure(MRP_1)
    found = explode(items["A"], Decimal(95), TODAY)
    rows = [(row.level, row.item.number, row.quantity, row.has_bom) for row in found.rows]
    assert rows == [
        (1, "B", 190, True), (1, "C", 285, True), (2, "D", 380, False), (2, "E", 855, False), (2, "F", 570, False)
    ]  # fmt: skip
    assert found.depth == 2
    assert found.leaves() == {items["D"].pk: 380, items["E"].pk: 855, items["F"].pk: 570}
    top = explode(items["A"], Decimal(95), TODAY, levels=1)
    assert [(row.item.number, row.has_bom) for row in top.rows] == [("B", True), ("C", True)]


def test_loss_is_added_to_what_is_needed_at_each_level() -> None:
    a, b, c = (an_item(number) for number in "ABC")
    a_bom_line(a_bom(a), b, "2", loss_percent=Decimal(5))
    a_bom_line(a_bom(b), c, "0.5", loss_percent=Decimal("2.5"))
    # 10 × 2 × 1.05 = 21; 21 × 0.5 × 1.025 = 10.7625.
    assert needed(a, "10") == {"B": Decimal(21), "C": Decimal("10.7625")}


def test_fixed_quantities_and_batches_and_units() -> None:
    a, b, c = an_item("A"), an_item("B", unit="kg"), an_item("C")
    bom = a_bom(a, quantity="100")
    a_bom_line(bom, b, "250", factor=Decimal("0.001"))
    a_bom_line(bom, c, "3", is_fixed=True)
    assert needed(a, "1000") == {"B": Decimal("2.5"), "C": Decimal(3)}
    assert needed(a, "1") == {"B": Decimal("0.0025"), "C": Decimal(3)}


def test_phantoms_stand_for_what_is_in_them() -> None:
    a, p, b, glue = (an_item(number) for number in ("A", "P", "B", "GLUE"))
    a_bom_line(a_bom(a), p, "2", loss_percent=Decimal(10), operation_number=20)
    phantom = a_bom(p, {b: "3"}, is_phantom=True)
    a_bom_line(phantom, glue, "1", is_fixed=True)
    found = explode(a, Decimal(10), TODAY)
    assert [(row.level, row.item.number, row.quantity) for row in found.rows] == [(1, "B", 66), (1, "GLUE", 1)]
    needs = [(one.item.number, one.each, one.quantity, one.is_fixed, one.loss_percent, one.operation_number)
             for one in lines_of_order(a, Decimal(10), TODAY)]  # fmt: skip
    assert needs == [("B", 6, 66, False, 10, 20), ("GLUE", 1, 1, True, 0, 20)]
    assert needed(p, "10") == {"B": 30, "GLUE": 1}


def test_a_phantom_is_no_level_and_an_empty_one_stands_for_nothing() -> None:
    a, p, q, b, c, nothing = (an_item(number) for number in ("A", "P", "Q", "B", "C", "NOTHING"))
    a_bom(a, {p: "2", nothing: "5"})
    a_bom(nothing, is_phantom=True)
    a_bom(p, {q: "3"}, is_phantom=True)
    lossy = a_bom_line(a_bom(q, is_phantom=True), b, "1", is_fixed=True, loss_percent=Decimal(50))
    a_bom(b, {c: "4"})
    for levels, expected in ((1, {"B": Decimal("1.5")}), (None, {"B": Decimal("1.5"), "C": Decimal(6)})):
        assert needed(a, "10", levels=levels) == expected
    assert [used.item.number for used in where_used(lossy.item, TODAY, all_levels=True).rows] == ["Q", "P", "A"]


def test_only_what_is_in_force_that_day_counts() -> None:
    a, b, c, d = (an_item(number) for number in "ABCD")
    a_bom(a, {b: "1"}, code="1", valid_until=date(2026, 12, 1))
    second = a_bom(a, {c: "2"}, code="2", valid_from=date(2026, 12, 1))
    a_bom_line(second, d, "5", valid_from=date(2027, 1, 1))
    a_bom(a, {d: "9"}, code="3", status="DRAFT")
    on = {day: explode(a, Decimal(1), day).totals() for day in (TODAY, date(2026, 12, 1), date(2027, 1, 1))}
    assert list(on.values()) == [{b.pk: 1}, {c.pk: 2}, {c.pk: 2, d.pk: 5}]
    assert [need.item for need in lines_of_order(a, Decimal(1), date(2026, 12, 31))] == [c]


def test_alternates_are_named_and_what_comes_out_beside() -> None:
    a, b, b2, b3, chips, twin = (an_item(number) for number in ("A", "B", "B2", "B3", "CHIPS", "TWIN"))
    bom = a_bom(a)
    line = a_bom_line(bom, b, "1")
    a_bom_line(bom, chips, "0.2", kind="BY_PRODUCT")
    a_bom_line(bom, twin, "1", kind="CO_PRODUCT", cost_share=Decimal(40))
    with acting(service_user("plant"), channel="test"):
        BomAlternate.objects.create(line=line, item=b3, priority=2, factor=Decimal("1.5"))
        BomAlternate.objects.create(line=line, item=b2, priority=1)
    found = explode(a, Decimal(10), TODAY)
    assert [row.item.number for row in found.rows] == ["B"]
    assert [(one.item.number, one.factor) for one in found.rows[0].alternates] == [("B2", 1), ("B3", Decimal("1.5"))]
    assert [(one.item.number, one.kind, one.quantity, one.cost_share) for one in found.beside] == [
        ("CHIPS", "BY_PRODUCT", 2, 0), ("TWIN", "CO_PRODUCT", 10, 40)
    ]  # fmt: skip
    needs = lines_of_order(a, Decimal(10), TODAY)
    assert [(one.item.number, one.kind) for one in needs] == [
        ("B", "COMPONENT"), ("CHIPS", "BY_PRODUCT"), ("TWIN", "CO_PRODUCT")
    ]  # fmt: skip
    assert [one.item.number for one in needs[0].alternates] == ["B2", "B3"]


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "1000000001"])
def test_a_quantity_that_cannot_be_exploded_is_refused(quantity: str) -> None:
    with pytest.raises(TooMuchToExplode):
        explode(a_structure(MRP_1)["A"], Decimal(quantity), TODAY)


def test_a_ring_that_came_in_past_the_acts_is_told() -> None:
    items = a_structure({"A": {"B": "1"}, "B": {"A": "1"}})
    with pytest.raises(ProductRing):
        explode(items["A"], Decimal(1), TODAY)


def test_where_used_goes_up_one_level_or_all() -> None:
    items = a_structure({**MRP_1, "Y": {"A": "1", "E": "4"}})
    a_bom(items["F"], {items["E"]: "1"}, code="d", status="DRAFT")
    one = [(row.level, row.item.number, row.quantity, row.status) for row in where_used(items["E"]).rows]
    assert one == [
        (1, "B", 3, "RELEASED"), (1, "C", 1, "RELEASED"), (1, "F", 1, "DRAFT"), (1, "Y", 4, "RELEASED")
    ]  # fmt: skip
    every = [(row.level, row.item.number) for row in where_used(items["E"], TODAY, all_levels=True).rows]
    assert every == [(1, "B"), (1, "C"), (1, "Y"), (2, "A")]
    assert where_used(items["Y"], all_levels=True) == ([], 0)
    for most, told in ((1, "B"), (3, "BCY"), (4, "BCYA"), (9, "BCYA")):
        few = where_used(items["E"], TODAY, all_levels=True, most=most)
        assert ("".join(row.item.number for row in few.rows), few.found) == (told, 4)


def test_where_used_names_uses_as_an_alternate() -> None:
    a, b, other = (an_item(number) for number in ("A", "B", "OTHER"))
    line = a_bom_line(a_bom(a), b)
    with acting(service_user("plant"), channel="test"):
        BomAlternate.objects.create(line=line, item=other)
    assert [(row.item.number, row.as_alternate) for row in where_used(other, TODAY).rows] == [("A", True)]
