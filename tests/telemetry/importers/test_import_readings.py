"""Readings come over as they were measured: tables, logs, one column a tag; once, in any order, and go again whole."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.importing.exporting import csv_lines
from factory_core.importing.kinds import kind_named
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import NothingImported, carry_in, rehearse
from factory_core.importing.services.undoing import undo_import
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Machine
from telemetry.devices.models import Gateway, Tag
from telemetry.readings.models import LatestValue, Reading, ReadingText
from telemetry.readings.partitions import drop_partitions
from telemetry.states.queries import intervals
from telemetry.states.services import derive_machine, set_state_rule
from tests.world.checksums import checksums, tables_of
from tests.world.files import brought, checked_file
from tests.world.people import a_user
from tests.world.plant import Plant
from tests.world.telemetry import a_gateway, a_tag

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = datetime(2019, 3, 4, tzinfo=UTC)
LOG = """2019-03-04T06:00:00.1234567Z|Program_Status|ACTIVE
2019-03-04T06:00:10Z|Spindle_Speed|1200|Feed|0.5
2019-03-04T06:00:05Z|Spindle_Speed|UNAVAILABLE
2019-03-04T06:10:00Z|Program_Status|FEED_HOLD
2019-03-04T06:10:00Z|Program_Status|ACTIVE
2019-03-04T06:10:00Z|Program_Status|FEED_HOLD
2019-03-04T06:20:00Z|coolant|FAULT|E7||low level|
2019-03-04T06:30:00Z|@ASSET@|T1|CuttingTool|--multiline--ABCD
<CuttingTool toolId="1"/>
--multiline--ABCD
2019
2019-03-04T06:40:00Z|Program_Status|PROGRAM_COMPLETED
"""


def bring(migrator: User, plant: Plant, text: str | bytes, name: str = "mill.txt", **options: object) -> ImportRun:
    options = {"constants": {"machine": plant.press.code}, "creates_missing": True, "kind": "readings", **options}
    return brought(migrator, plant.site, name, text, at=NOW, **options)


def texts_of(name: str) -> list[tuple[str, str | None]]:
    found = ReadingText.objects.filter(tag__name=f"mill-press.{name}").order_by("at", "seq")
    return [(f"{at:%H:%M:%S.%f}", value) for at, value in found.values_list("at", "value")]


def contents() -> dict[str, str]:
    """Everything of the plant and of telemetry, readings included."""
    found = checksums(tables_of("factory_core", "telemetry"))
    # When the newest value left over had come is not known again; and marks to derive on from may be more.
    found["telemetry_latestvalue"] = str(sorted(LatestValue.objects.values_list("tag", "at", "number", "text")))
    del found["telemetry_statecheckpoint"]
    found["readings"] = str(sorted(Reading.objects.values_list("tag", "at", "value", "quality")))
    found["texts"] = str(sorted(ReadingText.objects.values_list("tag", "at", "value", "quality")))
    return found


def undone(migrator: User, run: ImportRun) -> ImportRun:
    with acting(migrator, channel="test"):
        return undo_import(actor=migrator, run_id=run.pk, at=NOW)


def derived(machine: Machine) -> list[tuple[datetime, datetime | None, str, str]]:
    actor = service_user("derive")
    with acting(actor, channel="test"):
        derive_machine(actor=actor, machine_id=machine.pk, at=NOW)
    spans = intervals(machine.pk, DAY - timedelta(days=9), NOW)
    return [(span.started_at, span.ended_at, span.state, span.word) for span in spans]


def follow(machine: Machine, tag: str) -> None:
    actor = service_user("plant")
    with acting(actor, channel="test"):
        rule = {"sources": [{"kind": "words", "tag": tag}]}
        set_state_rule(actor=actor, machine=machine, definition=rule, valid_from=DAY - timedelta(days=30))


def test_a_log_is_read_as_the_gateway_reads_it(plant: Plant, migrator: User) -> None:
    run = bring(migrator, plant, LOG)
    assert (run.rows, run.created, run.unchanged) == (10, 10, 0)
    assert texts_of("Program_Status") == [
        ("06:00:00.123456", "ACTIVE"), ("06:10:00.000000", "FEED_HOLD"), ("06:10:00.000000", "ACTIVE"),
        ("06:10:00.000000", "FEED_HOLD"), ("06:40:00.000000", "PROGRAM_COMPLETED"),
    ]  # fmt: skip
    assert texts_of("coolant") == [("06:20:00.000000", "FAULT")]
    assert texts_of("coolant.detail") == [("06:20:00.000000", "E7||low level|")]
    assert texts_of("@ASSET@") == [("06:30:00.000000", 'T1|CuttingTool|<CuttingTool toolId="1"/>')]
    assert texts_of("@UNREADABLE@") == [("06:30:00.000000", "2019")]
    speeds = Reading.objects.filter(tag__name="mill-press.Spindle_Speed").order_by("at")
    assert list(speeds.values_list("value", "quality")) == [(None, 24), (1200.0, 192)]
    kinds = dict(Tag.objects.filter(machine=plant.press).values_list("name", "kind"))
    assert kinds["mill-press.Spindle_Speed"] == "number"
    assert kinds["mill-press.Program_Status"] == "text"
    assert LatestValue.objects.get(tag__name="mill-press.Program_Status").text == "PROGRAM_COMPLETED"


def test_the_same_file_again_brings_nothing_and_both_go_again(plant: Plant, migrator: User) -> None:
    before = contents()
    run = bring(migrator, plant, LOG)
    held = Reading.objects.count(), ReadingText.objects.count()
    again = bring(migrator, plant, LOG)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 10)
    assert (Reading.objects.count(), ReadingText.objects.count()) == held
    undone(migrator, again)
    assert (Reading.objects.count(), ReadingText.objects.count()) == held
    told = undone(migrator, run).undo
    assert told["kept"] == []
    assert contents() == {**before, "telemetry_dirtyrange": contents()["telemetry_dirtyrange"]}


def test_states_are_derived_from_them_and_anew_when_they_go(plant: Plant, migrator: User) -> None:
    gateway, _token = a_gateway(plant.site, "gw")
    a_tag(gateway, "Program_Status", plant.press, "text")
    follow(plant.press, "Program_Status")
    first = bring(migrator, plant, "2019-03-04T05:00:00Z|Program_Status|READY\n")
    assert first.created == 1
    derived(plant.press)
    before = contents()
    line = derived(plant.press)
    run = bring(migrator, plant, LOG)
    words = [word for _start, _end, _state, word in derived(plant.press)]
    assert words == ["READY", "ACTIVE", "FEED_HOLD", "PROGRAM_COMPLETED"]
    undone(migrator, run)
    assert derived(plant.press) == line
    assert contents() == before


def test_a_row_a_value_and_a_tag_a_column(plant: Plant, migrator: User) -> None:
    long = "timestamp;machine;tag;value;quality\n" + "".join(
        f"2019-03-04 0{hour}:00:00;{plant.press.code};temp;{hour}.5;{quality}\n"
        for hour, quality in ((1, 192), (2, 64))
    )
    run = brought(migrator, plant.site, "long.csv", long, at=NOW, kind="readings", creates_missing=True)
    assert run.created == 2
    found = Reading.objects.filter(tag__name="mill-press.temp").order_by("at")
    # The site's local time.
    assert [(at.hour, value, quality) for at, value, quality in found.values_list("at", "value", "quality")] == [
        (0, 1.5, 192), (1, 2.5, 64)
    ]  # fmt: skip

    wide = "Datum;Druck (bar);Öl Temperatur\n04.03.2019 06:00;1,5;1.070,25\n04.03.2019 07:00;;71,5\n"
    columns = {"Datum": "at", "Druck (bar)": "series_1", "Öl Temperatur": "series_2"}
    run = bring(migrator, plant, wide, "wide.csv", columns=columns)
    assert (run.rows, run.created) == (2, 2)
    values = Reading.objects.filter(tag__name__in=["mill-press.Druck_(bar)", "mill-press.Öl_Temperatur"])
    assert list(values.order_by("tag__name", "at").values_list("value", flat=True)) == [1.5, 1070.25, 71.5]


def test_what_goes_out_comes_back_unchanged(plant: Plant, migrator: User) -> None:
    bring(migrator, plant, LOG)
    kind = kind_named("readings")
    assert kind is not None
    text = b"".join(csv_lines(kind, kind.rows(migrator, plant.site), zone="Europe/Berlin")).decode("utf-8-sig")
    again = brought(migrator, plant.site, "readings.csv", text, at=NOW, kind="readings")
    assert (again.rows, again.created, again.unchanged) == (12, 0, 12)


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("2019-03-04 01:00;mill-press;load;high;", "value", "wrong_type"),
        ("2019-03-04 01:00;mill-press;load;1,5;", "value", "wrong_type"),
        ("2019-03-04 01:00;mill-press;load;101;", "value", "out_of_range"),
        ("2099-03-04 01:00;mill-press;load;1;", "timestamp", "future"),
        ("2019-03-04 01:00;mill-press;unheard;1;", "tag", "unknown_tag"),
        ("2019-03-04 01:00;mill-press;;1;", "tag", "value_missing"),
        ("2019-03-04 01:00;mill-press;load;;", "value", "value_missing"),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_leaves_nothing(
    plant: Plant, migrator: User, line: str, column: str, code: str
) -> None:
    gateway, _token = a_gateway(plant.site, "gw")
    a_tag(gateway, "load", plant.press, min_value=0, max_value=100)
    before = contents()
    text = f"timestamp;machine;tag;value;quality\n2019-03-04 00:30;mill-press;load;1;192\n{line}\n"
    run = checked_file(migrator, plant.site, "load.csv", text, at=NOW, kind="readings")
    with pytest.raises(NothingImported):
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
    run.refresh_from_db()
    (fault,) = report_of(run)["refused"]
    assert (fault["row"], fault["column"], fault["code"]) == (3, column, code)
    assert fault["message"]
    assert contents() == before


def test_a_machine_nobody_knows_is_refused_or_made(plant: Plant, migrator: User) -> None:
    before = contents()
    text = "timestamp;machine;tag;value\n2019-03-04 00:30;OLD-7;load;1\n"
    run = checked_file(migrator, plant.site, "load.csv", text, at=NOW, kind="readings")
    assert [one["code"] for one in report_of(run)["refused"]] == ["unknown_reference"]
    run = brought(migrator, plant.site, "load.csv", text, at=NOW, kind="readings", creates_missing=True)
    assert run.created == 1
    machine = Machine.objects.get(code="OLD-7")
    assert machine.line.code == "imported-mill-site"
    assert undone(migrator, run).undo["kept"] == []
    assert contents() == before


def test_days_that_retention_dropped_are_told(plant: Plant, migrator: User) -> None:
    run = bring(migrator, plant, LOG)
    with transaction.atomic():
        drop_partitions((DAY + timedelta(days=1)).date())
        told = undone(migrator, run).undo
    assert told["kept_by_why"] == {"gone": 1}
    assert told["kept"][0][3] == "12 readings: their days were dropped"
    assert not Tag.objects.filter(name__startswith="mill-press.").exists()


def test_the_gateway_of_imports_stays_while_another_run_uses_it(plant: Plant, migrator: User) -> None:
    run = bring(migrator, plant, LOG)
    other = bring(migrator, plant, LOG.replace("06:", "07:"))
    told = undone(migrator, run).undo
    assert {table for table, *_rest in told["kept"]} == {"telemetry_gateway", "telemetry_tag"}
    assert told["kept_by_why"]["used_since"] == 8
    assert texts_of("Program_Status")[0] == ("07:00:00.123456", "ACTIVE")
    undone(migrator, other)
    assert not Reading.objects.exists()
    assert Gateway.objects.get().status == "revoked"


def test_no_other_reading_goes_and_none_without_an_undo(plant: Plant, migrator: User) -> None:
    run = bring(migrator, plant, LOG)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('millwright.undo_run', %s, true)", [str(run.pk)])
    with pytest.raises(DatabaseError, match="only added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM telemetry_reading")


def test_a_rehearsal_leaves_nothing(plant: Plant, migrator: User) -> None:
    before = contents()
    options = {"constants": {"machine": plant.press.code}, "creates_missing": True}
    run = checked_file(migrator, plant.site, "mill.txt", LOG, at=NOW, kind="readings", **options)
    would = rehearse(actor=migrator, run_id=run.pk, at=NOW)
    assert would.outcomes["created"] == 10
    assert contents() == before


def test_a_stranger_and_an_engineer_without_the_right_bring_nothing(plant: Plant) -> None:
    for name, role in (("stranger", ""), ("ida", "it_admin"), ("otto", "operator")):
        user = a_user(name, role, plant.site)
        with pytest.raises(Forbidden):
            checked_file(user, plant.site, "mill.txt", LOG, at=NOW, kind="readings")
    assert not Reading.objects.exists()
