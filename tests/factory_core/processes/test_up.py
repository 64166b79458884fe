"""A plant starts, keeps its data, stops without a trace, and gets up again after a blow."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable

import psutil
import pytest

from factory_core.processes.children import is_running
from factory_core.processes.data_dir import DataDir, Recorded
from tests.factory_core.processes.box import PATIENCE_S, Box, alive, started_before, wait_for
from tests.ports import free_port

pytestmark = [pytest.mark.plant, pytest.mark.timeout(600)]
NewBox = Callable[..., Box]


def test_it_starts_stops_cleanly_and_finds_its_data_again(new_box: NewBox) -> None:
    box = new_box().start()
    box.wait_ready()
    assert [line.split(" (")[0].split(":")[0] for line in _told_before_ready(box)] == [
        "Bringing the database up to date",
        "Static files are in place.",
        "The plant has a certificate authority of its own now.",
        "Units of measure added",
    ]
    assert box.get("/healthz") == "ok"
    assert json.loads(box.get("/readyz"))["ready"] is True
    assert 'millwright_health{part="database"} 0.0' in box.get("/metrics")
    key = box.data_dir / "secret_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    made = box.manage("shell", "-c", _MAKE_SITE)
    assert made.returncode == 0, made.stderr
    grown = _grown(box)
    family = box.family()
    assert len(family) > 5

    assert box.stop() == 0
    assert alive(family) == []

    secret = key.read_text()
    box.start()
    box.wait_ready()
    assert box.manage("shell", "-c", _SHOW_SITES, "-v", "0").stdout.split() == ["KEPT"]
    assert key.read_text() == secret
    # Nothing is made a second time: that is what keeps a second start within its 10 s.
    assert _told_before_ready(box) == []
    assert _grown(box) == grown
    assert box.stop(signal.SIGINT) == 0


def test_after_kill_9_the_next_start_recovers(new_box: NewBox) -> None:
    box = new_box(data_dir=started_before()).start()
    box.wait_ready()
    family = box.family()
    os.kill(box.up.pid, signal.SIGKILL)
    box.up.wait()
    box.collect()
    box.start()
    box.wait_ready()
    assert alive(family) == []
    assert json.loads(box.get("/readyz"))["ready"] is True


def test_orphans_that_the_kernel_left_are_ended_before_the_next_start(new_box: NewBox) -> None:
    box = new_box(data_dir=started_before()).start()
    box.wait_ready()
    os.kill(box.up.pid, signal.SIGKILL)
    box.up.wait()
    box.collect()
    # Whether the kernel leaves one of the plant's own is a matter of chance; of this one it knows no parent that died.
    orphan = _orphan()
    recorded = DataDir(box.data_dir)
    recorded.record([*recorded.recorded(), Recorded.of("worker", orphan.pid, 0)])
    box.start()
    box.wait_ready()
    assert not is_running(orphan)
    assert "worker was left over from a start that was killed; it is ended." in box.lines


@pytest.mark.parametrize("name", ["web", "ingest", "derive", "worker"])
def test_a_killed_process_is_started_again(shared_box: Box, name: str) -> None:
    before = shared_box.named(name)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: shared_box.named(name) != before, f"{name} to be started again", shared_box)
    told = f"{name} ended by itself (signal SIGKILL); starting it again in"
    assert any(line.startswith(told) for line in shared_box.lines)
    wait_for(lambda: _answers(shared_box), "the plant to answer again", shared_box)


def test_a_killed_database_comes_back(shared_box: Box) -> None:
    before = _postmaster(shared_box)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: "PostgreSQL works again." in shared_box.lines, "PostgreSQL to come back", shared_box)
    assert _postmaster(shared_box) != before
    wait_for(lambda: _answers(shared_box), "the plant to answer again", shared_box)


def test_a_second_start_on_the_same_data_is_refused(shared_box: Box) -> None:
    second = Box(shared_box.data_dir, free_port()).start()
    assert second.up.wait(timeout=PATIENCE_S) == 1
    second.stop()
    expected = f"Millwright already runs on the data in {shared_box.data_dir} (process {shared_box.up.pid})."
    assert second.console.startswith(expected)
    assert json.loads(shared_box.get("/readyz"))["ready"] is True


@pytest.mark.parametrize(("offset", "name"), [(0, "PORT"), (1, "INGEST_PORT")])
def test_a_taken_port_is_named_before_anything_starts(new_box: NewBox, offset: int, name: str) -> None:
    box = new_box()
    with socket.create_server(("127.0.0.1", box.port + offset)):
        box.start()
        assert box.up.wait(timeout=PATIENCE_S) == 1
        box.stop()
    port = box.port + offset
    assert box.lines == [
        f"Port {port} on 127.0.0.1 is used by another program. Choose another one, for example {name}={port + 10}."
    ]
    assert not (box.data_dir / "postgres").exists()


def test_a_senseless_port_is_explained(new_box: NewBox) -> None:
    box = new_box(extra={"INGEST_PORT": "many"}).start()
    assert box.up.wait(timeout=PATIENCE_S) == 1
    box.stop()
    assert box.lines == ["INGEST_PORT is 'many'; expected a number from 1 to 65535."]


def test_the_doctor_is_content_with_a_running_plant_and_not_with_a_dead_worker(shared_box: Box) -> None:
    wait_for(lambda: shared_box.manage("doctor").returncode == 0, "the doctor to be content", shared_box)
    report = json.loads(shared_box.manage("doctor", "--json").stdout)
    colours = {part["name"]: part["colour"] for part in report["parts"]}
    assert report["colour"] == "amber"
    working = ("database", "migrations", "web", "ingest", "derive", "worker")
    assert [colours[name] for name in working] == ["green"] * len(working)
    assert colours["backup"] == "amber"

    ingest = psutil.Process(shared_box.named("ingest"))
    ingest.suspend()
    try:
        seen = shared_box.manage("doctor", "--json")
    finally:
        ingest.resume()
    assert seen.returncode == 1
    red = [part["name"] for part in json.loads(seen.stdout)["parts"] if part["colour"] == "red"]
    assert red == ["ingest"]


def _told_before_ready(box: Box) -> list[str]:
    """What `up` itself said while it started; lines of its processes are marked with their names."""
    told = box.lines[: box.lines.index(f"Millwright is ready: {box.url}")]
    return [line for line in told if " | " not in line]


def _grown(box: Box) -> dict[str, object]:
    """What only a first start makes: the cluster, each migration at its moment, each unit."""
    shown = box.manage("shell", "-c", _SHOW_GROWN, "-v", "0")
    assert shown.returncode == 0, shown.stderr
    found: dict[str, object] = json.loads(shown.stdout)
    return found


def _orphan() -> psutil.Process:
    """A running process whose parent has ended, in a session of its own."""
    endless = [sys.executable, "-c", "import time; time.sleep(600)"]
    begin = [sys.executable, "-c", _BEGIN_ORPHAN, *endless]
    begun = subprocess.run(begin, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    return psutil.Process(int(begun.stdout))


def _answers(box: Box) -> bool:
    try:
        return bool(json.loads(box.get("/readyz"))["ready"])
    except OSError:
        return False


def _postmaster(box: Box) -> int:
    return int((box.data_dir / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0])


_MAKE_SITE = """
from factory_core.access.identity import acting
from factory_core.people.services import service_user
from factory_core.plant.models import Site
with acting(service_user("derive")):
    Site.objects.create(code="KEPT", name="Kept", time_zone="Europe/Berlin")
"""
_SHOW_GROWN = """
import json
from django.db import connection
from inventory.items.models import Unit
with connection.cursor() as cursor:
    cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
    cluster = cursor.fetchone()[0]
    cursor.execute("SELECT app, name, applied::text FROM django_migrations ORDER BY id")
    migrations = cursor.fetchall()
units = list(Unit.objects.order_by("pk").values_list("pk", "version"))
print(json.dumps({"cluster": cluster, "migrations": migrations, "units": units}))
"""
# Its parent ends as soon as it has begun it.
_BEGIN_ORPHAN = """
import subprocess, sys
null = subprocess.DEVNULL
print(subprocess.Popen(sys.argv[1:], start_new_session=True, stdout=null, stderr=null).pid)
"""
_SHOW_SITES = """
from factory_core.plant.models import Site
print(*Site.objects.values_list("code", flat=True))
"""
