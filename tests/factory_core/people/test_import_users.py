"""People come over with their roles, never with a password nor over the head of who brings them, and go again."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import assign_perm

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden, forget_grants, may
from factory_core.importing.exporting import csv_lines
from factory_core.importing.kinds import kind_named
from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import NothingImported, carry_in, rehearse
from factory_core.importing.services.undoing import undo_import
from factory_core.people.models import User, UserKind
from tests.world.checksums import checksums, tables_of
from tests.world.files import brought, checked_file
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FILE = """Benutzername;Name;Ausweis;Sprache;Rolle;Ort;aktiv;Passwort
anna;Anna Kowalska;00417;pl;Bediener;line:{a};ja;geheim
anna;;;;Meister;{b};ja;
bodo;Bodo Weiß;;de;planner;;nein;hunter2
carla;Carla;;;;;ja;
"""


@pytest.fixture
def plant(settings, tmp_path: Path) -> Plant:
    settings.DATA_DIR = tmp_path
    return a_plant()


@pytest.fixture
def bringer(plant: Plant) -> User:
    """A migrator who also manages people."""
    user = a_user("mia", "migrator", plant.site)
    with acting(user, channel="test"):
        assign_perm("as_it_admin", user, plant.site)
    forget_grants(user)
    return user


def text_of(plant: Plant, text: str = FILE) -> str:
    return text.format(a=plant.line_a.code, b=plant.line_b.code)


def bring(user: User, plant: Plant, text: str = FILE, **options: object) -> ImportRun:
    return brought(user, plant.site, "Benutzer.csv", text_of(plant, text), at=NOW, kind="users", **options)


def test_people_come_with_their_roles_and_go_again(plant: Plant, bringer: User) -> None:
    before = checksums(tables_of("factory_core"))
    run = bring(bringer, plant)
    assert (run.rows, run.created, run.changed) == (4, 3, 1)
    found = User.objects.filter(username__in=["anna", "bodo", "carla"]).order_by("username")
    facts = found.values_list("username", "display_name", "badge", "language", "is_active", "kind", "is_staff", "pin")
    assert list(facts) == [
        ("anna", "Anna Kowalska", "00417", "pl", True, UserKind.PERSON, False, ""),
        ("bodo", "Bodo Weiß", None, "de", False, UserKind.PERSON, False, ""),
        ("carla", "Carla", None, "", True, UserKind.PERSON, False, ""),
    ]
    anna, bodo, _carla = found
    assert may(anna, "production.count.report", plant.press)
    assert not may(anna, "production.downtime.edit", plant.press)
    assert may(anna, "production.downtime.edit", plant.robot)
    assert not may(bodo, "production.planning.run", plant.press)

    again = bring(bringer, plant)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 4)
    with acting(bringer, channel="test"):
        undo_import(actor=bringer, run_id=again.pk, at=NOW)
        undone = undo_import(actor=bringer, run_id=run.pk, at=NOW)
    assert (undone.undo["reversed"], undone.undo["kept"]) == (6, [])
    assert checksums(tables_of("factory_core")) == before


def test_no_password_comes_whatever_the_file_says(plant: Plant, bringer: User) -> None:
    run = bring(bringer, plant)
    kept = json.dumps([run.book, run.mapping, *StagedRow.objects.filter(run=run).values_list("cells", flat=True)])
    assert "Kowalska" in kept
    assert "geheim" not in kept
    assert "hunter2" not in kept
    anna = User.objects.get(username="anna")
    assert not anna.has_usable_password()
    assert authenticate(username="anna", password="geheim") is None
    kind = kind_named("users")
    assert kind is not None
    assert not {field.name for field in kind.fields} & {"password", "pin"}


def test_what_goes_out_comes_back_unchanged(plant: Plant, bringer: User) -> None:
    bring(bringer, plant)
    kind = kind_named("users")
    assert kind is not None
    text = b"".join(csv_lines(kind, kind.rows(bringer, plant.site), zone="Europe/Berlin")).decode("utf-8-sig")
    assert f"anna,Anna Kowalska,,pl,Yes,operator,line:{plant.line_a.code}" in text
    assert "00417" not in text
    again = brought(bringer, plant.site, "users.csv", text, at=NOW, kind="users")
    assert (again.created, again.changed, again.rows) == (0, 0, again.unchanged)
    assert User.objects.get(username="anna").badge == "00417"


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("dora;;;;owner;;;", "Rolle", "over_you"),
        ("root;Root 2;;;;;;", "Benutzername", "over_you"),
        ("olga;;B-9;;;;;", "Benutzername", "over_you"),
        ("screen;Wall;;;;;;", "Benutzername", "not_a_person"),
        ("mia;;;;;;nein;", "aktiv", "own_account"),
        ("dora;;TAKEN;;;;;", "Ausweis", "badge_taken"),
        ("dora;;;;operator;line:nowhere;;", "Ort", "unknown_reference"),
        ("dora;;;;operator;{other};;", "Ort", "unknown_reference"),
        ("dora;;;;;line:{a};;", "Rolle", "value_missing"),
        ("do ra;;;;;;;", "Benutzername", "invalid"),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_leaves_nothing(
    plant: Plant, bringer: User, row: str, column: str, code: str
) -> None:
    other = a_plant("other")
    a_user("root", superuser=True)
    a_user("olga", "owner", plant.site)
    a_user("screen", "terminal", plant.line_a, kind=UserKind.TERMINAL)
    a_user("walt", badge="TAKEN")
    before = checksums(tables_of("factory_core"))
    header = FILE.splitlines()[0]
    line = row.format(a=plant.line_a.code, other=other.line_a.code)
    run = checked_file(bringer, plant.site, "Benutzer.csv", f"{header}\n{line}\n", at=NOW, kind="users")
    with pytest.raises(NothingImported):
        carry_in(actor=bringer, run_id=run.pk, at=NOW)
    run.refresh_from_db()
    (fault,) = report_of(run)["refused"]
    assert (fault["row"], fault["column"], fault["code"]) == (2, column, code)
    assert checksums(tables_of("factory_core")) == before


def test_the_rehearsal_shows_no_badge(plant: Plant, bringer: User) -> None:
    bring(bringer, plant)
    text = FILE.replace("00417", "00999").replace("Kowalska", "Nowak")
    run = checked_file(bringer, plant.site, "Benutzer.csv", text_of(plant, text), at=NOW, kind="users")
    would = rehearse(actor=bringer, run_id=run.pk, at=NOW)
    assert would.changes[0] == (2, {"badge": ("•••", "•••"), "display_name": ("Anna Kowalska", "Anna Nowak")})
    assert User.objects.get(username="anna").badge == "00417"


def test_a_migrator_who_does_not_manage_people_brings_none(plant: Plant) -> None:
    for name, role in (("moritz", "migrator"), ("ida", "it_admin"), ("otto", "operator")):
        user = a_user(name, role, plant.site)
        with pytest.raises(Forbidden):
            checked_file(user, plant.site, "Benutzer.csv", text_of(plant), at=NOW, kind="users")
    assert not User.objects.filter(username="anna").exists()


def test_only_who_manages_people_takes_an_import_of_people_back(plant: Plant, bringer: User) -> None:
    run = bring(bringer, plant)
    moritz = a_user("moritz", "migrator", plant.site)
    with acting(moritz, channel="test"), pytest.raises(Forbidden):
        undo_import(actor=moritz, run_id=run.pk, at=NOW)
    assert User.objects.filter(username="anna").exists()


def test_many_people_cost_as_many_questions_as_few(plant: Plant, bringer: User) -> None:
    def questions(count: int, mark: str) -> int:
        lines = "".join(f"{mark}{number};operator;line:{plant.line_a.code}\n" for number in range(count))
        text = f"Benutzername;Rolle;Ort\n{lines}"
        run = checked_file(bringer, plant.site, "Benutzer.csv", text, at=NOW, kind="users")
        with CaptureQueriesContext(connection) as asked:
            carry_in(actor=bringer, run_id=run.pk, at=NOW)
        return len(asked)

    questions(2, "w")
    assert questions(2, "x") == questions(60, "y")
