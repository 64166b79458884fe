"""The base of a plan is kept as long as nothing it was read from changes; whatever does ends it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.partners.models import Partner
from inventory.items.models import Item, ItemUnit, Unit
from inventory.purchasing.models import SupplierItem
from inventory.replenishment.models import ReplenishmentRule
from production.planning.models import PlanBase
from production.planning.queries.base import kept_base, packed, read_base, unpacked
from production.planning.rules.packing import packed_columns, unpacked_columns
from production.planning.services import basing
from production.products.models import Bom, BomLine, Routing
from tests.production.planning.conftest import TODAY, Joinery

D = Decimal
CHANGES: dict[str, Callable[[Joinery], object]] = {
    "a line of a bill": lambda joinery: BomLine.objects.filter(item=joinery.leg).update(quantity=D(5)),
    "a bill": lambda joinery: Bom.objects.filter(item=joinery.table).update(quantity=D(2)),
    "a routing": lambda joinery: Routing.objects.filter(item=joinery.table).update(lead_time_days=9),
    "how an item is come by": lambda joinery: Item.objects.filter(pk=joinery.leg.pk).update(is_active=False),
    "a supplier's word": lambda joinery: SupplierItem.objects.filter(item=joinery.leg).update(lead_time_days=30),
    "a supplier in use": lambda joinery: Partner.objects.filter(pk=joinery.supplier.pk).update(is_active=False),
    "a unit": lambda _joinery: Unit.objects.update(decimals=3),
    "a unit of an item": lambda joinery: ItemUnit.objects.create(
        item=joinery.leg, unit=Unit.objects.exclude(pk=joinery.leg.unit_id).first() or joinery.leg.unit, factor=D(12)
    ),
    "a rule": lambda joinery: ReplenishmentRule.objects.create(
        item=joinery.table, site=joinery.plant.site, safety_stock=D(3)
    ),
}  # fmt: skip


def is_kept(joinery: Joinery, on: date = TODAY) -> bool:
    return kept_base(joinery.plant.site, on) is not None


@pytest.mark.django_db
def test_a_second_plan_finds_the_base_of_the_first_and_is_the_same(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.plan()
    first = joinery.proposals()
    assert is_kept(joinery)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        joinery.plan()
    assert not any("production_bomline" in one["sql"] for one in asked)
    assert joinery.proposals() == first


@pytest.mark.django_db
@pytest.mark.parametrize("what", CHANGES)
def test_whatever_changes_ends_the_base_and_the_next_plan_knows(joinery: Joinery, what: str) -> None:
    joinery.plan()
    with acting(joinery.books.actor, channel="test"):
        CHANGES[what](joinery)
    assert not is_kept(joinery)
    joinery.plan()
    kept, read = kept_base(joinery.plant.site, TODAY), read_base(joinery.plant.site, TODAY)
    assert kept is not None
    assert packed(kept) == packed(read)


@pytest.mark.django_db
def test_stock_and_orders_leave_the_base_alone(joinery: Joinery) -> None:
    joinery.plan()
    joinery.books.receive(joinery.table, "3", "1")
    joinery.sell("10", 24)
    assert is_kept(joinery)
    joinery.plan()
    assert {one.item.number: one.quantity for one in joinery.planned()}["TABLE"] == D(7)


@pytest.mark.django_db
def test_it_holds_until_a_day_on_which_something_comes_into_force(joinery: Joinery) -> None:
    with acting(joinery.books.actor, channel="test"):
        BomLine.objects.filter(item=joinery.leg).update(valid_until=TODAY + timedelta(days=3))
        BomLine.objects.filter(item=joinery.board).update(valid_from=TODAY - timedelta(days=2))
    joinery.plan()
    kept = [days for days in range(-4, 6) if is_kept(joinery, TODAY + timedelta(days=days))]
    assert kept == [-2, -1, 0, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_while_the_base_is_read_ends_it(joinery: Joinery, monkeypatch: pytest.MonkeyPatch) -> None:
    def change() -> None:
        try:
            with acting(joinery.books.actor, channel="test"):
                CHANGES["a line of a bill"](joinery)
        finally:
            connection.close()

    read = basing.read_base

    def read_while_others_work(*given: object) -> object:
        found = read(*given)
        with ThreadPoolExecutor(1) as other:
            other.submit(change).result(30)
        return found

    monkeypatch.setattr(basing, "read_base", read_while_others_work)
    with transaction.atomic():
        basing.base_of(joinery.plant.site, TODAY)
    assert PlanBase.objects.count() == 1
    assert not is_kept(joinery)


def test_columns_are_packed_in_as_few_bytes_as_they_need_and_come_back() -> None:
    columns = {
        "small": np.array([0, -1, 127]), "middle": np.array([300, 0]), "wide": np.array([2**62, -(2**62)]),
        "flags": np.array([True, False]), "none": np.zeros(0, dtype=np.int64),
    }  # fmt: skip
    rows = packed_columns(columns)
    assert len(rows) < 4 + 200 + 3 + 4 + 16 + 2
    back = unpacked_columns(rows)
    assert {name: (column.tolist(), str(column.dtype)) for name, column in back.items()} == {
        name: (column.tolist(), str(column.dtype)) for name, column in columns.items()
    }


@pytest.mark.django_db
def test_a_base_comes_back_as_it_was(joinery: Joinery) -> None:
    base = read_base(joinery.plant.site, TODAY)
    back = unpacked(packed(base))
    assert back is not None
    assert packed(back) == packed(base)
    assert base.lines.parent.tolist()
    assert sorted(base.levels.of.tolist())[-1] == 2


@pytest.mark.django_db
def test_a_base_of_before_its_levels_were_kept_is_read_anew(joinery: Joinery) -> None:
    joinery.plan()
    columns = unpacked_columns(bytes(PlanBase.objects.get().rows))
    PlanBase.objects.update(rows=packed_columns({name: of for name, of in columns.items() if "level." not in name}))
    assert not is_kept(joinery)
    joinery.plan()
    assert is_kept(joinery)
