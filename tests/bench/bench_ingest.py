"""How fast readings get from the wire into the plant, against the fastest way PostgreSQL knows.

`python -m tests.bench.bench_ingest [--packets N]` (packets of 1 000 rows for each of 8 gateways; 625 give 5 million).
A cluster of its own with the settings of a plant (fsync on), real ingest and derive processes, loopback only.
The raw figure: the same rows, ready in PostgreSQL's binary form, in one COPY by one client into the same table.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
import psutil
import psycopg

from factory_core.processes.postgres import EmbeddedPostgres
from factory_core.processes.postgres_conf import Profile
from tests.bench import ingest_load
from tests.bench.report import report
from tests.ports import free_port
from tests.world.running import ROOT, a_process, a_server, environment, manage, wait_for

GATEWAYS, TAGS = 8, 20
SEED = f"""
import json
from datetime import timedelta
from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from telemetry.states.services import set_state_rule
from tests.world.plant import a_machine, a_plant
from tests.world.telemetry import a_gateway, a_tag, new_epoch
plant = a_plant("bench")
found = []
for number in range({GATEWAYS}):
    machine = a_machine(plant.line_a, f"bench-m{{number}}")
    gateway, token = a_gateway(plant.site, f"bench-g{{number}}")
    names = [f"m{{number}}.amps"] + [f"m{{number}}.sensor{{tag}}" for tag in range(1, {TAGS})]
    tags = [a_tag(gateway, name, machine, min_value=-1000, max_value=1000).pk for name in names]
    deriver = service_user("derive")
    with acting(deriver, channel="bench"):
        set_state_rule(actor=deriver, machine=machine, at=now(), valid_from=now() - timedelta(days=30),
            definition={{"sources": [{{"kind": "current", "tag": names[0]}}]}})
    found.append({{"token": token, "tags": names, "ids": tags, "epoch": new_epoch()}})
