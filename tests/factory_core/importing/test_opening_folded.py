"""The page of an opening says first what has to be decided; findings once a workbook, what agrees is folded."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.opening import missing_of
from factory_core.importing.services.comparing import compared
from factory_core.people.models import User
from tests.factory_core.importing import test_register as given
from tests.factory_core.importing.test_register import NOW, STOCK, begun, imported
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
stock = given.stock


@pytest.fixture
def plant(settings: Any, tmp_path: Path) -> Plant:
    settings.DATA_DIR = tmp_path
    return a_plant()


@pytest.fixture
def mia(plant: Plant) -> User:
    return a_user("mia", "migrator", plant.site)


def finding(row: int) -> dict[str, Any]:
    return {"code": "formulas", "sheet": "S", "row": row, "column": 1, "value": "", "count": 1, "sentence": "Formulas"}


@pytest.fixture
def runs(plant: Plant, mia: User, stock: list[dict[str, Any]]) -> list[ImportRun]:
    """Two sheets of one workbook, whose findings each of them tells, and a third file; all compared."""
    found = [imported(plant, mia, STOCK + f"Z;YARD;{number}\n", "shelves", out=(5,)) for number in (1, 2, 3)]
    with acting(mia, channel="test"):
        for run, findings, digest in zip(found, ([1, 2], [1, 2, 3], [1]), ("a", "a", "b"), strict=True):
            run.book["findings"] = [finding(row) for row in findings]
            run.sha256, run.totals["books"] = digest * 64, compared(mia, run, NOW)
            run.save(update_fields=["book", "sha256", "totals"])
    return found


def test_the_findings_of_a_workbook_stand_once_however_many_of_its_sheets_came(
    plant: Plant, mia: User, runs: list[ImportRun]
) -> None:
    missing = missing_of(begun(mia, plant, *runs), runs)
    told = [one.sentence for one in missing if one.code == "findings_open"]
    assert told == ["3 findings about shelves.csv are not accepted.", "1 findings about shelves.csv are not accepted."]
    decided = [one.is_to_decide for one in missing]
    assert decided == sorted(decided, reverse=True)
    assert {one.code for one in missing if one.is_to_decide} == {"rows_outside", "totals_differ"}


def test_what_agrees_is_folded_and_what_differs_is_not(plant: Plant, mia: User, runs: list[ImportRun]) -> None:
    opening, client = begun(mia, plant, *runs), Client()
    client.force_login(mia)
    page = client.get(f"/imports/openings/{opening.pk}/").content.decode()
    decisions, known = page.index("stayed outside"), page.index("Also to be known")
    differing, folded = page.index("Totals that differ"), page.index('<summary class="import-summary">Totals ')
    assert decisions < known < page.index("findings about") < differing < page.index("3 imports, ") < folded
    assert "<details" in page
    assert "open>" not in page
    paper = client.get(f"/imports/openings/{opening.pk}/paper/").content.decode()
    assert paper.count("<details") == paper.count(" open>") > 0
