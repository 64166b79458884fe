"""Scrap of the old system and its reasons: history that figures of scrap count, each piece once."""

from datetime import UTC, date, datetime

import pytest

from factory_core.importing.models import ExternalId, ImportRun, StagedRow
from factory_core.importing.services.carrying import NothingImported
from factory_core.people.models import User
from production.orders.models import LossReason, PastScrap
from production.orders.queries.past import past_scrap_by_item, past_scrap_by_reason
from tests.world.files import brought
from tests.world.inventory import an_item
from tests.world.orders import a_loss_reason
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ROWS = """Datum;Artikel;Menge;Ausschussgrund
01.10.2026;FORK;2;Gouge in metal
01.10.2026;FORK;2;Gouge in metal
02.10.2026;BEARING;1,5;
"""


@pytest.fixture
def plant() -> Plant:
    for number in ("FORK", "BEARING"):
        an_item(number)
    return a_plant()


def bring(migrator: User, plant: Plant, kind: str, text: str, **options: object) -> ImportRun:
    constants = {} if kind == "scrap_reasons" else {"constants": {"line": plant.line_a.code}}
    return brought(migrator, plant.site, f"{kind}.csv", text, at=NOW, kind=kind, **{**constants, **options})


def test_reasons_keep_the_old_number_or_meet_one_of_the_same_name(plant: Plant, migrator: User) -> None:
    known = a_loss_reason("scratch")
    run = bring(migrator, plant, "scrap_reasons", "ScrapReasonID,Name,ModifiedDate\n7,Scratch,\n9,Paint failed,\n")
    assert (run.created, run.unchanged) == (1, 1)
    added = LossReason.objects.exclude(pk=known.pk).get()
    assert (added.code, added.name, added.for_scrap, added.for_rework) == ("9", "Paint failed", True, False)
    assert dict(ExternalId.objects.filter(kind="scrap_reasons").values_list("text", "record")) == {
        "7": known.pk, "9": added.pk,
    }  # fmt: skip
    again = bring(migrator, plant, "scrap_reasons", "ScrapReasonID,Name,ModifiedDate\n7,Scratch,\n9,Paint failed,\n")
    assert (again.created, again.changed) == (0, 0)


def test_every_piece_is_counted_once_however_often_the_file_comes(plant: Plant, migrator: User) -> None:
    bring(migrator, plant, "scrap_reasons", "Name\nGouge in metal\n")
    run = bring(migrator, plant, "scrap_history", ROWS)
    assert run.created == 3
    again = bring(migrator, plant, "scrap_history", ROWS)
    assert (again.created, again.unchanged) == (0, 3)
    more = bring(migrator, plant, "scrap_history", ROWS + "01.10.2026;FORK;2;Gouge in metal\n")
    assert (more.created, more.unchanged) == (1, 3)

    found = [(one.name, one.rows, one.quantity) for one in past_scrap_by_reason(migrator)]
    assert found == [("Gouge in metal", 3, 6), ("", 1, PastScrap.objects.get(item__number="BEARING").quantity)]
    most = past_scrap_by_item(migrator)[0]
    assert (most.code, most.quantity) == ("FORK", 6)
    assert PastScrap.objects.filter(on=date(2026, 10, 1)).count() == 3


def test_scrap_that_came_with_its_order_does_not_come_twice(plant: Plant, migrator: User) -> None:
    bring(migrator, plant, "production_orders", "number;item;ordered;good;scrap\nW1;FORK;10;8;2\nW2;FORK;10;9;\n")
    with pytest.raises(NothingImported, match="came with 2 scrapped pieces already"):
        bring(
            migrator, plant, "scrap_history", "order;pieces\nW1;2\n", columns={"order": "order", "pieces": "quantity"}
        )
    assert StagedRow.objects.get(status="ERROR").problems[0][1] == "scrap_told"
    assert PastScrap.objects.count() == 1
