"""The pages of an import: a file goes its whole way by forms alone, and strangers find nothing."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.importing.models import CleaningRule, ImportRun, StagedRow
from factory_core.partners.models import Partner
from factory_core.people.models import User
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
FILE = "Kontonummer;Firma;Telefon;aktiv;Bemerkung\n0012;Müller & Söhne;0421 123;ja;\nS-2;Schrauben-Paul;;nein;gut\n"
BAD = "Kontonummer;Firma;aktiv\nA-1;Adler;ja\nA-2;Bär;vielleicht\nA-3;;vielleicht\nA-1;Adler zwei;nein\n"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def brought(client: Client, text: str = FILE, name: str = "Lieferanten.csv") -> ImportRun:
    answer = client.post("/imports/new/", {"file": SimpleUploadedFile(name, text.encode("cp1252"))})
    assert answer.status_code == 302, answer.content.decode()
    return ImportRun.objects.latest("id")


def mapped(client: Client, run: ImportRun, **more: str) -> None:
    wish = {f"map-{number}": field for number, field in run.mapping.items()}
    answer = client.post(f"/imports/{run.pk}/columns/", {**wish, "existing": "change", **more})
    assert answer.status_code == 302, answer.content.decode()


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address, follow=True)
    assert answer.status_code == status
    return str(answer.content.decode())


def test_a_file_goes_its_whole_way_and_back_by_forms_alone(mia: Client) -> None:
    before = list(Partner.objects.values_list("code", flat=True))
    run = brought(mia)
    first = page(mia, f"/imports/{run.pk}/file/")
    assert "Schrauben-Paul" in first
    assert 'value="suppliers" selected' in first
    answer = mia.post(f"/imports/{run.pk}/file/", {"sheet": run.sheet, "header": "1", "kind": "suppliers"})
    assert answer["Location"] == f"/imports/{run.pk}/columns/"
    assert "Müller &amp; Söhne" in page(mia, answer["Location"])

    mapped(mia, run)
    assert "To be put right" in page(mia, f"/imports/{run.pk}/")
    would = mia.post(f"/imports/{run.pk}/dry-run/", follow=True).content.decode()
    assert "will be created" in would
    assert list(Partner.objects.values_list("code", flat=True)) == before

    done = mia.post(f"/imports/{run.pk}/dry-run/", {"act": "import", "how": "whole"}, follow=True)
    assert "Undo the whole import" in done.content.decode()
    # What came at once is compared at once, so that the register has no gap.
    assert ImportRun.objects.get(pk=run.pk).totals["books"]["rows"]["books"] == 2
    assert set(Partner.objects.values_list("code", flat=True)) == {*before, "0012", "S-2"}

    assert "goes away" in page(mia, f"/imports/{run.pk}/undo/")
    undone = mia.post(f"/imports/{run.pk}/undo/", follow=True).content.decode()
    assert "2 records were taken back." in undone
    assert list(Partner.objects.values_list("code", flat=True)) == before
    assert "Lieferanten.csv" in page(mia, "/imports/?q=liefer&kind=suppliers&status=UNDONE")
    assert "Lieferanten.csv" not in page(mia, "/imports/?kind=customers")


def test_a_rule_for_many_cells_is_remembered_and_the_rest_is_typed_over(mia: Client) -> None:
    run = brought(mia, BAD)
    mapped(mia, run)
    shown = page(mia, f"/imports/{run.pk}/check/")
    assert "Neither yes nor no" in shown
    assert "stands in row 2 already" in shown

    rule = {"act": "rule", "field": "is_active", "found-0": "vielleicht", "instead-0": "no", "remember": "yes"}
    assert mia.post(f"/imports/{run.pk}/repair/", rule).status_code == 302
    assert CleaningRule.objects.get().instead == "no"
    errors = StagedRow.objects.filter(run=run, status="ERROR")
    assert list(errors.order_by("number").values_list("number", flat=True)) == [4, 5]

    typed = {"c-4-2": "Chef", "w-4-2": "", "c-5-1": "A-1", "w-5-1": "A-1", "tab": "errors"}
    answer = mia.post(f"/imports/{run.pk}/cells/", typed)
    assert answer["Location"] == f"/imports/{run.pk}/check/?rows=errors"
    assert list(errors.values_list("number", flat=True)) == [5]
    mia.post(f"/imports/{run.pk}/cells/", {"row": "5", "leave-out": "yes"})
    assert not errors.exists()
    assert StagedRow.objects.get(run=run, number=5).status == "LEFT_OUT"
    assert StagedRow.objects.get(run=run, number=4).fixes == {"2": "Chef"}

    mia.post(f"/imports/{run.pk}/dry-run/", follow=True)
    mia.post(f"/imports/{run.pk}/dry-run/", {"act": "import", "how": "whole"})
    assert Partner.objects.get(code="A-3").name == "Chef"
    assert not Partner.objects.get(code="A-2").is_active
    assert "vielleicht" in page(mia, "/imports/rules/")


def test_a_repair_that_cannot_be_read_is_refused_and_changes_nothing(mia: Client) -> None:
    run = brought(mia, BAD)
    mapped(mia, run)
    rule = {"act": "rule", "field": "is_active", "found-0": "vielleicht", "instead-0": "irgendwie"}
    answer = mia.post(f"/imports/{run.pk}/repair/", rule)
    assert answer.status_code == 422
    assert "is neither yes nor no" in answer.content.decode()
    assert not StagedRow.objects.filter(run=run).exclude(fixes={}).exists()
    assert not CleaningRule.objects.exists()


def test_one_value_for_all_fills_the_empty_cells(mia: Client) -> None:
    run = brought(mia, BAD)
    mapped(mia, run)
    mia.post(f"/imports/{run.pk}/repair/", {"act": "all", "field": "name", "all": "ohne Namen"})
    run.refresh_from_db()
    assert run.options["constants"] == {"name": "ohne Namen"}
    assert StagedRow.objects.get(run=run, number=4).problems[0][0] == "is_active"


def test_a_file_that_is_not_read_is_refused_with_its_sentence(mia: Client) -> None:
    answer = mia.post("/imports/new/", {"file": SimpleUploadedFile("leer.csv", b"")})
    assert answer.status_code == 422
    assert "leer.csv" in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_strangers_neighbours_and_lookers_find_what_is_theirs(plant: Plant, mia: Client) -> None:
    run = brought(mia)
    stranger, auditor = as_(a_user("sam")), as_(a_user("aud", "auditor", plant.site))
    other = a_plant("B")
    neighbour = as_(a_user("nia", "migrator", other.site))
    for name in ("", "file/", "columns/", "check/", "dry-run/", "undo/", "progress/", "comments.xlsx"):
        assert stranger.get(f"/imports/{run.pk}/{name}").status_code == 403, name
        assert neighbour.get(f"/imports/{run.pk}/{name}").status_code == 404, name
    for name in ("file/", "columns/", "cells/", "repair/", "next/", "dry-run/", "stop/", "give-up/", "undo/"):
        assert stranger.post(f"/imports/{run.pk}/{name}").status_code == 403, name
        assert neighbour.post(f"/imports/{run.pk}/{name}").status_code == 404, name
        assert auditor.post(f"/imports/{run.pk}/{name}").status_code == 403, name
    assert "Lieferanten.csv" not in page(neighbour, "/imports/")
    assert "Lieferanten.csv" in page(auditor, "/imports/")
    assert "New import" not in page(auditor, "/imports/")


def asked(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_the_check_asks_as_much_for_many_rows_as_for_few(mia: Client) -> None:
    few = brought(mia, BAD)
    mapped(mia, few)
    lines = "".join(f"B-{n};Name {n};{'vielleicht' if n % 3 else 'ja'}\n" for n in range(1500))
    many = brought(mia, "Kontonummer;Firma;aktiv\n" + lines, "Lieferanten 2.csv")
    mapped(mia, many, **{"map-3": "is_active"})
    for name in ("check/", "check/?rows=ready", "check/?rows=errors&after=900", "columns/", "file/"):
        assert asked(mia, f"/imports/{few.pk}/{name}") == asked(mia, f"/imports/{many.pk}/{name}"), name
    shown = page(mia, f"/imports/{many.pk}/check/")
    assert shown.count('id="row-') == 25
    assert "?rows=errors&amp;after=" in shown


def test_templates_and_their_workbooks(mia: Client, plant: Plant) -> None:
    assert "/imports/templates/suppliers.xlsx" in page(mia, "/imports/templates/")
    answer = mia.get("/imports/templates/suppliers.xlsx")
    assert answer.status_code == 200
    assert answer.content[:2] == b"PK"
    assert mia.get("/imports/templates/nothing.xlsx").status_code == 404
