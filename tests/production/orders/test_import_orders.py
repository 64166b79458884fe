"""Production orders of the old system come over: ended ones as history with its figures, open ones to go on with."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.importing.exporting import csv_lines
from factory_core.importing.kinds import kind_named
from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.services.carrying import NothingImported, NotReady, carry_in, rehearse
from factory_core.importing.services.flow import check_run, choose, open_run
from factory_core.importing.services.undoing import undo_import
from factory_core.numbering.services import next_number
from factory_core.people.models import User
from production.orders.models import PastScrap, ProductionOrder
from production.orders.queries import counts_of_orders
from production.orders.queries.past import past_scrap_by_reason, past_totals
from production.orders.services import finish_operation, report_count, start_operation
from production.orders.states import OrderStatus
from production.promises.models import OrderForecast
from production.promises.states import Risk
from tests.world.checksums import checksums, tables_of
from tests.world.inventory import an_item
from tests.world.orders import a_made_item, an_item_order, steps
from tests.world.people import a_user, the_cast
from tests.world.plant import Plant

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


def test_undo_takes_all_of_it_back(world: Plant, bring: Bring, migrator: User) -> None:
    made = a_made_item(world, number="GEAR")
    an_item_order(a_user("petra", "planner", world.site), made, world)
    tables = tables_of("production", "factory_core", "inventory", "quality", "maintenance", "telemetry")
    before = checksums(tables)
    run = bring(ORDERS + "PO-000777,GEAR,10,2,0,,\n4,GEAR,10,0,0,,\n", constants={"line": world.line_a.code})
    assert (run.created, next_number_of(migrator)) == (5, "PO-000778")
    # The worker looks at open orders once they are there.
    OrderForecast.objects.create(order=ProductionOrder.objects.get(number="4"), risk=Risk.NONE, computed_at=NOW)
    with acting(migrator, channel="test"):
        bring_back = undo_import(actor=migrator, run_id=run.pk, at=NOW)

    assert bring_back.undo["kept"] == []
    after = checksums(tables)
    assert {table for table in tables if after[table] != before[table]} == set()


def next_number_of(actor: User) -> str:
    """The number that the next order would get; none is drawn."""
    from django.db import transaction

    with acting(actor, channel="test"):
        number = next_number("production_order", prefix="PO-")
        transaction.set_rollback(True)
    return number


def test_what_goes_out_comes_back_unchanged(world: Plant, bring: Bring, migrator: User) -> None:
    bring(ORDERS, constants={"line": world.line_a.code})
    made = a_made_item(world, number="GEAR")
    an_item_order(a_user("petra", "planner", world.site), made, world)
    bring(
        "day;item;pieces;reason\n2026-10-01;FORK;2;Gouge in metal\n;BEARING;1;\n",
        "scrap_history",
        constants={"line": world.line_a.code},
        mapping={"1": "on", "2": "item", "3": "quantity", "4": "reason"},
    )
    for name, many in (("production_orders", 4), ("scrap_reasons", 2), ("scrap_history", 2)):
        kind = kind_named(name)
        assert kind is not None
        text = b"".join(csv_lines(kind, kind.rows(migrator, world.site), zone=world.site.time_zone)).decode("utf-8-sig")
        again = bring(text, name)
        assert (again.created, again.changed, again.unchanged) == (0, 0, many), name


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("9,FORK,0,0,0,,", "bad_quantity"),
        ("9,FORK,10,3,2,,77", "unknown_reference"),
        ("9,FORK,10,,,,,closed", "value_missing"),
        ("9,FORK,10,10,0,,,released", "nothing_left"),
        ("9,FORK,10,10,0,,,,nowhere", "unknown_line"),
        ("9,,10,10,0,,", "value_missing"),
    ],
)
def test_a_row_that_the_books_refuse_says_why_and_nothing_comes(
    world: Plant, bring: Bring, row: str, code: str
) -> None:
    head = "WorkOrderID,ProductID,OrderQty,StockedQty,ScrappedQty,EndDate,ScrapReasonID,Status,Line\n"
    with pytest.raises((NothingImported, NotReady)):
        bring(f"{head}8,FORK,5,5,0,,,,\n{row}\n", constants={"line": world.line_a.code})
    told = StagedRow.objects.get(status="ERROR")
    assert (told.number, told.problems[0][1]) == (3, code)
    assert not ProductionOrder.objects.exists()


def test_dates_that_a_program_destroyed_are_told_and_never_stored(world: Plant, bring: Bring, migrator: User) -> None:
    text = ORDERS.replace("2026-10-07 15:00", "00:00.0").replace("2026-10-09 08:30", "00:00.0")
    with pytest.raises(NotReady):
        bring(text, constants={"line": world.line_a.code})
    told = StagedRow.objects.filter(status="ERROR").order_by("number")
    assert [(row.number, row.problems[0][1]) for row in told] == [(2, "destroyed_date"), (4, "destroyed_date")]

    columns = ("number", "item", "quantity", "good", "scrap", "", "reason")
    mapping = {str(place): name for place, name in enumerate(columns, 1)}
    bring(text, constants={"line": world.line_a.code}, mapping=mapping)
    assert set(ProductionOrder.objects.values_list("finished_at", flat=True)) == {None}


def test_figures_that_people_reported_here_are_not_changed_by_a_file(world: Plant, bring: Bring) -> None:
    made = a_made_item(world, number="GEAR")
    planner = a_user("petra", "planner", world.site)
    order = an_item_order(planner, made, world)
    with pytest.raises(NothingImported, match="is open here"):
        bring(f"number;item;ordered;good;scrap\n{order.number};GEAR;100;100;0\n")
    order.refresh_from_db()
    assert (order.status, order.past_good) == (OrderStatus.RELEASED, None)


def test_a_rehearsal_leaves_nothing(world: Plant, migrator: User) -> None:
    with acting(migrator, channel="test"):
        run = open_run(actor=migrator, site=world.site, name="work_orders.csv", content=[ORDERS.encode()], at=NOW)
        assert (run.kind, set(run.mapping.values())) == (
            "production_orders", {"number", "item", "quantity", "good", "scrap", "finished_at", "reason"},
        )  # fmt: skip
        choose(actor=migrator, run_id=run.pk, at=NOW, constants={"line": world.line_a.code})
        check_run(actor=migrator, run_id=run.pk, at=NOW)
    would = rehearse(actor=migrator, run_id=run.pk, at=NOW)
    assert (would.outcomes["created"], would.totals["quantity"], would.totals["scrap"]) == (3, 158, 5)
    assert not ProductionOrder.objects.exists()


def test_the_pages_say_that_the_figures_are_the_old_systems(world: Plant, bring: Bring, client: Client) -> None:
    bring(ORDERS, constants={"line": world.line_a.code})
    cast = the_cast(world)
    client.force_login(cast.supervisor)
    page = client.get("/orders/1/").content.decode()
    assert "that system’s word" in page
    assert "Gouge in metal" in page
    listed = client.get("/orders/?show=ended").content.decode()
    assert listed.count("old system") == 3
    client.force_login(cast.owner)
    assert client.get("/orders/1/cost/", headers={"HX-Request": "true"}).status_code == 200
    client.force_login(cast.stranger)
    assert client.get("/orders/1/").status_code == 403


def test_the_report_of_the_old_system_adds_up(world: Plant, bring: Bring, migrator: User) -> None:
    from production.reports.queries.past import NothingCame, build_past

    bring(ORDERS, constants={"line": world.line_a.code})
    cast = the_cast(world)
    content = build_past(cast.owner, {"line": ""}, NOW)
    figures = {figure.key: figure.value for figure in content.parts[1].items}
    assert (figures["orders"], figures["ordered"], figures["good"], figures["scrap"]) == (3, 158, 153, 5)
    assert (figures["yield"], figures["scrap_rate"]) == (Decimal("96.835443"), Decimal("3.164557"))
    assert content.parts[2].bars == [("Gouge in metal", 3), ("Brake assembly not as ordered", 2)]
    assert build_past(cast.owner, {"line": world.line_b.code}, NOW).parts[1].items[0].value == 0
    with pytest.raises(NothingCame):
        build_past(cast.stranger, {"line": ""}, NOW)
