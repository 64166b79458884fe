"""A gateway comes back with a backlog: how fast it drains, and how old the values of this moment get meanwhile.

python -m tests.bench.bench_backlog [--rows 300000]
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import psycopg

from telemetry import wire
from telemetry.edge.sealing import Reading
from telemetry.edge.spool import Spool
from tests.bench.report import report
from tests.ports import free_port
from tests.world.running import a_database, a_process, a_server, manage, wait_for

TAGS, MACHINES = 20, 4
LIVE = ("current", "power")
SEED = f"""
import json
from tests.world.plant import a_machine, a_plant
from tests.world.telemetry import a_gateway, a_tag
plant = a_plant("backlog")
gateway, token = a_gateway(plant.site, "backlog-g")
for number in range({TAGS}):
    a_tag(gateway, f"old.v{{number}}", plant.lathe)
live = [a_tag(gateway, f"sim{{n}}.{{name}}", plant.lathe).pk for n in range({MACHINES}) for name in {LIVE!r}]
print(json.dumps({{"token": token, "live": live}}))
"""
CONFIG = """
[server]
url = "{url}"
token = "{token}"
"""
DEVICE = """
[[device]]
driver = "simulator"
code = "sim{number}"
pattern = "steady"
sample_s = 0.5
"""
AGES = (
    "SELECT extract(epoch FROM clock_timestamp() - min(at))::float8 FROM telemetry_latestvalue WHERE tag_id = ANY(%s)"
)
OLD = """SELECT coalesce(sum(s.acked_seq), 0) FROM telemetry_stream s WHERE s.lane = 's'"""


def main() -> None:
    """Fill a spool, start the door, then the agent, and watch."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=300_000)
    rows = arguments.parse_args().rows
    folder = Path(tempfile.mkdtemp(prefix="bench-backlog-"))
    fill(folder / "spool", rows)
    with a_database() as url:
        known = json.loads(manage("shell", "-v0", "-c", SEED, environment={"DATABASE_URL": url}))
        env = {"DATABASE_URL": url}
        with a_server("telemetry.ingest.app:application", free_port(), env, folder / "ingest.log") as base:
            devices = "".join(DEVICE.format(number=number) for number in range(MACHINES))
            config = folder / "gateway.toml"
            config.write_text(CONFIG.format(url=base, token=known["token"]) + devices)
            with (
                a_process("manage.py", "derive", environment=env, log=folder / "derive.log"),
                a_process("-m", "telemetry.edge", "--config", str(config), environment={}, log=folder / "agent.log"),
                psycopg.connect(url, autocommit=True) as control,
            ):
                taken, oldest = watch(control, known["live"], rows)
    conditions = {"rows": rows, "live_values": len(known["live"]), "states_derived": True}
    report("backlog.drained", rows / taken, "rows/s", seconds=round(taken, 1), **conditions)
    report("backlog.oldest_live_value", oldest, "s", **conditions)


def fill(folder: Path, rows: int) -> None:
    """A spool as an outage leaves it: sealed, in order, numbered."""
    spool = Spool(folder)
    at_us = time.time_ns() // 1000 - 3_600_000_000
    step = 3_500_000_000 // rows
    try:
        for first in range(0, rows, 500):
            batch = [
                Reading(f"old.v{number % TAGS}", at_us + number * step, float(number))
                for number in range(first, first + 500)
            ]
            spool.append("s", batch, wire.Clock(synced=True, source="ntp"), time.time_ns() // 1_000_000)
    finally:
        spool.close()


def watch(control: psycopg.Connection, live: list[int], rows: int) -> tuple[float, float]:
    """Seconds from the first stored row to the last of the backlog, and the oldest the live values got meanwhile."""
    wait_for(lambda: stored(control) > 0, 60, "the first packet")
    began, oldest = time.perf_counter(), 0.0
    wait_for(lambda: age(control, live) is not None, 30, "the first live value")
    while stored(control) < rows:
        oldest = max(oldest, age(control, live) or 0.0)
        time.sleep(0.1)
        if time.perf_counter() - began > 600:
            raise SystemExit("the backlog did not drain within ten minutes")
    return time.perf_counter() - began, oldest


def stored(control: psycopg.Connection) -> int:
    """How far the stream is acknowledged."""
    row = control.execute(OLD).fetchone()
    return int(row[0]) if row else 0


def age(control: psycopg.Connection, live: list[int]) -> float | None:
    """How old the oldest of the newest values is."""
    row = control.execute(AGES, [live]).fetchone()
    return row[0] if row else None


if __name__ == "__main__":
    main()