print(json.dumps(found))
"""


def main() -> None:
    """Raw COPY and the whole way take turns; both figures and their ratio come from this run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--packets", type=int, default=60)
    parser.add_argument("--no-states", action="store_true", help="leave the derive process out, to see the door alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="millwright-bench-") as folder:
        cluster = EmbeddedPostgres(Path(folder), profile=Profile.PLANT)
        cluster.start()
        try:
            measure(cluster.url(), options.packets, not options.no_states, Path(folder))
        finally:
            cluster.stop()


def measure(url: str, packets: int, with_states: bool, folder: Path) -> None:
    """One database; raw before and after, the way over HTTP between."""
    manage("migrate", "-v0", environment={"DATABASE_URL": url})
    gateways = json.loads(manage("shell", "-v0", "-c", SEED, environment={"DATABASE_URL": url}))
    end_ms = time.time_ns() // 1_000_000 - 5_000
    with psycopg.connect(url, autocommit=True) as control:
        _days(control, end_ms, packets)
        # The rows of a long run would not fit into memory twice; the rate of COPY does not depend on that.
        body, rows = _binary(gateways, min(packets, 60), end_ms)
        raw = [_copy(control, body, rows, end_ms, packets) for _turn in range(3)]
        found = _over_http(url, gateways, packets, end_ms, with_states, folder, control)
        _days(control, end_ms, packets)
        raw += [_copy(control, body, rows, end_ms, packets) for _turn in range(2)]
    best, median = max(raw), sorted(raw)[len(raw) // 2]
    same = {
        "rows": found["rows"], "gateways": GATEWAYS, "rows_a_packet": ingest_load.ROWS, "tags": GATEWAYS * TAGS,
        "fsync": "on",
    }  # fmt: skip
    report("ingest.raw_copy", median, "rows/s", rows=rows, best=round(best), fsync="on")
    report("ingest.http_committed", found["rows"] / found["stored_s"], "rows/s", ratio_to="ingest.raw_copy",
           ratio=found["rows"] / found["stored_s"] / median, slowest_answer_ms=round(found["slowest_ms"]),
           derive_process_running=with_states,
           ingest_cpu_us_a_row=round(found["cpu_us_a_row"], 2), rows_a_commit=round(found["rows_a_commit"]),
           commit_ms=round(found["commit_ms"], 1), slowed_down_s=round(found["slowed_s"], 2), **same)  # fmt: skip
    if with_states:
        report("ingest.http_with_states", found["rows"] / found["derived_s"], "rows/s", ratio_to="ingest.raw_copy",
               ratio=found["rows"] / found["derived_s"] / median,
               lag_s=round(found["derived_s"] - found["stored_s"], 2), **same)  # fmt: skip
    report("ingest.bytes_a_reading", found["bytes"], "bytes", rows=found["rows"], indexes="included")
    report("ingest.memory_growth", found["memory_end"] - found["memory_warm"], "MiB", rows=found["rows"],
           warm=round(found["memory_warm"], 1), end=round(found["memory_end"], 1))  # fmt: skip


def _over_http(
    url: str, gateways: list[dict[str, object]], packets: int, end_ms: int, with_states: bool, folder: Path,
    control: psycopg.Connection,
) -> dict[str, float]:  # fmt: skip
    port = free_port()
    env = {"DATABASE_URL": url, "DATA_DIR": str(folder)}
    plan = folder / "plan.json"
    plan.write_text(json.dumps({"port": port, "gateways": gateways, "packets": packets, "end_ms": end_ms}))
    with a_server("telemetry.ingest.app:application", port, env, folder / "ingest.log") as base:
        ingest = next(p for p in psutil.Process().children() if str(port) in " ".join(p.cmdline()))
        warm = psutil.Process(ingest.pid).memory_info().rss
        if with_states:
            with a_process("manage.py", "derive", environment=env, log=folder / "derive.log"):
                wait_for(lambda: _beats(control, "derive"), 30, "the derive process")
                found = _load(plan, ingest.pid)
                began = time.perf_counter()
                wait_for(lambda: _derived(control), 600, "deriving all states")
                found["derived_s"] = found["stored_s"] + time.perf_counter() - began
        else:
            found = _load(plan, ingest.pid)
        found |= _commits(base)
        stored = control.execute("SELECT count(*) FROM telemetry_reading").fetchone()
        if stored is None or stored[0] != found["rows"]:
            raise SystemExit(f"{stored} rows are stored, {found['rows']} were acknowledged")
        found["bytes"] = _bytes(control) / found["rows"]
        if with_states:
            states = control.execute(
                "SELECT count(*), count(DISTINCT machine_id) FROM telemetry_stateinterval"
            ).fetchone()
            if states is None or states[1] != GATEWAYS:
                raise SystemExit(f"states of {states} machines only")
        return {"memory_start": warm / 2**20, **found}


def _bytes(control: psycopg.Connection) -> float:
    """The day tables of readings with their indexes, on disk."""
    row = control.execute(
        "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'telemetry_reading'::regclass"
    ).fetchone()
    return float(row[0]) if row else 0.0


def _commits(base: str) -> dict[str, float]:
    """What the ingest process counted of its own commits."""
    said = dict(
        line.rsplit(" ", 1) for line in httpx.get(f"{base}/metrics").text.splitlines() if not line.startswith("#")
    )
    commits = float(said["millwright_ingest_commits_total"])
    return {
        "rows_a_commit": float(said["millwright_ingest_group_rows_sum"]) / commits,
        "commit_ms": float(said["millwright_ingest_commit_seconds_sum"]) * 1000 / commits,
    }


def _load(plan: Path, pid: int) -> dict[str, float]:
    """Run the eight gateways; the memory is looked at when a third has passed, and at the end."""
    sender = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.ingest_load", str(plan)], cwd=ROOT, env=environment(),
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    memory = []
    ingest = psutil.Process(pid)
    before = sum(ingest.cpu_times()[:2])
    while sender.poll() is None:
        memory.append(ingest.memory_info().rss / 2**20)
        time.sleep(0.25)
    said = sender.stdout.read() if sender.stdout else ""
    if sender.returncode:
        raise SystemExit(f"the gateways failed: {said}")
    found = json.loads(said)
    return {
        "stored_s": found["seconds"], **{name: found[name] for name in ("rows", "slowest_ms", "slowed_s")},
        "cpu_us_a_row": (sum(ingest.cpu_times()[:2]) - before) * 1e6 / found["rows"],
        "memory_warm": memory[len(memory) // 3], "memory_end": memory[-1],
    }  # fmt: skip


def _binary(gateways: list[dict[str, object]], packets: int, end_ms: int) -> tuple[bytes, int]:
    """The rows of the packets as PostgreSQL's binary COPY."""
    from telemetry.ingest import copying

    parts = [copying.HEADER]
    rows = 0
    for number in range(packets):
        for which, gateway in enumerate(gateways):
            content = ingest_load.packet(which, number, packets, gateway["tags"], end_ms, "")  # type: ignore[arg-type]
            columns: list[list[object]] = content["rows"]  # type: ignore[assignment]
            ids = np.array(gateway["ids"], np.int32)[[row[0] for row in columns]]
            at = np.array([content["t0"] * 1000 + row[1] * 1000 for row in columns], np.int64)  # type: ignore[operator]
            value = np.array([row[2] for row in columns], np.float64)
            full = np.zeros(len(columns), bool)
            quality = np.full(len(columns), 192, np.int16)
            seq = np.arange(number * ingest_load.ROWS + 1, (number + 1) * ingest_load.ROWS + 1, dtype=np.int64)
            parts.append(copying.numbers(ids, at, value, full, quality, which + 1, seq))
            rows += len(columns)
    return b"".join([*parts, copying.TRAILER]), rows


def _copy(control: psycopg.Connection, body: bytes, rows: int, end_ms: int, packets: int) -> float:
    """Rows a second of one COPY of everything into the empty table, committed; the table is emptied afterwards."""
    gc.collect()
    began = time.perf_counter()
    with control.cursor().copy(
        "COPY telemetry_reading (tag_id, at, value, quality, stream_id, seq) FROM STDIN (FORMAT binary)"
    ) as copy:
        for start in range(0, len(body), 1 << 18):
            copy.write(body[start : start + (1 << 18)])
    rate = rows / (time.perf_counter() - began)
    _days(control, end_ms, packets)
    return rate


def _days(control: psycopg.Connection, end_ms: int, packets: int) -> None:
    """Empty day tables for the run."""
    control.execute("DO $$ DECLARE part text; BEGIN FOR part IN SELECT inhrelid::regclass FROM pg_inherits"
                    " WHERE inhparent IN ('telemetry_reading'::regclass, 'telemetry_readingtext'::regclass)"
                    " LOOP EXECUTE 'DROP TABLE ' || part; END LOOP; END $$")  # fmt: skip
    first = end_ms / 1000 - packets * ingest_load.ROWS // TAGS
    control.execute(
        "SELECT telemetry_ensure_day(day::date)"
        " FROM generate_series(to_timestamp(%s)::date, now()::date + 1, '1 day') AS day",
        [first],
    )


def _derived(control: psycopg.Connection) -> bool:
    row = control.execute("SELECT NOT EXISTS (SELECT 1 FROM telemetry_dirtyrange)").fetchone()
    return bool(row and row[0])


def _beats(control: psycopg.Connection, name: str) -> bool:
    return control.execute("SELECT 1 FROM factory_core_processbeat WHERE name = %s", [name]).fetchone() is not None


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factory_core.settings")
    import django

    django.setup()
    main()
