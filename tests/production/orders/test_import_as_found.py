"""Work orders as somebody exported them, with every date destroyed: each is told, none becomes a midnight."""

import csv
import lzma
from decimal import Decimal
from pathlib import Path

import pytest

from factory_core.access.identity import acting
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import NotReady, carry_in
from factory_core.people.models import User
from inventory.items.models import Item
from production.orders.models import ProductionOrder
from tests.world.bringing import NOW, brought, checked
from tests.world.inventory import a_unit
from tests.world.plant import Plant

FILE = Path(__file__).parents[4] / "shared/data/adventureworks/as_found/Production.WorkOrder.csv.xz"
pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not FILE.exists(), reason="the real files are not here")]
KIND, NAME, ROWS = "production_orders", "WorkOrder.csv", 3000
DATES = ("StartDate", "EndDate", "DueDate", "ModifiedDate")


@pytest.fixture
def lines(plant: Plant, migrator: User) -> list[str]:
    """The header and the first rows of the file; the items they name are there."""
    found = lzma.decompress(FILE.read_bytes()).decode().splitlines(keepends=True)[: ROWS + 1]
    with acting(migrator, channel="test"):
        pcs = a_unit()
        numbers = {row["ProductID"] for row in csv.DictReader(found)}
        Item.objects.bulk_create(Item(number=each, name=each, unit=pcs, is_made=True) for each in numbers)
    return found


def test_every_destroyed_day_is_told_and_nothing_comes(plant: Plant, migrator: User, lines: list[str]) -> None:
    line = {"line": plant.line_a.code}
    run = checked(migrator, plant.site, KIND, "".join(lines), name=NAME, constants=line, without=("ScrapReasonID",))
    told = [one for one in report_of(run)["refused"] if one["code"] == "destroyed_date"]
    # A row's days are told together or one by one, but no row is without.
    assert {one["row"] for one in told} == set(range(2, ROWS + 2))
    with pytest.raises(NotReady):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert not ProductionOrder.objects.exists()


def test_without_the_lost_days_the_figures_come_and_no_day_is_made_up(
    plant: Plant, migrator: User, lines: list[str]
) -> None:
    run = brought(
        migrator, plant.site, KIND, "".join(lines), name=NAME, constants={"line": plant.line_a.code},
        without=(*DATES, "ScrapReasonID"),
    )  # fmt: skip
    rows = list(csv.DictReader(lines))
    orders = ProductionOrder.objects.all()
    assert (run.created, len(orders)) == (ROWS, ROWS)
    assert sum(one.quantity for one in orders) == sum(Decimal(row["OrderQty"]) for row in rows)
    assert sum(one.past_good or 0 for one in orders) == sum(Decimal(row["StockedQty"]) for row in rows)
    assert {(one.due_at, one.start_at, one.finished_at) for one in orders} == {(None, None, None)}
