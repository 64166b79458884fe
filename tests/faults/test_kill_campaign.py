"""Any process of the plant may die at any moment: what was measured is there once, in order, and people's work stays.

Shortened in CI; `KILL_SECONDS=300 pytest tests/faults` plays the five minutes of the issue. Everything listens on
loopback, the number and time of the kills are bounded, and only processes started here are ended, by pid.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import psycopg
import pytest

from factory_core.processes.postgres import EmbeddedPostgres
from tests.factory_core.processes.box import CHECKOUT, Box, plain_environment, started_before
from tests.factory_core.processes.conftest import _clear_away
from tests.faults.counting_log import STEP, write_log
from tests.ports import free_port

SECONDS = int(os.environ.get("KILL_SECONDS", "25"))
SEED = int(os.environ.get("KILL_SEED", "20261121"))
VICTIMS = ("agent", "ingest", "derive", "worker", "postgres")
SPEED = 20.0
VALUES = int(SECONDS * SPEED / STEP.total_seconds())
# Every kill of the agent costs its recording a second or two, which it still has to play when the killing ends.
PATIENCE_S = 180.0 + SECONDS / 2

pytestmark = [pytest.mark.faults, pytest.mark.plant, pytest.mark.timeout(SECONDS * 4 + 420)]


class Agent:
    """The edge agent of one gateway, started again whenever it was killed."""

    def __init__(self, folder: Path, base: str, token: str, log: Path, speed: float, server: str = "") -> None:
        """`server`: more lines for the section of that name."""
        folder.mkdir()
        self.folder = folder
        (folder / "gateway.toml").write_text(
            f'[server]\nurl = "{base}"\ntoken = "{token}"\n{server}[agent]\nexit_when_done = true\n'
            f'[[device]]\ndriver = "replay"\ncode = "m"\nprefix = "m."\nfiles = ["{log}"]\nspeed = {speed:g}\n'
        )
        self.start()

    def start(self) -> None:
        with (self.folder / "agent.log").open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "telemetry.edge", "--config", str(self.folder / "gateway.toml")],
                cwd=CHECKOUT,
                env=plain_environment(),
                stdout=output,
                stderr=output,
            )

    def kill(self) -> None:
        """Kill -9 the agent and its drivers, and start it again."""
        family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait(PATIENCE_S)
        self.start()

    def finish(self) -> None:
        """Wait until everything it has is acknowledged."""
        assert self.process.wait(PATIENCE_S) == 0, (self.folder / "agent.log").read_text()[-3000:]


@pytest.fixture(scope="module")
def box():
    box = Box(started_before(), free_port()).start()
    box.wait_ready()
    yield box
    _clear_away(box)


def test_values_states_and_reasons_survive_kills_at_random(box, tmp_path):
    chance = random.Random(SEED)
    started_at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=VALUES * STEP.total_seconds() + 120)
    log = tmp_path / "counting.txt"
    write_log(log, started_at, VALUES)
    known = inside(box, f"set_up('{started_at.isoformat()}')")
    base = f"http://127.0.0.1:{box.port + 1}"

    agent = Agent(tmp_path / "disturbed", base, known["disturbed"]["token"], log, SPEED)
    explained = explain(box, known["disturbed"]["machine"])
    killed = dict.fromkeys(VICTIMS, 0)
    end = time.monotonic() + SECONDS
    # However slow the machine: as many deaths as were asked for.
    while time.monotonic() < end or sum(killed.values()) < SECONDS / 6:
        victim = chance.choice(VICTIMS)
        if kill(box, agent, victim):
            killed[victim] += 1
        time.sleep(chance.uniform(0.5, 2.5))
    agent.finish()

    calm = Agent(tmp_path / "calm", base, known["calm"]["token"], log, 0)
    calm.finish()
    settle(box)
    period = f"'{started_at.isoformat()}', '{(started_at + STEP * VALUES).isoformat()}'"
    disturbed, undisturbed = (
        inside(box, f"told({known[name]['machine']}, {known[name]['count']}, {period})")
        for name in ("disturbed", "calm")
    )
    for story in (disturbed, undisturbed):
        assert (story["rows"], story["different"], story["first"], story["last"]) == (VALUES, VALUES, 1, VALUES)
        assert (story["gaps"], story["failed_jobs"]) == (0, []), box.console
    assert disturbed["intervals"] == undisturbed["intervals"]
    assert len(disturbed["intervals"]) > 3
    assert disturbed["downtimes"] == undisturbed["downtimes"]
    assert disturbed["explained"] == [[explained["started_at"], "JAM", "anna.disturbed"]]
    print(f"killed {killed} in {SECONDS} s; {VALUES} values, {len(disturbed['intervals'])} intervals, seed {SEED}")


def kill(box: Box, agent: Agent, victim: str) -> bool:
    """Kill -9 one process; False when it was not there to be killed (not yet started again)."""
    if victim == "agent":
        if agent.process.poll() is not None:
            return False
        agent.kill()
        return True
    if victim == "postgres":
        pid = EmbeddedPostgres(box.data_dir).pid()
    else:
        recorded = json.loads((box.data_dir / "processes.json").read_text())
        pid = next((entry["pid"] for entry in recorded if entry["name"] == victim), None)
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def explain(box: Box, machine: int) -> dict[str, str]:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = inside(box, f"explain_first({machine}, 'anna.disturbed')")
        if found:
            return found
    raise AssertionError("the first stop was never recorded")


def settle(box: Box) -> None:
    """Wait until nothing is left to derive and no reaction waits."""
    end = time.monotonic() + PATIENCE_S
    waiting = (
        "SELECT (SELECT count(*) FROM telemetry_dirtyrange) + (SELECT count(*) FROM procrastinate_jobs"
        " WHERE status IN ('todo', 'doing') AND task_name = 'factory_core.react')"
    )
    with psycopg.connect(EmbeddedPostgres(box.data_dir).url(), autocommit=True) as plant:
        while (left := plant.execute(waiting).fetchone()[0]) > 0:
            assert time.monotonic() < end, f"{left} pieces of work still wait"
            time.sleep(0.2)


def inside(box: Box, call: str) -> dict:
    """Run a function of tests.faults.plant inside the plant; tried again while a killed database comes back."""
    code = f"from tests.faults.plant import *; {call}"
    for _ in range(5):
        done = box.manage("shell", "-v0", "-c", code)
        if done.returncode == 0:
            return json.loads(done.stdout)
        time.sleep(1)
    raise AssertionError(done.stdout + done.stderr)
