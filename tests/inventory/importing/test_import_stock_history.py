"""Old moves are told in the history of their item, to the last digit, and move nothing of today."""

import json
import lzma
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import NothingImported, NotReady, carry_in
from factory_core.people.models import User
from inventory.stock.models import OldMove, StockBalance, StockMove, StockValue, ValueEntry
from inventory.stock.queries.old_moves import old_moves_found, old_sums
from tests.world.bringing import NOW, brought, checked, undone
from tests.world.checksums import checksums, tables_of
from tests.world.inventory import an_item, an_item_unit
from tests.world.people import a_user
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db
KIND = "stock_history"
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
FILE = """Transaction ID;Item;Type;Qty;Unit;Unit cost;Date;Reference;Place
100;BOLT;P;4;;50,26;31.07.2013;4711;A-01
101;BOLT;S;-3;;50,26;01.08.2013;S-9;A-01
102;NUT;work order;2;box;12;02.08.2013;W-1;
103;NUT;;1;;;02.08.2013;;
"""


@pytest.fixture
def goods(plant: Plant) -> None:
    an_item("BOLT")
    an_item_unit(an_item("NUT"), "box", "12")


def test_the_old_archive_comes_without_its_lost_days_and_gives_the_old_figures(
    plant: Plant, migrator: User, old: Path
) -> None:
    expected = json.loads((old.parent / "expected.json").read_text())["adventureworks"]["transaction_history_archive"]
    content = lzma.decompress((old / "as_found/Production.TransactionHistoryArchive.csv.xz").read_bytes())
    name = "TransactionHistoryArchive.csv"
    run = brought(migrator, plant.site, KIND, content, name=name, without=("TransactionDate",))
    assert (run.created, run.rows) == (89253, 89253)
    assert not OldMove.objects.exclude(happened_on=None).exists()
    sums = {one.kind: one for one in old_sums(migrator, old_moves_found(migrator))}
    assert {
        kind: (sums[kind].moves, sums[kind].quantity, sums[kind].cost) for kind in ("PRODUCTION", "SALE", "PURCHASE")
    } == {
        kind: (said["rows"], Decimal(said["Quantity"]), Decimal(said["quantity_x_ActualCost"]))
        for kind, said in zip(("PRODUCTION", "SALE", "PURCHASE"), expected.values(), strict=True)
    }
    for model in (StockMove, StockBalance, StockValue, ValueEntry):
        assert not model.objects.exists()


def test_every_destroyed_day_is_told_and_none_is_kept(plant: Plant, migrator: User, old: Path) -> None:
    packed = (old / "as_found/Production.TransactionHistoryArchive.csv.xz").read_bytes()
    lines = lzma.decompress(packed).splitlines(keepends=True)[:3001]
    run = checked(migrator, plant.site, KIND, b"".join(lines), name="TransactionHistoryArchive.csv")
    told = [one for one in report_of(run)["refused"] if one["code"] == "destroyed_date"]
    assert [one["row"] for one in told] == list(range(2, 3002))
    with pytest.raises(NotReady):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert not OldMove.objects.exists()


@pytest.mark.usefixtures("goods")
def test_a_good_file_comes_whole_once_and_goes_again(plant: Plant, migrator: User) -> None:
    before = checksums(tables_of("inventory", "factory_core"))
    run = brought(migrator, plant.site, KIND, FILE)
    assert run.created == 4
    told = OldMove.objects.order_by("id").values_list(
        "number", "item__number", "kind", "quantity", "unit_cost", "happened_on", "document", "place"
    )
    assert list(told) == [
        ("100", "BOLT", "PURCHASE", 4, Decimal("50.26"), date(2013, 7, 31), "4711", "A-01"),
        ("101", "BOLT", "SALE", -3, Decimal("50.26"), date(2013, 8, 1), "S-9", "A-01"),
        ("102", "NUT", "PRODUCTION", 24, 1, date(2013, 8, 2), "W-1", ""),
        ("103", "NUT", "OTHER", 1, None, date(2013, 8, 2), "", ""),
    ]
    again = brought(migrator, plant.site, KIND, FILE)
    assert (again.created, again.unchanged) == (0, 4)
    other = checked(migrator, plant.site, KIND, FILE.replace("P;4;", "P;5;"))
    with pytest.raises(NothingImported, match="says something else"):
        carry_in(actor=migrator, run_id=other.pk, at=NOW)
    undone(migrator, again)
    undone(migrator, run)
    assert checksums(tables_of("inventory", "factory_core")) == before


@pytest.mark.usefixtures("goods")
def test_the_item_and_the_list_show_them_with_as_many_questions_for_two_as_for_fifty(
    plant: Plant, migrator: User, client: Client
) -> None:
    client.force_login(migrator)
    counts = []
    for many in (2, 48):
        rows = "".join(f"{many}-{n};BOLT;P;1;;2;31.07.2013;D-{n};\n" for n in range(many))
        brought(migrator, plant.site, KIND, FILE.split("\n")[0] + "\n" + rows)
        pages = []
        for address in ("/stock/old-moves/?item=BOLT", "/items/BOLT/"):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                page = client.get(address, follow=True)
            assert page.status_code == 200
            assert "Moves in the system before" in page.content.decode()
            pages.append(len(asked))
        counts.append(pages)
    assert counts[0] == counts[1]
    text = client.get("/stock/old-moves/?item=BOLT").content.decode()
    assert "50 pcs in 50 moves" in text
    assert "NUT" not in client.get("/stock/old-moves/?item=BOLT").content.decode()


@pytest.mark.usefixtures("goods")
def test_a_stranger_sees_none_and_brings_none(plant: Plant, migrator: User, client: Client) -> None:
    brought(migrator, plant.site, KIND, FILE)
    stranger = a_user("stranger")
    client.force_login(stranger)
    assert client.get("/stock/old-moves/").status_code in (403, 404)
    assert not old_moves_found(stranger).exists()
