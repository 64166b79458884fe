"""Undo of a whole import: back to what it was, apart from what people changed or built upon, which is named."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.importing.models import ImportRun, ImportTrace
from factory_core.importing.queries.footprint import Why, chain_of
from factory_core.importing.services.moving import NoSuchImport, WrongMoment
from factory_core.importing.services.tracing import forgetting, traced
from factory_core.importing.services.undoing import TooLate, rehearse_undo, undo_import
from factory_core.importing.states import RunStatus
from factory_core.partners.models import Partner, PartnerAddress
from factory_core.people.models import User
from inventory.stock.models import StockMove
from inventory.stock.services.rebuilding import rebuild_balances, rebuild_values
from tests.world.books import Books
from tests.world.clock import Clock
from tests.world.inventory import an_item
from tests.world.people import the_cast
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def run(plant: Plant, migrator: User) -> ImportRun:
    with acting(migrator, channel="test"):
        return ImportRun.objects.create(
            site=plant.site, kind="partners", by=migrator, started_at=NOW, ended_at=NOW, file_name="old.xlsx", size=1,
            path="x", sha256="0" * 64, status=RunStatus.IMPORTED,
        )  # fmt: skip


def checksum(*tables: str) -> list[str]:
    """What stands in the tables, times of change and versions apart."""
    found = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                # Names of tables written here.
                f"SELECT md5(coalesce(string_agg((to_jsonb(t) - 'updated_at')::text, '|' ORDER BY id), ''))"
                f" FROM {table} t"
            )
            found.append(cursor.fetchone()[0])
    return found


TABLES = ("factory_core_partner", "factory_core_partneraddress")
STOCK = (
    "inventory_stockmove", "inventory_valueentry", "inventory_stockbalance", "inventory_stockvalue",
)  # fmt: skip


def importing(run: ImportRun):
    return acting(run.by, channel="import", correlation=chain_of(run.pk))


def test_added_changed_and_removed_rows_are_what_they_were(run: ImportRun, migrator: User) -> None:
    with acting(migrator, channel="test"):
        old = Partner.objects.create(code="OLD", name="Old & Sons")
        gone = Partner.objects.create(code="GONE", name="Gone")
    before = checksum(*TABLES)
    with importing(run), traced(run.pk):
        Partner.objects.bulk_create([Partner(code=f"N{n}", name=f"New {n}") for n in range(3)])
        new = Partner.objects.get(code="N1")
        PartnerAddress.objects.create(partner=new, street="Road 1")
        Partner.objects.filter(pk=old.pk).update(name="Changed once")
        Partner.objects.filter(pk=old.pk).update(name="Changed twice")
        gone.delete()
    assert checksum(*TABLES) != before

    found = rehearse_undo(actor=migrator, run_id=run.pk)
    assert (found.reversible, found.kept) == (6, {})
    assert checksum(*TABLES) != before
    with acting(migrator, channel="test"):
        undone = undo_import(actor=migrator, run_id=run.pk, at=NOW)

    assert checksum(*TABLES) == before
    assert undone.status == RunStatus.UNDONE
    assert undone.undo["reversed"] == 6
    assert not ImportTrace.objects.filter(run=run).exists()
    with acting(migrator, channel="test"), pytest.raises(WrongMoment):
        undo_import(actor=migrator, run_id=run.pk, at=NOW)


def test_what_people_changed_or_built_upon_stays_and_is_named(run: ImportRun, migrator: User) -> None:
    with importing(run), traced(run.pk):
        for code in ("CHANGED", "USED", "FREE"):
            Partner.objects.create(code=code, name=code)
    with acting(migrator, channel="test", correlation="later"):
        Partner.objects.filter(code="CHANGED").update(name="By hand")
        address = PartnerAddress.objects.create(partner=Partner.objects.get(code="USED"), street="Road 2")

    found = rehearse_undo(actor=migrator, run_id=run.pk)
    reasons = {(row.key, row.why, row.by) for row in found.kept.values()}
    assert reasons == {
        (Partner.objects.get(code="CHANGED").pk, Why.CHANGED_SINCE, "mia"),
        (Partner.objects.get(code="USED").pk, Why.USED_SINCE, f"factory_core_partneraddress {address.pk}"),
    }
    with acting(migrator, channel="test"):
        undo_import(actor=migrator, run_id=run.pk, at=NOW)
    assert set(Partner.objects.values_list("code", "name")) >= {("CHANGED", "By hand"), ("USED", "USED")}
    assert not Partner.objects.filter(code="FREE").exists()


def test_what_stays_keeps_what_it_belongs_to(run: ImportRun, migrator: User) -> None:
    with importing(run), traced(run.pk):
        partner = Partner.objects.create(code="P", name="P")
        address = PartnerAddress.objects.create(partner=partner, street="Road 1")
    with acting(migrator, channel="test", correlation="later"):
        PartnerAddress.objects.filter(pk=address.pk).update(street="Road 2")

    found = rehearse_undo(actor=migrator, run_id=run.pk)
    assert {row.why for row in found.kept.values()} == {Why.CHANGED_SINCE, Why.BELONGS}
    assert found.reversible == 0


def test_a_stranger_and_a_reader_undo_nothing(run: ImportRun, plant: Plant) -> None:
    cast = the_cast(plant)
    with importing(run), traced(run.pk):
        Partner.objects.create(code="P", name="P")
    for user, refusal in ((cast.stranger, NoSuchImport), (cast.auditor, Forbidden)):
        with acting(user, channel="test"), pytest.raises(refusal):
            undo_import(actor=user, run_id=run.pk, at=NOW)
    assert Partner.objects.filter(code="P").exists()


def test_an_old_or_accepted_import_stays(run: ImportRun, migrator: User) -> None:
    with acting(migrator, channel="test"), pytest.raises(TooLate):
        undo_import(actor=migrator, run_id=run.pk, at=NOW + timedelta(days=30))
    with acting(migrator, channel="test"):
        ImportRun.objects.filter(pk=run.pk).update(status=RunStatus.ACCEPTED)
    with acting(migrator, channel="test"), pytest.raises(WrongMoment):
        undo_import(actor=migrator, run_id=run.pk, at=NOW)


def test_facts_go_with_their_import(run: ImportRun, plant: Plant, migrator: User, clock: Clock) -> None:
    item = an_item("HOUSING")
    books = Books(plant, clock, migrator)
    books.receive(item, "5", "2.50")
    before = checksum(*STOCK)
    with importing(run), traced(run.pk):
        books.receive(item, "7", "3.00")
        books.receive(an_item("FLANGE"), "1", "1.00")
    found = rehearse_undo(actor=migrator, run_id=run.pk)
    assert len(found.added["inventory_stockmove"]) == 2
    with acting(migrator, channel="test"):
        undo_import(actor=migrator, run_id=run.pk, at=NOW)
        rebuild_balances()
        rebuild_values()
    assert checksum(*STOCK) == before


def test_no_other_fact_goes_and_none_without_an_undo(run: ImportRun, plant: Plant, clock: Clock) -> None:
    """The database itself refuses: this run added one move, is not being undone, and then still owns only that one."""
    item = an_item("HOUSING")
    books = Books(plant, clock)
    books.receive(item, "5", "2.50")
    with importing(run), traced(run.pk):
        own = books.receive(item, "7", "3.00")
    with importing(run), pytest.raises(DatabaseError), transaction.atomic(), forgetting(run.pk):
        StockMove.objects.filter(pk=own.pk)._raw_delete("default")
    with importing(run):
        ImportRun.objects.filter(pk=run.pk).update(status=RunStatus.UNDOING)
    with importing(run), pytest.raises(DatabaseError), transaction.atomic(), forgetting(run.pk):
        StockMove.objects.exclude(pk=own.pk)._raw_delete("default")
    assert StockMove.objects.count() == 2
