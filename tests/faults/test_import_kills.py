"""A killed import or undo left nothing half: all of it or none, and the same act again finishes.

Shortened in CI; `IMPORT_KILLS=15 IMPORT_ROWS=10000 pytest tests/faults/test_import_kills.py` plays the issue's.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from factory_core.importing.models import ImportRun
from factory_core.importing.services.carrying import carry_in
from factory_core.importing.states import RunStatus
from factory_core.partners.models import Partner
from factory_core.people.models import User
from tests.world.bringing import NOW, checked, undone
from tests.world.checksums import checksums, tables_of
from tests.world.plant import Plant

KILLS = int(os.environ.get("IMPORT_KILLS", "4"))
ROWS = int(os.environ.get("IMPORT_ROWS", "500"))
SEED = int(os.environ.get("KILL_SEED", "20261122"))
PATIENCE_S = 60
CHECKOUT = Path(__file__).parents[2]
FILE = "Code;Name;Phone\n" + "".join(f"S-{one};Supplier {one};0421 {one}\n" for one in range(ROWS))

pytestmark = [
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120 + KILLS * 60),
]


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    """Those that are still there at the end are ended."""
    begun: list[subprocess.Popen[str]] = []
    yield begun
    for process in begun:
        process.kill()
        process.wait(PATIENCE_S)
        if process.stdout is not None:
            process.stdout.close()


def begun(processes: list[subprocess.Popen[str]], act: str, run: ImportRun) -> subprocess.Popen[str]:
    """The act under way in a process of its own, on the database of this test."""
    name = connection.settings_dict["NAME"]
    before, _slash, after = os.environ["DATABASE_URL"].rpartition("/millwright")
    url = f"{before}/{name}{after}" if _slash else os.environ["DATABASE_URL"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.bringing", act, str(run.pk)],
        cwd=CHECKOUT,
        env={**os.environ, "DATABASE_URL": url, "SECRET_KEY": "k" * 50},
        stdout=subprocess.PIPE,
        text=True,
    )
    processes.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "begins\n"
    return process


def rest_is_gone() -> None:
    """The database has noticed that whoever was killed is not there any more."""
    end = time.monotonic() + PATIENCE_S
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )
            if not cursor.fetchone()[0]:
                return
            assert time.monotonic() < end
            time.sleep(0.05)


def state() -> dict[str, str]:
    return checksums(tables_of("factory_core", "inventory"))


def test_killed_at_any_moment_it_is_all_or_nothing_and_again_finishes(
    plant: Plant, migrator: User, processes: list[subprocess.Popen[str]]
) -> None:
    chance = random.Random(SEED)
    before = state()
    calm, takes = checked(migrator, plant.site, "suppliers", FILE), {}
    for act in ("carry", "undo"):
        process, begin = begun(processes, act, calm), time.monotonic()
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        takes[act] = time.monotonic() - begin
        process.wait(PATIENCE_S)
    assert state() == before
    ended = {"nothing": 0, "all": 0}
    for round_number in range(KILLS):
        run = checked(migrator, plant.site, "suppliers", FILE)
        act, reached = ("carry", RunStatus.IMPORTED) if round_number % 2 == 0 else ("undo", RunStatus.UNDONE)
        if act == "undo":
            carry_in(actor=migrator, run_id=run.pk, at=NOW)
        was = state()
        process = begun(processes, act, run)
        time.sleep(chance.uniform(0, takes[act]))
        process.kill()
        process.wait(PATIENCE_S)
        rest_is_gone()
        run.refresh_from_db()
        if run.status == reached:
            ended["all"] += 1
        else:
            ended["nothing"] += 1
            assert state() == was
            if act == "carry":
                carry_in(actor=migrator, run_id=run.pk, at=NOW)
            else:
                undone(migrator, run)
        if act == "carry":
            assert Partner.objects.filter(code__startswith="S-").count() == ROWS
            undone(migrator, run)
        assert state() == before
    print(f"{KILLS} kills in {takes} s of {ROWS} rows: {ended}, seed {SEED}")


def test_the_same_file_twice_at_once_comes_once(
    plant: Plant, migrator: User, processes: list[subprocess.Popen[str]]
) -> None:
    runs = [checked(migrator, plant.site, "suppliers", FILE) for _ in range(2)]
    told = [begun(processes, "carry", run) for run in runs]
    outcomes = [process.communicate(timeout=PATIENCE_S)[0].strip() for process in told]
    assert "done" in outcomes
    assert all(one == "done" or one.startswith("refused: ") for one in outcomes), outcomes
    assert Partner.objects.filter(code__startswith="S-").count() == ROWS
    # Whoever was refused brings it again, and finds that nothing is new.
    for run in runs:
        run.refresh_from_db()
        if run.status != RunStatus.IMPORTED:
            run = carry_in(actor=migrator, run_id=run.pk, at=NOW)
    assert sorted(ImportRun.objects.values_list("created", "unchanged")) == [(0, ROWS), (ROWS, 0)]


def test_one_run_carried_twice_at_once_is_carried_once(
    plant: Plant, migrator: User, processes: list[subprocess.Popen[str]]
) -> None:
    run = checked(migrator, plant.site, "suppliers", FILE)
    told = [begun(processes, "carry", run) for _ in range(2)]
    outcomes = sorted(process.communicate(timeout=PATIENCE_S)[0].strip() for process in told)
    assert outcomes[0] == "done"
    assert outcomes[1].startswith("refused: "), outcomes
    assert Partner.objects.filter(code__startswith="S-").count() == ROWS
