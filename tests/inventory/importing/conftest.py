"""A migrator, and the old bicycle maker's items, suppliers and their old numbers."""

import csv
from pathlib import Path

import pytest

from factory_core.access.identity import acting
from factory_core.importing.models import ExternalId
from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.items.models import Item
from tests.world.inventory import a_unit
from tests.world.plant import Plant

OLD = Path(__file__).parents[4] / "shared/data/adventureworks"


@pytest.fixture
def old(plant: Plant, migrator: User) -> Path:
    """The folder of the old system's files; its items and suppliers are there, with their old numbers."""
    if not OLD.is_dir():
        pytest.skip("the bicycle maker's files are not here")
    with acting(migrator, channel="test"):
        pcs = a_unit()
        goods = Item.objects.bulk_create(
            Item(number=row["ProductNumber"], name=row["Name"], unit=pcs, is_bought=True, is_sold=True)
            for row in _rows("Product")
        )
        firms = Partner.objects.bulk_create(
            Partner(code=row["AccountNumber"], name=row["Name"], is_supplier=True) for row in _rows("Vendor")
        )
        for kind, column, file, records in (
            ("items", "ProductID", "Product", {one.number: one.pk for one in goods}),
            ("suppliers", "BusinessEntityID", "Vendor", {one.code: one.pk for one in firms}),
        ):
            key = "ProductNumber" if kind == "items" else "AccountNumber"
            ExternalId.objects.bulk_create(
                ExternalId(kind=kind, text=row[column], key=row[key], record=records[row[key]]) for row in _rows(file)
            )
    return OLD


def _rows(name: str) -> list[dict[str, str]]:
    with (OLD / "csv" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
