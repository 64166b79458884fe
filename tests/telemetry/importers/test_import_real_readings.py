"""Real machines' logs and series come over as files and give the figures that others counted.

Inputs and expected numbers: ../shared/data (machine_logs, nab, energy, expected.json).
"""

import json
import lzma
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.importing.models import ImportRun
from factory_core.importing.services.undoing import undo_import
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Machine, Site
from telemetry.devices.models import Tag
from telemetry.edge.drivers.shdr import read_log
from telemetry.readings.models import Reading, ReadingText
from telemetry.states.queries import cycles_of, intervals
from telemetry.states.services import derive_machine, set_state_rule
from tests.world.files import brought
from tests.world.plant import Plant

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
LOGS = DATA / "machine_logs"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA.exists(), reason="../shared/data is absent"),
    pytest.mark.timeout(300),
]
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FIRST = datetime(2016, 1, 1, tzinfo=UTC)
EXPECTED: dict[str, Any] = json.loads((DATA / "expected.json").read_text()) if DATA.exists() else {}
# A part held again and again, one that rested, one with a line torn at its end, one that took longest.
PARTS = ["Plate-Hurco04-01of20", "Plate-Hurco04-04of20", "Plate-Hurco04-09of20", "Plate-Hurco04-11of20"]


def bring(migrator: User, machine: Machine, path: Path, **options: Any) -> ImportRun:
    content = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
    constants = {"machine": machine.code, **options.pop("constants", {})}
    return brought(
        migrator, machine.line.area.site, path.name.removesuffix(".xz"), content, at=NOW, kind="readings",
        constants=constants, creates_missing=True, **options,
    )  # fmt: skip


def follow(machine: Machine, key: str) -> None:
    actor = service_user("plant")
    with acting(actor, channel="test"):
        rule = {"sources": [{"kind": "words", "tag": f"{machine.code}.{key}"}]}
        set_state_rule(actor=actor, machine=machine, definition=rule, valid_from=FIRST)


def derive(machine: Machine) -> None:
    actor = service_user("derive")
    with acting(actor, channel="test"):
        derive_machine(actor=actor, machine_id=machine.pk, at=NOW)


def stored() -> int:
    return Reading.objects.count() + ReadingText.objects.count()


