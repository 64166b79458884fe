"""Imports through the API: a file goes its way, once a key, in one's own name; strangers find nothing."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from factory_core.access.identity import acting
from factory_core.importing.models import ExternalId, ImportRun
from factory_core.importing.register_models import Acceptance, ImportWork, Opening
from factory_core.importing.services import working
from factory_core.importing.services.carrying import carry_in
from factory_core.importing.services.flow import check_run
from factory_core.importing.states import RunStatus
from factory_core.partners.models import Partner
from factory_core.people.models import User
from tests.world.clock import Clock
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = "a long pass phrase"
FILE = b"Code;Name;Active\nS-1;One;yes\nS-2;Two;perhaps\nS-3;Three;no\n"


@pytest.fixture(autouse=True)
def _now(clock: Clock) -> None:
    clock.set(NOW)


@pytest.fixture
def mia(migrator: User) -> User:
    return migrator


@pytest.fixture
def olga(plant: Plant) -> User:
    olga = a_user("olga", "owner", plant.site)
    with acting(olga, channel="test"):
        olga.set_password(SECRET)
        olga.save(update_fields=["password"])
    return olga


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def get(client: Client, address: str) -> Any:
    return client.get(f"/api/v1/{address}")


def post(client: Client, address: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    return client.post(f"/api/v1/{address}", body or {}, content_type="application/json", headers=headers)


def upload(client: Client, plant: Plant, content: bytes = FILE, **headers: str) -> Any:
    file = SimpleUploadedFile("suppliers.csv", content)
    return client.post(
        "/api/v1/imports", {"file": file, "site": plant.site.code, "kind": "suppliers"}, headers=headers
    )  # fmt: skip


def done(pk: int) -> None:
    """What the worker does, without its progress, which a test's transaction hides from other connections."""
    work = ImportWork.objects.select_related("by").get(run=pk)
    with acting(work.by, channel="test"):
        working._do(work, working.Work(work.act), NOW, lambda done, total: None)


def test_a_file_goes_its_way_through_the_api(plant: Plant, mia: User, olga: User) -> None:
    client = browser(mia)
    first = upload(client, plant, **{"Idempotency-Key": "u1"})
    again = upload(client, plant, **{"Idempotency-Key": "u1"})
    assert (first.status_code, first.json()["id"], ImportRun.objects.count()) == (201, again.json()["id"], 1)
    run = first.json()
    assert (run["status"], run["kind"], run["mapping"]) == (
        "MAPPING",
        "suppliers",
        {"1": "code", "2": "name", "3": "is_active"},
    )
    base = f"imports/{run['id']}"
    assert post(client, f"{base}/choose", {"mapping": {"1": "code", "2": "code"}}).status_code == 422
    assert post(client, f"{base}/choose", {"existing": "skip"}).json()["options"]["existing"] == "skip"
    assert post(client, f"{base}/carry").json()["code"] == "import_wrong_moment"

    asked = post(client, f"{base}/check")
    assert (asked.status_code, asked.json()["work"]["status"]) == (202, "ASKED")
    assert post(client, f"{base}/rehearse").json()["code"] == "import_under_way"
    done(run["id"])
    wrong = get(client, f"{base}/rows?status=ERROR").json()["results"]
    assert [(row["number"], row["cells"], row["problems"][0]["code"]) for row in wrong] == [
        (3, ["S-2", "Two", "perhaps"], "not_yes_no")
    ]
    assert [row["number"] for row in get(client, f"{base}/rows?after=2&limit=1").json()["results"]] == [3]
    assert get(client, f"{base}/rows?colour=red").status_code == 400
    assert post(client, f"{base}/fix", {"field": "is_active", "found": "perhaps", "instead": "no"}).status_code == 200
    assert post(client, f"{base}/leave-out", {"rows": [4]}).status_code == 200
    for act, status in (("check", "CHECKED"), ("rehearse", "CHECKED"), ("carry", "IMPORTED")):
        assert post(client, f"{base}/{act}").status_code == 202
        done(run["id"])
        now = get(client, base).json()
        assert (now["status"], now["work"]["status"]) == (status, "DONE")
    report = get(client, f"{base}/report").json()
    assert (report["created"], report["rows"], report["sha256"]) == (2, 3, run["sha256"])
    assert set(Partner.objects.filter(code__startswith="S-").values_list("code", flat=True)) == {"S-1", "S-2"}

    assert get(client, f"{base}/undo-list").json()["reversed"] == 2
    boss = browser(olga)
    assert post(boss, f"{base}/accept", {"secret": "wrong"}).json()["code"] == "wrong_secret"
    signed = post(boss, f"{base}/accept", {"secret": SECRET, "note": "Looked at"})
    assert (signed.status_code, signed.json()["signed_by"], signed.json()["meaning"]) == (200, "olga", "APPROVED")
    assert post(client, f"{base}/undo").json()["code"] == "import_wrong_moment"
    assert post(boss, f"{base}/take-back", {"secret": SECRET, "reason": "Wrong list"}).json()["reason"] == "Wrong list"
    assert post(client, f"{base}/undo").status_code == 202
    done(run["id"])
    assert get(client, base).json()["status"] == "UNDONE"
    assert not Partner.objects.filter(code__startswith="S-").exists()


