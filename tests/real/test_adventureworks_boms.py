"""The bicycle maker's whole structure: explosions and uses equal numbers made by scripts that share no code with ours.

Inputs and expected numbers: ../shared/data (adventureworks, expected.json). Rows whose EndDate is empty are current;
the ended ones are kept as lines that hold no longer, so effectivity is tried too.
"""

import csv
import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from inventory.items.models import Item
from production.products.models import Bom, BomLine
from production.products.queries import explode, where_used
from production.products.states import DesignStatus
from tests.real.mill import EXPECTED
from tests.world.inventory import a_unit

FOLDER = EXPECTED.parent / "adventureworks" / "csv"
ON = date(2015, 1, 1)

pytestmark = [
    pytest.mark.skipif(not FOLDER.exists(), reason="../shared/data/adventureworks is absent"),
    pytest.mark.django_db,
]


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day(text: str) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def expected() -> dict[str, Any]:
    with EXPECTED.open(encoding="utf-8") as file:
        return json.load(file)["adventureworks"]


@pytest.fixture
def items() -> dict[str, Item]:
    """Every product by its id in the old system, with every row of the bills of materials."""
    parts = [row for row in rows("BillOfMaterials") if row["ProductAssemblyID"]]
    units = {code: a_unit(code) for code in {row["UnitMeasureCode"].strip() for row in parts}}
    unit_of = {row["ComponentID"]: units[row["UnitMeasureCode"].strip()] for row in parts}
    with acting(service_user("plant"), channel="test"):
        made = Item.objects.bulk_create(
            Item(number=row["ProductNumber"], name=row["Name"], unit=unit_of.get(row["ProductID"], units["EA"]))
            for row in rows("Product")
        )
        found = {row["ProductID"]: item for row, item in zip(rows("Product"), made, strict=True)}
        assemblies = dict.fromkeys(str(int(float(row["ProductAssemblyID"]))) for row in parts)
        boms = Bom.objects.bulk_create(
            Bom(item=found[key], code="1", status=DesignStatus.RELEASED) for key in assemblies
        )
        bom_of = dict(zip(assemblies, boms, strict=True))
        BomLine.objects.bulk_create(
            BomLine(
                bom=bom_of[str(int(float(row["ProductAssemblyID"])))],
                position=place,
                item=found[row["ComponentID"]],
                quantity=Decimal(row["PerAssemblyQty"]),
                unit=units[row["UnitMeasureCode"].strip()],
                valid_from=day(row["StartDate"]),
                # The last day is the old system's own; ours is the day after it.
                valid_until=(ended + timedelta(days=1)) if (ended := day(row["EndDate"])) else None,
            )
            for place, row in enumerate(parts, 1)
        )
    return found


def test_explosions_equal_the_expected_numbers(items: dict[str, Item]) -> None:
    assert BomLine.objects.count() == 2679 - 103
    for key, known in expected()["bom_explosion"].items():
        found = explode(items[key], Decimal(1), ON)
        numbers = {row.item.id: row.item.number for row in found.rows}
        leaves = {numbers[one]: amount for one, amount in found.leaves().items()}
        told = {
            "direct_components": sum(row.level == 1 for row in found.rows),
            "levels_below": found.depth,
            "distinct_items_anywhere_below": len(found.totals()),
            "distinct_leaf_items": len(leaves),
            "leaf_quantities": leaves,
        }
        assert told == {name: known[name] for name in told}, known["Name"]
        assert sum(leaves.values()) == Decimal(str(known["total_leaf_quantity_mixed_units"]))


def test_uses_equal_the_expected_numbers(items: dict[str, Item]) -> None:
    known = expected()
    finished = {items[row["ProductID"]].pk for row in rows("Product") if row["FinishedGoodsFlag"] == "1"}
    by_number = {item.number: item for item in items.values()}
    direct, all_above = {}, {}
    for number in known["where_used_direct_parents"]:
        direct[number] = len({used.item.id for used in where_used(by_number[number], ON).rows})
        above = where_used(by_number[number], ON, all_levels=True).rows
        all_above[number] = len({used.item.id for used in above} & finished)
    assert direct == known["where_used_direct_parents"]
    assert all_above == known["where_used_all_finished_goods"]
