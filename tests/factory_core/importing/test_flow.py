"""A file goes its whole way: opened, mapped, checked, rehearsed, brought in, undone; a refusal changes nothing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.importing.models import ImportRun, LearnedColumn, StagedRow
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import NotReady, carry_in, rehearse
from factory_core.importing.services.flow import BadMapping, cancel, check_run, choose, leave_out, open_run
from factory_core.importing.services.progress import Stopped
from factory_core.importing.services.undoing import undo_import
from factory_core.importing.states import RunStatus
from factory_core.partners.models import Partner
from factory_core.people.models import User
from tests.world.people import a_user
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FILE = """Kontonummer;Firma;Telefon;aktiv;Bemerkung
0012;Müller & Söhne;0421 123;ja;
S-2;Schrauben-Paul;;nein;pünktlich
"""


def opened(migrator: User, plant: Plant, text: str = FILE, name: str = "Lieferanten.csv", **more: str) -> ImportRun:
    with acting(migrator, channel="test"):
        return open_run(
            actor=migrator, site=plant.site, name=name, content=[text.encode("cp1252")], at=NOW, **more
        )  # fmt: skip


def checked(migrator: User, run: ImportRun, **more: object) -> ImportRun:
    with acting(migrator, channel="test"):
        choose(actor=migrator, run_id=run.pk, at=NOW, **more)
        return check_run(actor=migrator, run_id=run.pk, at=NOW)


def test_the_whole_way_and_back(plant: Plant, migrator: User) -> None:
    before = set(Partner.objects.values_list("code", flat=True))
    run = opened(migrator, plant)
    assert (run.kind, run.status) == ("suppliers", RunStatus.MAPPING)
    assert run.mapping == {"1": "code", "2": "name", "3": "phone", "4": "is_active", "5": ""}

    run = checked(migrator, run)
    assert (run.status, run.rows) == (RunStatus.CHECKED, 2)
    would = rehearse(actor=migrator, run_id=run.pk, at=NOW)
    assert would.outcomes["created"] == 2
    assert set(Partner.objects.values_list("code", flat=True)) == before

    run = carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert (run.status, run.created, run.done) == (RunStatus.IMPORTED, 2, 2)
    mueller = Partner.objects.get(code="0012")
    assert (mueller.name, mueller.is_supplier, mueller.is_customer) == ("Müller & Söhne", True, False)
    assert not Partner.objects.get(code="S-2").is_active
    # What is proposed anyway need not be remembered: the next file may have a better column.
    assert not LearnedColumn.objects.exists()

    with acting(migrator, channel="test"):
        undone = undo_import(actor=migrator, run_id=run.pk, at=NOW)
    assert undone.undo["reversed"] == 2
    assert set(Partner.objects.values_list("code", flat=True)) == before


def test_the_same_file_again_changes_nothing_and_another_only_what_differs(plant: Plant, migrator: User) -> None:
    run = checked(migrator, opened(migrator, plant))
    carry_in(actor=migrator, run_id=run.pk, at=NOW)
    again = carry_in(actor=migrator, run_id=checked(migrator, opened(migrator, plant)).pk, at=NOW)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2)

    other = checked(migrator, opened(migrator, plant, FILE.replace("0421 123", "0421 999").replace("Paul", "")))
    would = rehearse(actor=migrator, run_id=other.pk, at=NOW)
    assert would.changes == [(2, {"phone": ("0421 123", "0421 999")}), (3, {"name": ("Schrauben-Paul", "Schrauben-")})]
    assert Partner.objects.get(code="0012").phone == "0421 123"


def test_each_fault_is_named_with_row_column_value_and_remedy(plant: Plant, migrator: User) -> None:
    text = FILE + "S-3;;1;vielleicht;\nS-2;Twice;;ja;\n"
    run = checked(migrator, opened(migrator, plant, text))
    report = report_of(run)
    assert [(one["row"], one["column"], one["value"], one["code"]) for one in report["refused"]] == [
        (4, "aktiv", "vielleicht", "not_yes_no"),
        (4, "Firma", "", "value_missing"),
        (5, "Kontonummer", "S-2", "twice_in_file"),
    ]
    assert all(one["message"] and one["expected"] for one in report["refused"])
    with pytest.raises(NotReady):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert not Partner.objects.filter(code="S-2").exists()

    with acting(migrator, channel="test"):
        assert leave_out(actor=migrator, run_id=run.pk, numbers=[4, 5], at=NOW) == 2
    run = carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert (run.created, run.rows, run.done) == (2, 4, 2)


def test_what_an_app_refuses_is_told_at_its_row_and_nothing_stays(plant: Plant, migrator: User) -> None:
    text = "Code;Name;GLN\nS-1;One;4012345000009\nS-2;Two;4012345000001\n"
    run = checked(migrator, opened(migrator, plant, text, kind="suppliers"))
    with pytest.raises(Exception, match="Row 3 was refused"):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    run.refresh_from_db()
    assert run.status == RunStatus.CHECKED
    assert not Partner.objects.filter(code="S-1").exists()
    assert [(one["row"], one["column"]) for one in report_of(run)["refused"]] == [(3, "GLN")]


def test_two_columns_for_one_field_and_a_required_field_without_any_are_refused(plant: Plant, migrator: User) -> None:
    run = opened(migrator, plant)
    for mapping, sentence in (({"1": "code", "2": "code"}, "only one can"), ({"1": "code"}, "No column gives")):
        with acting(migrator, channel="test"), pytest.raises(BadMapping, match=sentence):
            choose(actor=migrator, run_id=run.pk, at=NOW, mapping=mapping)
    run = checked(migrator, run, mapping={"1": "code"}, constants={"name": "unknown"})
    assert run.status == RunStatus.CHECKED


def test_a_stop_changes_nothing(plant: Plant, migrator: User) -> None:
    run = checked(migrator, opened(migrator, plant))

    def stop(done: int, total: int) -> None:
        raise Stopped("stop")

    with pytest.raises(Stopped):
        carry_in(actor=migrator, run_id=run.pk, at=NOW, tell=stop)
    run.refresh_from_db()
    assert (run.status, run.created) == (RunStatus.CHECKED, 0)
    assert not Partner.objects.filter(code="0012").exists()


def test_a_stranger_brings_nothing(plant: Plant) -> None:
    stranger = a_user("stranger")
    with acting(stranger, channel="test"), pytest.raises(Forbidden):
        open_run(actor=stranger, site=plant.site, name="a.csv", content=[b"a;b\n1;2\n"], at=NOW)
    assert not ImportRun.objects.exists()


def test_a_run_given_up_leaves_no_row_and_no_file(plant: Plant, migrator: User, tmp_path: Path) -> None:
    run = checked(migrator, opened(migrator, plant))
    with acting(migrator, channel="test"):
        cancel(actor=migrator, run_id=run.pk, at=NOW)
    assert not StagedRow.objects.exists()
    assert not list((tmp_path / "imports").iterdir())


def test_a_torn_row_is_put_together_where_only_one_way_fits_and_else_waits_for_a_person(
    plant: Plant, migrator: User
) -> None:
    text = "Code,Name,Active\nS-1,One,yes\nS-2,Two, and Sons,yes\nS-3,a,b,c,d,yes\nS-4,Four,no\n"
    run = checked(migrator, opened(migrator, plant, text, kind="suppliers"))
    report = report_of(run)
    told = {
        one["row"]: one["code"] for one in [*report["refused"], *report["warnings"]] if one["code"].endswith("_row")
    }
    assert told == {3: "joined_row", 4: "broken_row"}
    assert StagedRow.objects.get(number=3).status == "WARNING"
    assert StagedRow.objects.get(number=4).status == "ERROR"
