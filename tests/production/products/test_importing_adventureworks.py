"""A bicycle maker's structures and routings come over from the old system's own files, and give its own figures."""

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import carry_in
from factory_core.importing.services.flow import leave_out
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.items.services.units import ensure_units
from production.products.models import BomLine, Instruction, Routing, RoutingOperation
from production.products.queries import explode, where_used
from production.products.queries.designs import in_force
from tests.world.bringing import NOW, brought, checked, undone
from tests.world.checksums import checksums, tables_of
from tests.world.plant import Plant

DATA = Path(__file__).parents[4] / "shared" / "data"
WORKS = DATA / "adventureworks" / "xlsx"
pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not DATA.exists(), reason="the real files are not here")]
TODAY = date(2026, 11, 23)


@pytest.fixture
def items(plant: Plant, migrator: User) -> None:
    with acting(migrator, channel="test"):
        ensure_units(actor=migrator)
    brought(migrator, plant.site, "units", WORKS / "items.xlsx", sheet="UnitMeasure")
    brought(
        migrator, plant.site, "items", WORKS / "items.xlsx", sheet="Product", without=(
            "ProductSubcategoryID", "SizeUnitMeasureCode", "WeightUnitMeasureCode", "Weight",
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "expected.json").read_text())["adventureworks"]
    return found


def structures(plant: Plant, migrator: User) -> ImportRun:
    return brought(migrator, plant.site, "boms", WORKS / "boms.xlsx")


def test_structures_give_the_old_explosions_and_uses(
    plant: Plant, migrator: User, items: None, expected: dict[str, Any]
) -> None:
    before = checksums(tables_of("inventory", "production"))
    run = structures(plant, migrator)
    warned = defaultdict(int)
    for one in report_of(run)["warnings"]:
        warned[one["code"]] += 1
    assert warned == {"no_parent": expected["bom_rows_without_parent"], "counted_otherwise": 8, "outer_blanks": 1}
    lines = BomLine.objects.filter(in_force(TODAY))
    assert (run.rows, run.skipped, run.created) == (2679, 103, 2576)
    # Rows that go into nothing did not come: they are not in the sum of what came.
    assert [Decimal(run.totals[where]["quantity"]) for where in ("file", "taken")] == [5503, 5400]
    # Of the rows without a parent 97 are current and 6 ended.
    assert lines.count() == expected["bom_rows_current"] - 97
    assert BomLine.objects.count() - lines.count() == expected["bom_rows_ended"] - 6
    assert lines.values("bom__item").distinct().count() == expected["assemblies_with_current_components"]
    for one in expected["bom_explosion"].values():
        found = explode(Item.objects.get(number=one["ProductNumber"]), Decimal(1), TODAY)
        leaves: dict[str, Decimal] = defaultdict(Decimal)
        for row in found.rows:
            if not row.has_bom:
                leaves[row.item.number] += row.quantity
        assert leaves == {number: Decimal(str(amount)) for number, amount in one["leaf_quantities"].items()}
        assert max(row.level for row in found.rows) == one["levels_below"]
        assert len({row.item.number for row in found.rows}) == one["distinct_items_anywhere_below"]
        assert sum(1 for row in found.rows if row.level == 1) == one["direct_components"]
    for number, parents in expected["where_used_direct_parents"].items():
        assert where_used(Item.objects.get(number=number), TODAY).found == parents
    for number, goods in expected["where_used_all_finished_goods"].items():
        used = where_used(Item.objects.get(number=number), TODAY, all_levels=True)
        above = {row.item.number for row in used.rows}
        assert Item.objects.filter(number__in=above, is_sold=True).count() == goods

    again = structures(plant, migrator)
    assert (again.created, again.changed, again.unchanged, again.skipped) == (0, 0, 2576, 103)
    undone(migrator, again)
    undone(migrator, run)
    assert checksums(tables_of("inventory", "production")) == before


def test_routings_give_the_old_hours_and_labour_costs(
    plant: Plant, migrator: User, items: None, expected: dict[str, Any]
) -> None:
    before = checksums(tables_of("inventory", "production"))
    centres = brought(
        migrator, plant.site, "work_centres", WORKS / "routings.xlsx", sheet="Location",
        constants={"line": plant.line_a.code},
    )  # fmt: skip
    assert centres.created == 14
    run = brought(migrator, plant.site, "routings", WORKS / "routings.xlsx", sheet="vProductModelInstructions")
    assert (run.rows, run.created, Routing.objects.count()) == (131, 131, 25)
    lots = {
        **{(f"{name} Touring Frame", number): lot for name in ("HL", "LL") for number, lot in ((1, 100), (4, 20))},
        **{(f"{name} Touring Handlebars", 1): 100 for name in ("HL", "LL")},
    }
    hour, fine = Decimal(3600), Decimal("0.0001")
    for one in expected["routings"].values():
        item = Item.objects.filter(name__startswith=one["Name"]).order_by("number").first()
        operations = list(RoutingOperation.objects.filter(routing__item=item).select_related("work_centre"))
        assert len(operations) == one["operations"]
        assert sum(step.setup_s for step in operations) / hour == Decimal(one["SetupHours"])
        ours = [(step, lots.get((one["Name"], step.number), 1)) for step in operations]
        machine = sum(step.run_s * lot for step, lot in ours if step.count_by != "PERSON") / hour
        assert machine == Decimal(one["MachineHours"])
        labour = [(step, (step.run_s * step.run_crew * lot / hour).quantize(fine)) for step, lot in ours]
        assert sum(hours for _step, hours in labour) == Decimal(one["LaborHours"])
        rates = {step: step.work_centre.rates.first() for step, _hours in labour}
        cost = sum(hours * (rates[step].labour_hour if rates[step] else 0) for step, hours in labour)
        assert cost == Decimal(one["labor_cost_at_location_CostRate"])
        assert Instruction.objects.filter(operation__in=operations).count() == one["steps"]

    again = brought(migrator, plant.site, "routings", WORKS / "routings.xlsx", sheet="vProductModelInstructions")
    assert (again.created, again.changed, again.unchanged) == (0, 0, 131)
    for each in (again, run, centres):
        undone(migrator, each)
    assert checksums(tables_of("inventory", "production")) == before


def test_destroyed_dates_are_named_and_what_ended_then_is_left_out(
    plant: Plant, migrator: User, items: None, expected: dict[str, Any]
) -> None:
    file = DATA / "adventureworks" / "as_found" / "Production.BillOfMaterials.csv"
    run = checked(migrator, plant.site, "boms", file, without=("StartDate", "ModifiedDate"))
    ended = [one["row"] for one in report_of(run)["refused"] if one["code"] == "destroyed_date"]
    assert len(ended) == expected["bom_rows_ended"]
    with acting(migrator, channel="test"):
        leave_out(actor=migrator, run_id=run.pk, numbers=ended, at=NOW)
    run = carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert run.created + run.skipped == expected["bom_rows_current"]
    assert not BomLine.objects.exclude(valid_from=None, valid_until=None).exists()
    one = expected["bom_explosion"]["775"]
    found = explode(Item.objects.get(number=one["ProductNumber"]), Decimal(1), TODAY)
    assert sum(row.quantity for row in found.rows if not row.has_bom) == Decimal(
        str(one["total_leaf_quantity_mixed_units"])
    )
