"""A whole old factory comes over from its own files, agrees with its old system to the last digit, and goes again.

Inputs and expected numbers: ../shared/data (adventureworks, expected.json), the workbooks and their German twins.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from factory_core.importing.models import ImportRun
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.purchasing.models import PurchaseOrder
from inventory.purchasing.queries.orders import orders_seen
from inventory.stock.models import Location, StockBalance
from inventory.stock.queries.differences import balance_differences, value_differences
from inventory.stock.queries.values import places_valued, total_at
from production.products.models import BomLine, Routing
from production.products.queries import explode, where_used
from tests.real.mill import EXPECTED
from tests.world.bringing import brought, undone
from tests.world.checksums import checksums, tables_of
from tests.world.plant import Plant
from tests.world.sums import lines_summed

OLD = EXPECTED.parent / "adventureworks"
TODAY = date(2026, 11, 23)
APPS = ("factory_core", "inventory", "production", "quality", "maintenance", "telemetry")
pytestmark = [
    pytest.mark.skipif(not OLD.exists(), reason="../shared/data/adventureworks is absent"),
    pytest.mark.django_db,
    pytest.mark.timeout(900),
]

# In the order in which a person brings them: kind, workbook, sheet; and which of them have a German twin.
STEPS = (
    ("units", "items", "UnitMeasure"),
    ("customers", "customers", "Store"),
    ("suppliers", "suppliers", "Vendor"),
    ("item_groups", "items", "ProductCategory"),
    ("item_groups", "items", "ProductSubcategory"),
    ("items", "items", "Product"),
    ("supplier_items", "suppliers", "ProductVendor"),
    ("prices", "cost_and_price_history", "ProductCostHistory"),
    ("prices", "cost_and_price_history", "ProductListPriceHistory"),
    ("work_centres", "routings", "Location"),
    ("boms", "boms", "BillOfMaterials"),
    ("routings", "routings", "vProductModelInstructions"),
    ("scrap_reasons", "scrap_reasons", "ScrapReason"),
    ("locations", "opening_stock", "Location"),
    ("opening_stock", "opening_stock", "ProductInventory"),
    ("purchase_orders", "purchase_orders", "PurchaseOrderHeader"),
    ("purchase_orders", "purchase_orders", "PurchaseOrderDetail"),
)
# What no column of a file says, so that a person says it once for all rows.
SAID = {
    "items": {"unit": "EA"},
    "supplier_items": {"unit_factor": "1"},
    "opening_stock": {"dated_on": "2014-08-08"},
}


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(EXPECTED.read_text())["adventureworks"]
    return found


def bring_all(migrator: User, plant: Plant, *, german: bool) -> Iterator[ImportRun]:
    """Every file of the old factory, mapped by itself."""
    said: Mapping[str, Any] = {**SAID, "work_centres": {"line": plant.line_a.code}}
    for kind, book, sheet in STEPS:
        twin = OLD / "csv_de_locale" / f"{sheet}.csv"
        file, name = (twin, "") if german and twin.exists() else (OLD / "xlsx" / f"{book}.xlsx", sheet)
        yield brought(migrator, plant.site, kind, file, sheet=name, constants=said.get(kind, {}))


@pytest.mark.parametrize("german", [False, True], ids=["workbooks", "german twins"])
def test_the_factory_comes_agrees_and_goes(
    plant: Plant, migrator: User, expected: dict[str, Any], german: bool
) -> None:
    tables = tables_of(*APPS)
    before = checksums(tables)
    runs = list(bring_all(migrator, plant, german=german))
    # 4 places hold nothing, and 103 products go into nothing by the old parts list.
    assert sum(run.rows for run in runs) - sum(run.created for run in runs) == 4 + 103
    goods_agree(expected)
    stock_agrees(plant, migrator, expected)
    structures_agree(expected)
    orders_agree(migrator, expected)
    for run in reversed(runs):
        assert undone(migrator, run).undo["kept"] == []
    assert {table: after for table, after in checksums(tables).items() if after != before[table]} == {}


def goods_agree(expected: dict[str, Any]) -> None:
    """Products by what they are."""
    told = {
        "make_items": Item.objects.filter(is_made=True).count(),
        "buy_items": Item.objects.filter(is_bought=True).count(),
        "finished_goods": Item.objects.filter(is_sold=True).count(),
    }
    assert told == {name: expected[name] for name in told}
    assert Item.objects.get(number="BK-M82B-38").category.parent.name == "Bikes"


def stock_agrees(plant: Plant, migrator: User, expected: dict[str, Any]) -> None:
    """What lies where, and its worth."""
    for place in Location.objects.filter(site=plant.site, kind="LOCATION", parent=None):
        lying = places_valued(migrator, plant.site, place=place)
        known = expected["stock_on_hand_by_location"][f"{place.code} {place.name}"]
        assert lying.order_by().aggregate(all=Sum("quantity"))["all"] == known["quantity"]
        assert total_at(plant.site, lying) == Decimal(known["value_at_StandardCost"])
    whole = expected["stock_on_hand_total"]
    assert StockBalance.objects.aggregate(all=Sum("quantity"))["all"] == whole["quantity"]
    assert total_at(plant.site, places_valued(migrator, plant.site)) == Decimal(whole["value_at_StandardCost"])
    assert (balance_differences().count, value_differences().count) == (0, 0)


def structures_agree(expected: dict[str, Any]) -> None:
    """What goes into what, down to the last screw and up to the last bicycle; and the ways of making."""
    assert BomLine.objects.count() == 2679 - expected["bom_rows_without_parent"]
    for known in expected["bom_explosion"].values():
        found = explode(Item.objects.get(number=known["ProductNumber"]), Decimal(1), TODAY)
        leaves: dict[str, Decimal] = defaultdict(Decimal)
        for row in found.rows:
            if not row.has_bom:
                leaves[row.item.number] += row.quantity
        assert leaves == {number: Decimal(str(amount)) for number, amount in known["leaf_quantities"].items()}
    for number, parents in expected["where_used_direct_parents"].items():
        assert where_used(Item.objects.get(number=number), TODAY).found == parents
    assert Routing.objects.count() == 25


def orders_agree(migrator: User, expected: dict[str, Any]) -> None:
    """What was bought, and what of it is still to come."""
    lines = lines_summed(orders_seen(migrator))
    known = expected["purchase_orders"]
    assert [lines.value, lines.ordered, lines.came, lines.refused, lines.stocked] == [
        Decimal(known[name]) for name in ("LineTotal", "OrderQty", "ReceivedQty", "RejectedQty", "StockedQty")
    ]
    still = expected["open_purchase_orders_pending_or_approved"]["orders"]
    assert PurchaseOrder.objects.filter(status="RELEASED").count() == still