def test_the_cycles_of_plates_are_those_of_an_independent_count(plant: Plant, migrator: User) -> None:
    follow(plant.press, "Program_Status")
    expected = EXPECTED["machine_logs"]["plate"]["parts"]
    held = 0
    for part in PARTS:
        path = LOGS / "plate" / f"{part}.txt.xz"
        run = bring(migrator, plant.press, path)
        assert run.rows == run.done == expected[part]["lines"]
        held += sum(1 for _ in read_log(path))
        assert stored() == held
    derive(plant.press)
    cycles = cycles_of(plant.press.pk, FIRST, NOW)
    # The two operations of a part lie days apart: a cycle belongs to the log that holds its first ACTIVE.
    for part in PARTS:
        log = LOGS / "plate" / f"{part}.txt.xz"
        begun = {reading.at_us for reading in read_log(log) if reading.value == "ACTIVE"}
        own = [cycle for cycle in cycles if round(cycle.started_at.timestamp() * 1_000_000) in begun]
        told = {
            "cycle_seconds": [(cycle.ended_at - cycle.started_at).total_seconds() for cycle in own],
            "active_seconds": [cycle.active.total_seconds() for cycle in own],
            "feed_hold_seconds": [cycle.feed_hold.total_seconds() for cycle in own],
        }
        for name, seconds in told.items():
            assert [round(each, 3) for each in seconds] == [round(each, 3) for each in expected[part][name]], (
                part,
                name,
            )
    counts = Reading.objects.filter(tag__name=f"{plant.press.code}.Part_Count").values_list("value", flat=True)
    assert set(counts) == {float(count) for part in PARTS for count in expected[part]["Part_Count_values"]}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Hurco04-20170124-20170125.txt", "Program_Status"),
        ("Hurco04-20170125-20170126.txt", "Program_Status"),
        ("Hurco04-20170217-20170218.txt", "Program_Status"),
        ("okuma_shdr.txt.xz", "pexecution"),
    ],
)
def test_logs_that_step_back_in_time_come_whole_and_go_whole(plant: Plant, migrator: User, name: str, key: str) -> None:
    path = LOGS / name
    follow(plant.press, key)
    wanted = list(read_log(path))
    run = bring(migrator, plant.press, path)
    assert run.rows == run.done
    # What an adapter said twice of the same moment is one reading.
    distinct = {(each.tag, each.at_us, str(each.value)) for each in wanted}
    assert len(distinct) <= stored() <= len(wanted)
    derive(plant.press)
    told = intervals(plant.press.pk, FIRST, NOW)
    assert all(left.ended_at == right.started_at for left, right in pairwise(told))
    again = bring(migrator, plant.press, path)
    assert (again.created, again.unchanged) == (0, again.rows)
    for each in (again, run):
        with acting(migrator, channel="test"):
            undo_import(actor=migrator, run_id=each.pk, at=NOW)
    assert (stored(), Tag.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "name", ["machine_temperature_system_failure.csv", "art_daily_jumpsup.csv", "art_daily_small_noise.csv"]
)
def test_a_series_keeps_every_value_repeated_times_included(plant: Plant, migrator: User, name: str) -> None:
    expected = EXPECTED["series"]["nab"][name]
    run = bring(migrator, plant.press, DATA / "nab" / name, constants={"tag": "temperature"})
    assert (run.rows, run.created) == (expected["rows"], expected["rows"])
    found = list(Reading.objects.order_by("seq").values_list("at", "value"))
    times, values = [at for at, _value in found], [value for _at, value in found]
    zone = plant.site.zone
    shown = [f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" for at in (times[0], times[-1])]
    assert shown == [expected["first"], expected["last"]]
    assert (min(values), max(values)) == (float(expected["min"]), float(expected["max"]))
    assert round(fmean(values), 6) == expected["mean"]
    assert len(times) - len(set(times)) == expected["duplicate_timestamps"]
    assert sum(later < earlier for earlier, later in pairwise(times)) == expected["out_of_order"]
    windows = [[datetime.fromisoformat(each).replace(tzinfo=zone) for each in window] for window in expected["windows"]]
    inside = sum(any(start <= at <= end for start, end in windows) for at in times)
    assert inside == expected["rows_inside_windows"]


def test_energy_of_a_steel_works_adds_up(plant: Plant, migrator: User) -> None:
    expected = EXPECTED["series"]["energy steel_industry_2018_jan_jun.csv"]
    actor = service_user("plant")
    with acting(actor, channel="test"):
        # The steel works stands where no clock is ever changed.
        Site.objects.filter(pk=plant.site.pk).update(time_zone="Asia/Seoul")
    plant.site.refresh_from_db()
    columns = {"date": "at", "Usage_kWh": "series_1", "CO2(tCO2)": "series_2", "NSM": "series_3"}
    run = bring(migrator, plant.press, DATA / "energy" / "steel_industry_2018_jan_jun.csv", columns=columns)
    assert (run.rows, run.created) == (expected["rows"], expected["rows"])
    usage = Reading.objects.filter(tag__name=f"{plant.press.code}.Usage_kWh").order_by("seq")
    rows = [(at.astimezone(plant.site.zone), Decimal(str(value))) for at, value in usage.values_list("at", "value")]
    assert sum(value for _at, value in rows) == Decimal(expected["Usage_kWh_total"])
    by_month = {f"2018-{month:02d}": Decimal(0) for month in range(1, 7)}
    for at, value in rows:
        by_month[f"{at:%Y-%m}"] += value
    assert {month: str(total) for month, total in by_month.items()} == (
        expected["Usage_kWh_by_calendar_month_of_date_column"]
    )
    assert f"{max(rows, key=lambda row: row[1])[0]:%d-%m-%Y %H:%M}" == expected["max_at"]
    assert len({at for at, _value in rows}) == expected["distinct_timestamps"]
    back = sum(later < earlier for (earlier, _a), (later, _b) in pairwise(rows))
    assert back == expected["rows_whose_timestamp_goes_back"]
    carbon = Reading.objects.filter(tag__name=f"{plant.press.code}.CO2(tCO2)").values_list("value", flat=True)
    assert sum(Decimal(str(value)) for value in carbon) == Decimal(expected["CO2_total"])
    assert rows[0][0] + timedelta(minutes=15) == rows[1][0]
