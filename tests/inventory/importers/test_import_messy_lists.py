"""Lists as people really keep them become items and stock, by a mapping that a person can make in the screen."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Sum

from factory_core.access.identity import acting
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import carry_in
from factory_core.importing.services.flow import check_run, choose, leave_out, open_run
from factory_core.people.models import User
from inventory.items.models import Item, ItemCost
from inventory.stock.models import StockBalance, StockMove, StockValue
from tests.world.bringing import NOW
from tests.world.plant import Plant

MESSY = Path(__file__).resolve().parents[4] / "shared" / "data" / "messy_workbooks"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not MESSY.exists(), reason="there is no shared/data/messy_workbooks beside the repository"),
]


@pytest.fixture
def cases() -> dict[str, dict[str, object]]:
    return json.loads((MESSY.parent / "expected.json").read_text())["messy_workbooks"]["cases"]


def mapped(migrator: User, plant: Plant, kind: str, file: str, columns: dict[str, str], **options: object) -> ImportRun:
    """A run of this file whose columns a person mapped by their headers, checked."""
    with acting(migrator, channel="test"):
        run = open_run(
            actor=migrator, site=plant.site, name=file, content=[(MESSY / file).read_bytes()], at=NOW, kind=kind
        )  # fmt: skip
        by_header = {column["header"]: str(column["number"]) for column in run.table["columns"]}
        mapping = {by_header[header]: field for header, field in columns.items()}
        choose(actor=migrator, run_id=run.pk, at=NOW, mapping=mapping, **options)
        return check_run(actor=migrator, run_id=run.pk, at=NOW)


def test_identical_rows_are_pieces_of_their_own(
    plant: Plant, migrator: User, cases: dict[str, dict[str, object]]
) -> None:
    case = cases["ne_1033_data.xlsx"]
    columns = {
        "nsn": "item", "item_name": "item_name", "quantity": "quantity", "acquisition_cost": "unit_cost",
        "total_cost": "value",
    }  # fmt: skip
    run = mapped(
        migrator, plant, "opening_stock", "ne_1033_data.xlsx", columns, creates_missing=True,
        constants={"location": "DEPOT", "dated_on": "2014-02-01"},
    )  # fmt: skip
    run = carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert (run.created, Item.objects.count()) == (case["rows"], case["distinct_nsn"])
    assert StockBalance.objects.aggregate(all=Sum("quantity"))["all"] == Decimal(case["quantity"])
    assert StockValue.objects.aggregate(all=Sum("value"))["all"] == Decimal(case["total_cost_sum"])
    assert {name: Decimal(told) for name, told in run.totals["taken"].items()} == {
        "quantity": Decimal(case["quantity"]), "value": Decimal(case["total_cost_sum"]),
    }  # fmt: skip
    # The sum of the costs of one, row by row, as the file's own tutorial prints it.
    rows = StockMove.objects.values_list("quantity", "value_entries__value")
    assert sum(value / quantity for quantity, value in rows) == Decimal(case["acquisition_cost_sum"])


def test_part_numbers_that_look_like_numbers_stay_and_what_stands_twice_is_told(
    plant: Plant, migrator: User, cases: dict[str, dict[str, object]]
) -> None:
    case = cases["kicost_part_list_big.csv"]
    run = mapped(migrator, plant, "items", "kicost_part_list_big.csv", {"manf#": "number"})
    twice = [one for one in report_of(run)["refused"] if one["code"] == "twice_in_file"]
    assert len(twice) == case["duplicates"]
    with acting(migrator, channel="test"):
        leave_out(actor=migrator, run_id=run.pk, numbers=[one["row"] for one in twice], at=NOW)
    run = carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert (run.rows, run.created) == (case["rows"], case["distinct"])
    assert set(case["leading_zero"]) <= set(Item.objects.values_list("number", flat=True))


def test_a_list_of_parts_with_prices_and_torn_rows_becomes_items_with_costs(
    plant: Plant, migrator: User, cases: dict[str, dict[str, object]]
) -> None:
    case = cases["osr_parts_list.csv"]
    columns = {"part #": "number", "short name": "name", "long name": "description", "cost pp": "standard_cost"}
    run = mapped(migrator, plant, "items", "osr_parts_list.csv", columns)
    report = report_of(run)
    told = {one["row"] for one in report["warnings"] if one["code"] == "joined_row"}
    assert (run.rows, len(told)) == (case["data_rows"], case["rows_broken_by_unquoted_commas"])
    missing = [one["row"] for one in report["refused"] if one["code"] == "value_missing"]
    twice = [one["row"] for one in report["refused"] if one["code"] == "twice_in_file"]
    assert len(missing) == case["rows_without_part_number"]
    assert (
        sorted({one["value"] for one in report["refused"] if one["row"] in twice})
        == (case["part_numbers_used_in_more_than_one_row"])
    )
    with acting(migrator, channel="test"):
        leave_out(actor=migrator, run_id=run.pk, numbers=[*missing, *twice], at=NOW)
    run = carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert run.created == case["data_rows"] - len(missing) - len(twice)
    assert ItemCost.objects.get(item__number="5202-2402-0027").cost == Decimal("42.99")
    # One of the prices has no sign of a currency; it counts as the others do.
    assert ItemCost.objects.get(item__number="1500-0010-0006").cost == Decimal("2.79")
