"""Something else is used: for all of it or for the rest, by the list or by those who manage orders."""

from decimal import Decimal

import pytest

from production.materials.queries import alternates_of, issued_of
from production.materials.services import NotAnAlternate, backflush_step, use_alternate
from production.products.models import Bom, BomAlternate, BomLine
from tests.world.inventory import an_item
from tests.world.work import Works, a_need, counted, made

pytestmark = pytest.mark.django_db


@pytest.fixture
def works(plant, cast) -> Works:
    return Works(plant, cast)


@pytest.fixture
def order(works):
    item, self = an_item(), works
    self.steel, self.brass, self.tin = an_item("STEEL"), an_item("BRASS"), an_item("TIN")
    bom = made(Bom, item=item, code="A", status="RELEASED")
    line = made(BomLine, bom=bom, position=10, item=self.steel, quantity=Decimal(2), unit=self.steel.unit)
    made(BomAlternate, line=line, item=self.tin, priority=2)
    made(BomAlternate, line=line, item=self.brass, factor=Decimal("1.5"), priority=1)
    order, self.step = self.order(item, bom=bom)
    self.row = a_need(order, self.steel, "2")
    return order


def test_alternates_come_best_first(works, order):
    assert [row.item.number for row in alternates_of(works.row)] == ["BRASS", "TIN"]


def test_for_all_of_it_the_row_changes_by_the_factor(works, order):
    row = works.do(use_alternate, material_id=works.row.pk, item=works.brass)
    assert (row.pk, row.item, row.instead_of, row.each, row.quantity) == (
        works.row.pk, works.brass, works.steel, 3, 300,
    )  # fmt: skip


def test_in_the_middle_the_rest_becomes_a_row_of_its_own(works, order):
    works.stocked(works.steel, "50")
    works.stocked(works.brass, "500")
    counted(works.step, works.people.operator, good="20")
    works.do(backflush_step, operation=works.step)
    rest = works.do(use_alternate, material_id=works.row.pk, item=works.brass)
    assert (rest.quantity, rest.each) == (240, 3)
    works.do(backflush_step, operation=works.step)
    assert (works.lies(works.steel), works.lies(works.brass)) == (10, 500)
    counted(works.step, works.people.operator, good="10")
    works.do(backflush_step, operation=works.step)
    assert (works.lies(works.steel), works.lies(works.brass)) == (10, 470)
    assert [(row.material.item.number, row.needed, row.used, row.missing) for row in issued_of(order)] == [
        ("STEEL", 40, 40, 0),
        ("BRASS", 240, 30, 0),
    ]


def test_what_is_not_on_the_list_is_for_those_who_manage_orders_with_a_reason(works, order):
    gold = an_item("GOLD")
    for who, reason in (("operator", "no steel"), ("supervisor", " ")):
        with pytest.raises(NotAnAlternate):
            works.do(
                use_alternate, actor=getattr(works.people, who), material_id=works.row.pk, item=gold, reason=reason
            )
    works.row.refresh_from_db()
    assert works.row.item == works.steel
    row = works.do(use_alternate, actor=works.people.supervisor, material_id=works.row.pk, item=gold, reason="trial")
    assert (row.item, row.quantity) == (gold, 200)
