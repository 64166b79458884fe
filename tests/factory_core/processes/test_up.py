"""A plant starts, keeps its data, stops without a trace, and gets up again after a blow."""

import json
import os
import signal
import socket
import stat
import time
from collections.abc import Callable

import psutil
import pytest

from factory_core.processes.children import is_running
from tests.factory_core.processes.box import Box, alive, free_port, started_before, wait_for

pytestmark = [pytest.mark.plant, pytest.mark.timeout(600)]
NewBox = Callable[..., Box]


def test_it_starts_stops_cleanly_and_finds_its_data_again(new_box: NewBox) -> None:
    box = new_box().start()
    first = box.wait_ready()
    assert box.get("/healthz") == "ok"
    assert json.loads(box.get("/readyz"))["ready"] is True
    assert 'millwright_health{part="database"} 0.0' in box.get("/metrics")
    key = box.data_dir / "secret_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    made = box.manage("shell", "-c", _MAKE_SITE)
    assert made.returncode == 0, made.stderr
    family = box.family()
    assert len(family) > 5

    assert box.stop() == 0
    assert alive(family) == []

    secret = key.read_text()
    box.start()
    took = box.wait_ready()
    assert box.manage("shell", "-c", _SHOW_SITES, "-v", "0").stdout.split() == ["KEPT"]
    assert key.read_text() == secret
    # The promise is 10 s on a quiet machine. On any machine a forgotten rebuild would take as long as the first start.
    assert took < 0.75 * first
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
    worker = psutil.Process(box.named("worker"))
    # A stopped process does not hear the kernel's word that its parent died.
    worker.suspend()
    os.kill(box.up.pid, signal.SIGKILL)
    box.up.wait()
    box.collect()
    time.sleep(1)
    assert is_running(worker)
    box.start()
    box.wait_ready()
    assert not is_running(worker)
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
    assert second.up.wait(timeout=60) == 1
    second.stop()
    expected = f"Millwright already runs on the data in {shared_box.data_dir} (process {shared_box.up.pid})."
    assert second.console.startswith(expected)
    assert json.loads(shared_box.get("/readyz"))["ready"] is True


@pytest.mark.parametrize(("offset", "name"), [(0, "PORT"), (1, "INGEST_PORT")])
def test_a_taken_port_is_named_before_anything_starts(new_box: NewBox, offset: int, name: str) -> None:
    box = new_box()
    with socket.create_server(("127.0.0.1", box.port + offset)):
        box.start()
        assert box.up.wait(timeout=60) == 1
        box.stop()
    port = box.port + offset
    assert box.lines == [
        f"Port {port} on 127.0.0.1 is used by another program. Choose another one, for example {name}={port + 10}."
    ]
    assert not (box.data_dir / "postgres").exists()


def test_a_senseless_port_is_explained(new_box: NewBox) -> None:
    box = new_box(extra={"INGEST_PORT": "many"}).start()
    assert box.up.wait(timeout=60) == 1
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
_SHOW_SITES = """
from factory_core.plant.models import Site
print(*Site.objects.values_list("code", flat=True))
"""
