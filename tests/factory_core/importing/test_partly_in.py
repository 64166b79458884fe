"""A file of which some rows are in and others are put right: it is said, and undone at every moment."""

from datetime import date
from functools import partial
from typing import Any

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.services import flow, working
from factory_core.importing.services.moving import WrongMoment
from factory_core.importing.services.opening import begin_opening, list_undo
from factory_core.partners.models import Partner
from factory_core.people.models import User
from tests.factory_core.importing.test_pages import BAD, brought, mapped, page
from tests.factory_core.importing.test_pages_repairs import statuses
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db


@pytest.fixture
def partly(mia: Client) -> ImportRun:
    """Two of four rows are in, one was put right since and waits, one is wrong still."""
    run = brought(mia, BAD)
    mapped(mia, run, **{"map-3": "is_active"})
    mia.post(f"/imports/{run.pk}/cells/", {"c-5-1": "A-4"})
    mia.post(f"/imports/{run.pk}/dry-run/", {"act": "import", "how": "partly"})
    mia.post(f"/imports/{run.pk}/cells/", {"c-3-3": "ja"})
    run.refresh_from_db()
    assert statuses(run) == {2: "DONE", 3: "READY", 4: "ERROR", 5: "DONE"}
    assert (run.status, run.done) == ("CHECKED", 2)
    return run


def test_what_is_in_of_a_file_that_is_checked_again_is_said_and_undone(partly: ImportRun, mia: Client) -> None:
    assert sorted(Partner.objects.values_list("code", flat=True)) == ["A-1", "A-4"]
    for name in ("check", "dry-run"):
        text = page(mia, f"/imports/{partly.pk}/{name}/")
        assert "2 rows of this file are in, 2 are not." in text
        assert f"/imports/{partly.pk}/undo/" in text
    assert f"/imports/{partly.pk}/undo/" in page(mia, "/imports/")
    assert "2 are not." not in page(mia, f"/imports/{partly.pk}/undo/")
    mia.post(f"/imports/{partly.pk}/undo/")
    partly.refresh_from_db()
    assert (partly.status, Partner.objects.count()) == ("UNDONE", 0)


def test_a_file_of_which_rows_are_in_is_not_given_up_nor_read_anew(
    partly: ImportRun, migrator: User, mia: Client
) -> None:
    for act in (flow.cancel, working.stop, partial(flow.choose, mapping=partly.mapping)):
        with pytest.raises(WrongMoment), acting(migrator, channel="test"):
            act(actor=migrator, run_id=partly.pk, at=now())
    assert mia.post(f"/imports/{partly.pk}/give-up/").status_code == 409
    partly.refresh_from_db()
    assert (partly.status, StagedRow.objects.filter(run=partly).count()) == ("CHECKED", 4)


def test_nothing_waiting_any_more_the_file_stands_as_imported(partly: ImportRun, mia: Client) -> None:
    mia.post(f"/imports/{partly.pk}/cells/", {"row": ["3", "4"], "leave-out": "yes"})
    partly.refresh_from_db()
    assert (partly.status, statuses(partly)[3]) == ("IMPORTED", "LEFT_OUT")
    assert "Undo the whole import" in page(mia, f"/imports/{partly.pk}/")


def test_an_opening_undoes_also_what_came_of_a_file_that_is_put_right(
    partly: ImportRun, plant: Plant, migrator: User, mia: Client
) -> None:
    with acting(migrator, channel="test"):
        opening = begin_opening(actor=migrator, site=plant.site, opens_on=date(2026, 12, 1), at=now())
    address = f"/imports/openings/{opening.pk}/"
    mia.post(address + "put-in/", {"run": [partly.pk]})
    assert "2 of 4 rows" in page(mia, address)
    assert [one.run.pk for one in listed(migrator, opening.pk)] == [partly.pk]


def listed(migrator: User, opening_id: int) -> list[Any]:
    with acting(migrator, channel="test"):
        return list_undo(actor=migrator, opening_id=opening_id)