def imported(plant: Plant, mia: User) -> int:
    pk = upload(browser(mia), plant, b"Code;Name\nS-9;Nine\n").json()["id"]
    with acting(mia, channel="test"):
        check_run(actor=mia, run_id=pk, at=NOW)
    carry_in(actor=mia, run_id=pk, at=NOW)
    return int(pk)


def test_an_opening_through_the_api(plant: Plant, mia: User, olga: User) -> None:
    run, client, boss = imported(plant, mia), browser(mia), browser(olga)
    made = post(client, "openings", {"site": plant.site.code, "opens_on": "2026-12-01"})
    base = f"openings/{made.json()['id']}"
    assert (made.status_code, made.json()["runs"]) == (201, [])
    assert post(client, f"{base}/put-in", {"runs": [run]}).json()["runs"] == [run]
    assert {one["code"] for one in get(client, f"{base}/missing").json()} == {"kind_not_brought"}
    assert post(client, f"{base}/accept", {"secret": SECRET}).status_code == 403
    assert post(boss, f"{base}/accept", {"secret": SECRET}).status_code == 200
    assert post(client, f"{base}/undo").json()["code"] == "opening_accepted"
    assert post(boss, f"{base}/take-back", {"secret": SECRET, "reason": "Later"}).status_code == 200
    assert [one["reason"] for one in get(client, f"{base}/signatures").json()] == ["Later"]
    assert post(client, f"{base}/undo").status_code == 202
    done(run)
    assert ImportRun.objects.get().status == RunStatus.UNDONE
    assert post(client, f"{base}/take-out", {"runs": [run]}).json()["runs"] == []


def test_what_is_given_up_leaves_no_file(plant: Plant, mia: User, tmp_path: Path) -> None:
    pk = upload(browser(mia), plant).json()["id"]
    assert len(list((tmp_path / "imports").iterdir())) == 1
    assert post(browser(mia), f"imports/{pk}/cancel").json()["status"] == "CANCELLED"
    assert list((tmp_path / "imports").iterdir()) == []


def test_kinds_with_their_templates_and_old_numbers(plant: Plant, mia: User) -> None:
    client = browser(mia)
    known = {one["name"]: one for one in get(client, "import-kinds").json()}
    assert [one["name"] for one in known["suppliers"]["columns"] if one["required"]] == ["code", "name"]
    book = load_workbook(io.BytesIO(get(client, "import-kinds/suppliers/template").content))
    assert book.worksheets[0].cell(1, 1).value == "code *"
    assert get(client, "import-kinds/none/template").status_code == 404
    with acting(mia, channel="test"):
        ExternalId.objects.create(kind="items", system="", text="775", key="BK-M82B-38", record=1)
    found = get(client, "external-ids?kind=items&text=775").json()["results"]
    assert [(one["key"], one["record"]) for one in found] == [("BK-M82B-38", 1)]


def test_strangers_find_and_do_nothing(plant: Plant, mia: User) -> None:
    run = imported(plant, mia)
    post(browser(mia), "openings", {"site": plant.site.code, "opens_on": "2026-12-01"})
    opening = Opening.objects.get().pk
    elsewhere = a_user("else", "migrator", a_plant("other").site)
    wishes = {"secret": SECRET, "reason": "No", "rows": [2], "runs": [run], "cells": {"2": {"1": "X"}}}
    acts = (
        "choose",
        "fix",
        "leave-out",
        "take-in",
        "check",
        "rehearse",
        "carry",
        "compare",
        "undo",
        "cancel",
        "accept",
        "take-back",
    )
    for person in (a_user("stranger"), elsewhere):
        client = browser(person)
        for address in (
            f"imports/{run}",
            f"imports/{run}/report",
            f"imports/{run}/progress",
            f"imports/{run}/undo-list",
            f"openings/{opening}",
            f"openings/{opening}/missing",
        ):
            assert get(client, address).status_code in (403, 404), address
        assert not get(client, f"imports/{run}/rows").json().get("results")
        assert not get(client, "openings").json().get("results")
        for act in acts:
            assert post(client, f"imports/{run}/{act}", wishes).status_code in (403, 404), act
        for act in ("put-in", "take-out", "accept", "take-back", "undo"):
            assert post(client, f"openings/{opening}/{act}", wishes).status_code in (403, 404), act
        assert upload(client, plant).status_code in (403, 422)
        assert post(client, "openings", {"site": plant.site.code, "opens_on": "2027-01-01"}).status_code in (403, 422)
    looker = browser(a_user("ada", "auditor", plant.site))
    assert get(looker, f"imports/{run}/report").status_code == 200
    for act in acts:
        assert post(looker, f"imports/{run}/{act}", wishes).status_code == 403, act
    assert (ImportRun.objects.get().status, Opening.objects.count()) == (RunStatus.IMPORTED, 1)
    assert not Acceptance.objects.exists()


def test_a_long_list_takes_as_many_queries_as_a_short_one(plant: Plant, mia: User) -> None:
    client = browser(mia)
    run = imported(plant, mia)
    counts = []
    for copies in (0, 8):
        kept = ImportRun.objects.get(pk=run)
        for _copy in range(copies):
            kept.pk = None
            with acting(mia, channel="test"):
                kept.save(force_insert=True)
        for address in ("imports", f"imports/{run}/rows", "external-ids", "openings"):
            with CaptureQueriesContext(connection) as asked:
                assert get(client, address).status_code == 200
            counts.append(len(asked))
    assert counts[:4] == counts[4:]
