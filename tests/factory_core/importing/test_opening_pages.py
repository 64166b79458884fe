"""The register's pages and those of openings: what they say, their files, their acts, their doors, their queries."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from factory_core.access.identity import acting
from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.register_models import Acceptance, Opening
from factory_core.importing.services.comparing import compared
from factory_core.importing.states import OpeningStatus, RunStatus
from factory_core.people.models import User
from tests.factory_core.importing import test_register as given
from tests.factory_core.importing.test_register import NOW, SECRET, STOCK, accepted, begun, imported
from tests.world.clock import Clock
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
mia, olga, stock = given.mia, given.olga, given.stock
REGISTER, OPENINGS = "/imports/register/", "/imports/openings/"


@pytest.fixture(autouse=True)
def _now(clock: Clock) -> None:
    clock.set(NOW)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def run(plant: Plant, mia: User, stock: list[dict[str, Any]]) -> ImportRun:
    """A run of three rows of four, compared; a cell was typed over."""
    run = imported(plant, mia, STOCK, "shelves", out=(5,))
    with acting(mia, channel="test"):
        StagedRow.objects.filter(run=run, number=2).update(fixes={"1": "=A+1"})
        run.totals["books"] = compared(mia, run, NOW)
        run.cleaned = [["location", "Hall", "HALL", 2]]
        run.save(update_fields=["totals", "cleaned"])
    return run


def test_a_run_says_what_came_was_cleaned_stayed_outside_and_adds_up(run: ImportRun, olga: User) -> None:
    accepted(olga, run, note="By the list")
    page = shown(browser(olga), f"{REGISTER}{run.pk}/")
    assert run.sha256 in page
    for said in ("shelves.csv", "left out by a person", "=A+1", "17.5", "16.5", "By the list", "Olga"):
        assert said in page, said
    paper = shown(browser(olga), f"{REGISTER}{run.pk}/paper/")
    assert run.sha256 in paper
    assert "By the list" in paper


def test_the_register_leaves_as_files_without_formulas(run: ImportRun, mia: User) -> None:
    client = browser(mia)
    book = load_workbook(io.BytesIO(client.get(f"{REGISTER}{run.pk}/entry.xlsx").content))
    by_hand = next(sheet for sheet in book.worksheets if "by hand" in sheet.title)
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert "=A+1" in str(by_hand.cell(2, 4).value)
    assert "f" not in {cell.data_type for cell in cells}
    totals = next(sheet for sheet in book.worksheets if sheet.title.endswith("Totals"))
    assert [cell.value for cell in totals[3]] == ["Quantity", 17.5, 17.5, 16.5, 6.5, -10]
    plain = client.get(f"{REGISTER}{run.pk}/entry.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(plain)))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
    listed = list(csv.reader(io.StringIO(client.get(f"{REGISTER}imports.csv").content.decode("utf-8-sig"))))
    assert (len(listed), listed[1][1], listed[1][3]) == (2, "shelves.csv", run.sha256)
    assert client.get(f"{REGISTER}imports.pdf").status_code == 404


def test_a_run_is_accepted_and_taken_back_on_its_page(run: ImportRun, mia: User, olga: User) -> None:
    boss, act = browser(olga), f"{REGISTER}{run.pk}/"
    wrong = boss.post(act + "accept/", {"secret": "wrong", "meaning": "APPROVED"})
    assert (wrong.status_code, "Nothing was signed" in wrong.content.decode()) == (403, True)
    assert boss.post(act + "accept/", {"secret": SECRET, "meaning": "COMPARED"}).status_code == 302
    run.refresh_from_db()
    assert (run.status, Acceptance.objects.get().meaning) == (RunStatus.ACCEPTED, "COMPARED")
    assert boss.post(act + "take-back/", {"secret": SECRET, "reason": ""}).status_code == 422
    assert boss.post(act + "take-back/", {"secret": SECRET, "reason": "Old"}).status_code == 302
    assert "accept/" not in shown(browser(mia), act)


def test_what_was_changed_after_the_signature_is_said(run: ImportRun, olga: User) -> None:
    accepted(olga, run)
    page = f"{REGISTER}{run.pk}/"
    assert "past the product" not in shown(browser(olga), page)
    with acting(olga, channel="test"):
        ImportRun.objects.filter(pk=run.pk).update(created=99)
    assert "past the product" in shown(browser(olga), page)


def test_an_opening_goes_its_way_on_its_page(run: ImportRun, plant: Plant, mia: User, olga: User) -> None:
    client, boss = browser(mia), browser(olga)
    assert client.post(OPENINGS, {"site": plant.site.code, "opens_on": "soon"}).status_code == 422
    made = client.post(OPENINGS, {"site": plant.site.code, "opens_on": "2026-12-01"})
    page = f"{OPENINGS}{Opening.objects.get().pk}/"
    assert (made.status_code, made["Location"]) == (302, page)
    assert client.post(page + "put-in/", {"run": [run.pk]}).status_code == 302
    text = shown(client, page)
    for said in ("shelves.csv", "HALL", "12.5", "1 of 4 rows of shelves.csv stayed outside.", "No file brought"):
        assert said in text, said
    assert "shelves.csv" in shown(client, page + "undo/")
    assert "shelves.csv" in shown(client, page + "paper/")
    assert boss.post(page + "accept/", {"secret": SECRET, "meaning": "APPROVED"}).status_code == 302
    assert client.post(page + "take-out/", {"run": [run.pk]}).status_code == 409
    assert client.post(page + "undo/").status_code == 409
    assert boss.post(page + "take-back/", {"secret": SECRET, "reason": "Later"}).status_code == 302
    assert client.post(page + "undo/").status_code == 302
    run.refresh_from_db()
    assert (run.work.act, run.work.status, Opening.objects.get().status) == ("UNDO", "ASKED", OpeningStatus.OPEN)


def test_strangers_see_and_do_nothing(run: ImportRun, plant: Plant, mia: User) -> None:
    opening = begun(mia, plant, run)
    entry, page = f"{REGISTER}{run.pk}/", f"{OPENINGS}{opening.pk}/"
    elsewhere = a_user("else", "migrator", a_plant("other").site)
    for person in (a_user("stranger"), elsewhere):
        client = browser(person)
        for address in (entry, entry + "paper/", entry + "entry.csv", page, page + "paper/", page + "undo/"):
            assert client.get(address).status_code in (403, 404), address
        for address in (REGISTER, OPENINGS, REGISTER + "imports.csv"):
            assert "shelves.csv" not in client.get(address).content.decode()
        for address in (entry + "accept/", entry + "compare/", page + "put-in/", page + "accept/", page + "undo/"):
            assert client.post(address, {"secret": SECRET, "run": [run.pk]}).status_code in (403, 404), address
    looker = browser(a_user("ada", "auditor", plant.site))
    assert looker.get(entry).status_code == 200
    for address in (entry + "accept/", entry + "compare/", page + "put-in/", page + "accept/", page + "undo/"):
        assert looker.post(address, {"secret": SECRET, "run": [run.pk]}).status_code == 403, address
    assert (ImportRun.objects.get().status, Acceptance.objects.count()) == (RunStatus.IMPORTED, 0)


def test_long_pages_take_as_many_queries_as_short_ones(run: ImportRun, plant: Plant, mia: User) -> None:
    opening, client = begun(mia, plant, run), browser(mia)
    counts = []
    for copies in (0, 9):
        with acting(mia, channel="test"):
            for _copy in range(copies):
                more = ImportRun.objects.get(pk=run.pk)
                more.pk = None
                more.save(force_insert=True)
                given.openings.put_in(actor=mia, opening_id=opening.pk, run_ids=[more.pk], at=NOW)
                free = ImportRun.objects.get(pk=run.pk)
                free.pk = None
                free.save(force_insert=True)
        for address in (REGISTER, f"{REGISTER}{run.pk}/", OPENINGS, f"{OPENINGS}{opening.pk}/"):
            with CaptureQueriesContext(connection) as asked:
                shown(client, address)
            counts.append(len(asked))
    # A list of runs to put in begins when there is one.
    assert counts[:3] == counts[4:7]
    assert abs(counts[3] - counts[7]) <= 1
