"""Production orders of the old system come over: ended ones as history with its figures, open ones to go on with."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from factory_core.access.identity import acting
from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.services.carrying import carry_in
from factory_core.importing.services.flow import check_run, choose, open_run
from factory_core.people.models import User
from production.orders.models import PastScrap, ProductionOrder
from production.orders.queries import counts_of_orders
from production.orders.queries.past import past_scrap_by_reason, past_totals
from production.orders.services import finish_operation, report_count, start_operation
from production.orders.states import OrderStatus
from tests.world.inventory import an_item
from tests.world.orders import a_made_item, steps
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REASONS = "ScrapReasonID,Name\n1,Brake assembly not as ordered\n3,Gouge in metal\n"
ORDERS = """WorkOrderID,ProductID,OrderQty,StockedQty,ScrappedQty,EndDate,ScrapReasonID
1,FORK,100,97,3,2026-10-07 15:00,3
2,FORK,8,8,0,,
3,BEARING,50,48,2,2026-10-09 08:30,1
"""
Bring = Callable[..., ImportRun]


@pytest.fixture
def plant(settings, tmp_path: Path) -> Plant:
    settings.DATA_DIR = tmp_path
    return a_plant()


@pytest.fixture
def migrator(plant: Plant) -> User:
    return a_user("mia", "migrator", plant.site)


@pytest.fixture
def bring(plant: Plant, migrator: User) -> Bring:
    """A file goes its whole way: opened, mapped by itself, checked, brought in."""

    def through(text: str, kind: str = "production_orders", **options: object) -> ImportRun:
        with acting(migrator, channel="test"):
            run = open_run(
                actor=migrator, site=plant.site, name=f"{kind}.csv", content=[text.encode()], at=NOW, kind=kind
            )
            choose(actor=migrator, run_id=run.pk, at=NOW, **options)
            check_run(actor=migrator, run_id=run.pk, at=NOW)
        return carry_in(actor=migrator, run_id=run.pk, at=NOW)

    return through


@pytest.fixture
def world(plant: Plant, bring: Bring) -> Plant:
    for number in ("FORK", "BEARING"):
        an_item(number)
    bring(REASONS, "scrap_reasons")
    return plant


def test_ended_orders_are_history_with_the_figures_of_the_old_system(
    world: Plant, bring: Bring, migrator: User
) -> None:
    run = bring(ORDERS, constants={"line": world.line_a.code})

    assert (run.created, run.status) == (3, "IMPORTED")
    orders = {one.number: one for one in ProductionOrder.objects.all()}
    assert {one.status for one in orders.values()} == {OrderStatus.CLOSED}
    fork = orders["1"]
    assert (fork.item.number, fork.quantity, fork.past_good) == ("FORK", 100, 97)
    assert fork.finished_at == datetime(2026, 10, 7, 13, 0, tzinfo=UTC)
    counts = counts_of_orders(orders.values(), NOW)
    assert {number: (counts[one.pk].good, counts[one.pk].scrap) for number, one in orders.items()} == {
        "1": (97, 3), "2": (8, 0), "3": (48, 2),
    }  # fmt: skip
    totals = past_totals(migrator)
    assert (totals.orders, totals.ordered, totals.good, totals.scrap) == (3, 158, 153, 5)
    assert (totals.with_scrap, totals.items, totals.uneven) == (2, 2, 0)
    assert [(one.name, one.rows, one.quantity) for one in past_scrap_by_reason(migrator)] == [
        ("Gouge in metal", 1, 3), ("Brake assembly not as ordered", 1, 2),
    ]  # fmt: skip
    assert PastScrap.objects.get(order=fork).on == date(2026, 10, 7)
    assert not fork.operations.exists()
    assert not fork.counts.exists()


def test_the_same_file_again_changes_nothing_and_another_only_what_differs(world: Plant, bring: Bring) -> None:
    bring(ORDERS, constants={"line": world.line_a.code})
    versions = list(ProductionOrder.objects.values_list("version", flat=True))
    again = bring(ORDERS)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 3)
    assert list(ProductionOrder.objects.values_list("version", flat=True)) == versions

    other = bring(ORDERS.replace("97,3,2026-10-07 15:00,3", "96,4,2026-10-07 15:00,1"))
    assert (other.changed, other.unchanged) == (1, 2)
    fork = ProductionOrder.objects.get(number="1")
    lost = fork.past_scrap.get()
    assert (fork.past_good, lost.quantity, lost.loss_reason.code) == (96, 4, "1")

    bring("number;ordered;good;scrap\n1;100;100;0\n")
    fork.refresh_from_db()
    assert (fork.past_good, fork.past_scrap.exists()) == (100, False)


def test_open_orders_are_made_to_the_end_here(plant: Plant, bring: Bring, migrator: User) -> None:
    made = a_made_item(plant, number="GEAR")
    an_item("PLAIN")
    run = bring(
        "Fertigungsauftrag;Artikel;Auftragsmenge;Gutmenge;Ausschuss;Status;Liefertermin;Linie\n"
        "F-1;GEAR;100;40;3;freigegeben;01.12.2026;\nF-2;GEAR;10;0;0;offen;01.12.2026;\n"
        f"F-3;PLAIN;5;;;released;02.12.2026;{plant.line_a.code}\n",
    )
    assert run.created == 3
    first, second, third = ProductionOrder.objects.order_by("number")
    assert (first.status, first.quantity, first.note) == (
        OrderStatus.RELEASED, 57, "Of 100, the old system had made 40 good and 3 scrap.",
    )  # fmt: skip
    assert (first.routing.item, first.bom.item, first.past_good) == (made.item, made.item, None)
    assert [step.quantity for step in steps(first)] == [57, 57]
    assert (second.status, second.quantity, second.operations.count()) == (OrderStatus.PLANNED, 10, 0)
    assert (third.status, third.line) == (OrderStatus.PLANNED, plant.line_a)
    told = StagedRow.objects.get(run=run, number=4)
    assert (told.status, [problem[1] for problem in told.problems]) == ("DONE", ["no_routing"])

    runner = a_user("olga", "operator", plant.site)
    with acting(runner, channel="test"):
        for step in steps(first):
            start_operation(actor=runner, operation_id=step.pk, at=NOW, anyway=True)
            report_count(actor=runner, machine=step.machine, kind="good", quantity=Decimal(57), at=NOW, operation=step)
            finish_operation(actor=runner, operation_id=step.pk, at=NOW.replace(hour=11))
    first.refresh_from_db()
    assert first.status == OrderStatus.FINISHED
    assert counts_of_orders([first], NOW.replace(hour=12))[first.pk].good == 57
