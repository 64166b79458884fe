"""Machines come over with their areas and lines, are changed by their code, stay where their past is, and go again."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.importing.exporting import csv_lines
from factory_core.importing.kinds import kind_named
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import NothingImported, carry_in
from factory_core.importing.services.undoing import undo_import
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Area, Line, Machine
from telemetry.states.services.rules import set_state_rule
from tests.world.checksums import checksums, tables_of
from tests.world.files import brought, checked_file
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FILE = """Maschine;Bezeichnung;Halle;Linie;Position;Stillstandsgrenze;aktiv
M-1;Presse 1;Halle Nord;L-9;1;240;ja
M-2;Presse 2;Halle Nord;L-9;2;;nein
M-3;;Halle Nord;Packen;;;
"""


def bring(migrator: User, plant: Plant, text: str, **options: object) -> ImportRun:
    return brought(migrator, plant.site, "Maschinen.csv", text, at=NOW, **options)


def test_machines_come_with_their_areas_and_lines_and_go_again(plant: Plant, migrator: User) -> None:
    before = checksums(tables_of("factory_core"))
    run = bring(migrator, plant, FILE)
    assert (run.kind, run.created, run.rows) == ("machines", 3, 3)
    found = Machine.objects.filter(code__startswith="M-").order_by("code").values_list(
        "code", "name", "line__code", "line__area__code", "line__area__name", "position", "stop_limit_s", "is_active"
    )  # fmt: skip
    assert list(found) == [
        ("M-1", "Presse 1", "L-9", "Halle-Nord", "Halle Nord", 1, 240, True),
        ("M-2", "Presse 2", "L-9", "Halle-Nord", "Halle Nord", 2, 300, False),
        ("M-3", "M-3", "Packen", "Halle-Nord", "Halle Nord", 0, 300, True),
    ]
    again = bring(migrator, plant, FILE)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 3)
    for each in (again, run):
        with acting(migrator, channel="test"):
            undo_import(actor=migrator, run_id=each.pk, at=NOW)
    assert checksums(tables_of("factory_core")) == before


def test_what_goes_out_comes_back_unchanged(plant: Plant, migrator: User) -> None:
    kind = kind_named("machines")
    assert kind is not None
    text = b"".join(csv_lines(kind, kind.rows(migrator, plant.site), zone="Europe/Berlin")).decode("utf-8-sig")
    assert len(text.splitlines()) == 4
    run = bring(migrator, plant, text)
    assert (run.created, run.changed, run.unchanged) == (0, 0, 3)


def test_a_machine_without_a_past_moves_and_one_with_a_past_stays(plant: Plant, migrator: User) -> None:
    text = f"Maschine;Linie\n{plant.lathe.code};{plant.line_b.code}\n"
    run = bring(migrator, plant, text)
    assert run.changed == 1
    plant.lathe.refresh_from_db()
    assert plant.lathe.line == plant.line_b

    plant_service = service_user("plant")
    with acting(plant_service, channel="test"):
        rule = {"sources": [{"kind": "words", "tag": "execution"}]}
        set_state_rule(actor=plant_service, machine=plant.press, definition=rule, valid_from=NOW)
    run = checked_file(migrator, plant.site, "Maschinen.csv", text.replace("lathe", "press"), at=NOW)
    with pytest.raises(NothingImported, match="has a past there"):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    plant.press.refresh_from_db()
    assert plant.press.line == plant.line_a
    run.refresh_from_db()
    (fault,) = report_of(run)["refused"]
    assert (fault["row"], fault["column"], fault["code"]) == (2, "Linie", "has_history")
    assert "no machine with a past" in fault["expected"]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("M 9;Hall 9;L-9", "Maschine", "bad_code"),
        ("M-9;Hall 9;", "Linie", "value_missing"),
        ("M-9;;L-9", "Halle", "value_missing"),
        ("M-9;Hall 9;{a}", "Halle", "other_area"),
        ("M-9;Hall 9;???", "Linie", "bad_code"),
        ("{foreign};{hall};{a}", "Maschine", "at_another_site"),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_leaves_nothing(
    plant: Plant, migrator: User, row: str, column: str, code: str
) -> None:
    other = a_plant("other")
    row = row.format(a=plant.line_a.code, hall=plant.area.code, foreign=other.press.code)
    before = checksums(["factory_core_machine", "factory_core_line"])
    run = checked_file(migrator, plant.site, "Maschinen.csv", f"Maschine;Halle;Linie\n{row}\n", at=NOW)
    with pytest.raises(NothingImported):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    run.refresh_from_db()
    faults = report_of(run)["refused"]
    assert (faults[0]["column"], faults[0]["code"]) == (column, code)
    assert checksums(["factory_core_machine", "factory_core_line"]) == before
    assert not Area.objects.filter(code="Hall-9").exists()


def test_a_migrator_of_another_site_and_a_stranger_bring_nothing(plant: Plant) -> None:
    other = a_plant("other")
    for person in (a_user("sid", "supervisor", plant.site), a_user("mo", "migrator", other.site)):
        with pytest.raises(Forbidden):
            checked_file(person, plant.site, "Maschinen.csv", FILE, at=NOW)
    assert not Line.objects.filter(code="L-9").exists()


def test_many_machines_cost_as_many_questions_as_few(plant: Plant, migrator: User) -> None:
    def questions(count: int, mark: str) -> int:
        lines = "".join(f"{mark}{number};{plant.line_a.code}\n" for number in range(count))
        run = checked_file(migrator, plant.site, "Maschinen.csv", f"Maschine;Linie\n{lines}", at=NOW)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            carry_in(actor=migrator, run_id=run.pk, at=NOW)
        return len(asked)

    questions(2, "W")
    assert questions(2, "X") == questions(60, "Y")
