"""A real mill's recorded days travel through the real agent, door and derive process, and nothing is lost or doubled.

Inputs and expected numbers: ../shared/data (machine_logs, expected.json), made by scripts that share no code with ours.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from telemetry.edge.drivers.shdr import read_log
from tests.ports import free_port
from tests.real import mill
from tests.real.mill import EXPECTED, LOGS
from tests.world.running import a_database, a_process, a_server

pytestmark = [
    pytest.mark.skipif(not EXPECTED.exists(), reason="../shared/data/machine_logs is absent"),
    pytest.mark.plant,
    pytest.mark.timeout(300),
]
PLATES = sorted((LOGS / "plate").glob("*.xz"))
DAYS = sorted(LOGS.glob("Hurco04-*.txt"))
OKUMA = LOGS / "okuma_shdr.txt.xz"


@dataclass
class Running:
    """A plant's database, its ingest address, and the folder of the test."""

    url: str
    base: str
    folder: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("mill")
    with a_database() as url:
        environment = {"DATABASE_URL": url}
        ingest = a_server("telemetry.ingest.app:application", free_port(), environment, folder / "ingest.log")
        derive = a_process("manage.py", "derive", environment=environment, log=folder / "derive.log")
        with ingest as base, derive:
            yield Running(url, base, folder)


@pytest.fixture(scope="module")
def plates(running) -> dict[str, object]:
    """The twenty plates, played once in the order of their names."""
    known = mill.in_plant(running.url, f"set_up('plates', 'p.', {mill.kinds_of(PLATES)!r}, 'Program_Status')")
    mill.play(running.base, running.folder / "plates", known["token"], PLATES, "p.")
    mill.wait_until_derived(running.url)
    return {**known, **mill.in_plant(running.url, f"story({known['machine']})"), "stored": mill.stored(running.url)}


def test_every_reading_of_the_plates_is_stored_once(plates):
    numbers, texts, refused = plates["stored"]
    assert refused == 0
    assert numbers + texts == sum(1 for log in PLATES for _ in read_log(log))


def test_the_cycles_are_those_of_an_independent_count_to_the_millisecond(plates):
    parts = json.loads(EXPECTED.read_text())["machine_logs"]["plate"]["parts"]
    assert len(plates["cycles"]) == 40
    found = []
    for log in PLATES:
        # The two operations of a part lie days apart: a cycle belongs to the log that holds its first ACTIVE.
        begun = {reading.at_us for reading in read_log(log) if reading.value == "ACTIVE"}
        found.append([cycle for cycle in plates["cycles"] if mill_us(cycle[0]) in begun])
    for part, cycles in zip(sorted(parts), found, strict=True):
        for column, name in ((2, "cycle_seconds"), (3, "active_seconds"), (4, "feed_hold_seconds")):
            assert [round(cycle[column], 3) for cycle in cycles] == [round(x, 3) for x in parts[part][name]], (
                part,
                name,
            )


def test_playing_them_again_changes_nothing(running, plates):
    mill.play(running.base, running.folder / "again", plates["token"], PLATES, "p.")
    mill.wait_until_derived(running.url)
    again = mill.in_plant(running.url, f"story({plates['machine']})")
    assert mill.stored(running.url) == plates["stored"]
    assert again["intervals"] == plates["intervals"]


def test_another_order_of_the_files_gives_the_same_intervals(running, plates):
    known = mill.in_plant(running.url, f"set_up('shuffled', 'p.', {mill.kinds_of(PLATES)!r}, 'Program_Status')")
    mill.play(running.base, running.folder / "shuffled", known["token"], PLATES, "p.", order="random", seed=7)
    mill.wait_until_derived(running.url)
    other = mill.in_plant(running.url, f"story({known['machine']})")
    assert other["intervals"] == plates["intervals"]
    assert other["cycles"] == plates["cycles"]


@pytest.mark.parametrize(
    ("name", "logs", "execution"),
    [("days", DAYS, "Program_Status"), ("okuma", [OKUMA], "pexecution")],
)
def test_logs_that_step_back_in_time_are_taken_in_whole(running, name, logs, execution):
    wanted = [reading for log in logs for reading in read_log(log)]
    steps_back = sum(a.at_us > b.at_us for a, b in pairwise(wanted))
    assert steps_back > 0
    before = mill.stored(running.url)
    known = mill.in_plant(running.url, f"set_up('{name}', '{name}.', {mill.kinds_of(logs)!r}, '{execution}')")
    mill.play(running.base, running.folder / name, known["token"], logs, f"{name}.")
    mill.wait_until_derived(running.url)
    after = mill.stored(running.url)
    assert after[2] == before[2]
    assert sum(after[:2]) - sum(before[:2]) == len(wanted)
    told = mill.in_plant(running.url, f"story({known['machine']})")["intervals"]
    assert all(left[1] == right[0] for left, right in pairwise(told))


def mill_us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)
