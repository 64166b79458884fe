"""The master data and the stock of a whole old factory come over, agree to the last digit, and go again."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Sum

from factory_core.importing.exporting import write_xlsx
from factory_core.importing.kinds import kind_named
from factory_core.importing.models import ExternalId, ImportRun
from factory_core.people.models import User
from inventory.items.models import Item, ItemCategory
from inventory.replenishment.models import ReplenishmentRule
from inventory.stock.models import Location, StockBalance, StockValue
from inventory.stock.queries.differences import balance_differences, value_differences
from inventory.stock.queries.values import places_valued, total_at
from tests.world.bringing import brought, undone
from tests.world.checksums import checksums, tables_of
from tests.world.plant import Plant

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
OLD = DATA / "adventureworks"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not OLD.exists(), reason="there is no shared/data/adventureworks beside the repository"),
]


@pytest.fixture
def expected() -> dict[str, object]:
    return json.loads((DATA / "expected.json").read_text())["adventureworks"]


def stock_by_place(plant: Plant, migrator: User) -> dict[str, dict[str, object]]:
    """Pieces and worth of each place with all that is inside it, as expected.json tells them."""
    found = {}
    for place in Location.objects.filter(site=plant.site, kind="LOCATION", parent=None):
        lying = places_valued(migrator, plant.site, place=place)
        found[f"{place.code} {place.name}"] = {
            "quantity": lying.order_by().aggregate(all=Sum("quantity"))["all"],
            "value_at_StandardCost": total_at(plant.site, lying),
        }
    return found


def told(expected: object) -> dict[str, dict[str, object]]:
    return {
        name: {key: Decimal(str(value)) for key, value in figures.items() if key != "rows"}
        for name, figures in expected.items()  # type: ignore[attr-defined]  # a dict of dicts
    }


def test_the_german_twins_say_the_same_a_second_import_changes_nothing_and_exports_come_back(
    plant: Plant, migrator: User, expected: dict[str, object], tmp_path: Path
) -> None:
    files = [
        ("units", "csv/UnitMeasure.csv"), ("item_groups", "csv/ProductCategory.csv"),
        ("item_groups", "csv/ProductSubcategory.csv"), ("items", "csv_de_locale/Product.csv"),
        ("suppliers", "csv_de_locale/Vendor.csv"),
        ("supplier_items", "csv/ProductVendor.csv"), ("prices", "csv/ProductCostHistory.csv"),
        ("locations", "csv/Location.csv"), ("opening_stock", "csv_de_locale/ProductInventory.csv"),
    ]  # fmt: skip
    more: dict[str, dict[str, object]] = {"supplier_items": {"constants": {"unit_factor": "1"}}}
    for kind, file in files:
        brought(migrator, plant.site, kind, OLD / file, **more.get(kind, {}))
    assert stock_by_place(plant, migrator) == told(expected["stock_on_hand_by_location"])

    tables = tables_of("inventory")
    before = checksums(tables)
    for kind, file in files:
        again = brought(migrator, plant.site, kind, OLD / file, **more.get(kind, {}))
        assert (kind, again.created, again.changed, again.unchanged) == (kind, 0, 0, again.rows)
    for kind, _file in files:
        described = kind_named(kind)
        written = tmp_path / f"{kind}.xlsx"
        with written.open("wb") as target:
            rows = write_xlsx(described, described.rows(migrator, plant.site), target, zone=plant.site.time_zone)
        back = brought(migrator, plant.site, kind, written)
        assert (kind, back.created, back.changed, back.unchanged) == (kind, 0, 0, rows)
    assert checksums(tables) == before


def test_the_old_factory_comes_from_its_workbooks_and_goes_again(
    plant: Plant, migrator: User, expected: dict[str, object]
) -> None:
    tables = tables_of("inventory", "factory_core")
    before = checksums(tables)

    def bring(kind: str, file: str, sheet: str, **more: object) -> ImportRun:
        return brought(migrator, plant.site, kind, OLD / "xlsx" / f"{file}.xlsx", sheet=sheet, **more)

    runs = [
        bring("units", "items", "UnitMeasure"),
        bring("item_groups", "items", "ProductCategory"),
        bring("item_groups", "items", "ProductSubcategory"),
        bring("items", "items", "Product"),
        bring("suppliers", "suppliers", "Vendor"),
        bring("supplier_items", "suppliers", "ProductVendor", constants={"unit_factor": "1"}),
        bring("prices", "cost_and_price_history", "ProductCostHistory"),
        bring("prices", "cost_and_price_history", "ProductListPriceHistory"),
        bring("locations", "opening_stock", "Location"),
        bring("opening_stock", "opening_stock", "ProductInventory", constants={"dated_on": "2014-08-08"}),
    ]
    assert [run.created for run in runs] == [runs[0].created, 4, 37, 504, 104, 460, 395, 395, 14, 1065]
    # Four rows say that nothing lies there.
    assert runs[-1].unchanged == 4

    assert (Item.objects.filter(is_made=True).count(), Item.objects.filter(is_bought=True).count()) == (
        expected["make_items"], expected["buy_items"],
    )  # fmt: skip
    assert Item.objects.filter(is_sold=True).count() == expected["finished_goods"]
    assert stock_by_place(plant, migrator) == told(expected["stock_on_hand_by_location"])
    total = expected["stock_on_hand_total"]
    held = StockValue.objects.filter(site=plant.site, quantity__gt=0)
    assert StockBalance.objects.aggregate(all=Sum("quantity"))["all"] == total["quantity"]
    assert held.aggregate(all=Sum("value"))["all"] == Decimal(total["value_at_StandardCost"])
    # Of the products in the file four have a row that says nothing lies there.
    with (OLD / "csv" / "ProductInventory.csv").open() as file:
        told_of = {row["ProductID"] for row in csv.DictReader(file)}
    numbers = ExternalId.objects.filter(kind="items", text__in=told_of).values_list("record", flat=True)
    on_hand = dict.fromkeys(numbers, Decimal(0))
    on_hand |= dict(StockBalance.objects.values_list("item").annotate(all=Sum("quantity")))
    assert len(on_hand) == total["products"]
    assert Item.objects.exclude(pk__in=on_hand).count() == expected["products_without_any_stock_row"]
    for figure, name in (("reorder_point", "ReorderPoint"), ("safety_stock", "SafetyStockLevel")):
        levels = ReplenishmentRule.objects.filter(item__in=on_hand).values_list("item", figure)
        assert sum(on_hand[item] < level for item, level in levels) == expected[f"products_below_{name}"]
    assert (balance_differences().count, value_differences().count) == (0, 0)
    assert Item.objects.get(number="BK-M82B-38").category == ItemCategory.objects.get(name="Mountain Bikes")
    assert ItemCategory.objects.get(name="Mountain Bikes").parent == ItemCategory.objects.get(name="Bikes")

    for run in reversed(runs):
        assert undone(migrator, run).undo["kept"] == []
    assert checksums(tables) == before
