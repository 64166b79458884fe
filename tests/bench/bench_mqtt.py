"""How fast readings get from gateways over the MQTT broker into the plant, against the fastest way PostgreSQL knows.

`python -m tests.bench.bench_mqtt [--packets N] [--consumers N]` (packets of 1 000 rows for each of 8 gateways).
A cluster of its own with the settings of a plant (fsync on), a real mosquitto with TLS and a certificate for each
gateway, real consumers with full validation, a real derive process; loopback only. QoS 1, one packet of a gateway under
way, each answered by its commit.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg

from factory_core.processes.broker import program
from factory_core.processes.postgres import EmbeddedPostgres
from factory_core.processes.postgres_conf import Profile
from tests.bench import bench_ingest, ingest_load
from tests.bench.report import report
from tests.telemetry.mqtt.broker import Broker, a_certificate
from tests.world.running import ROOT, a_process, environment, manage, wait_for

TARGET = 0.25


def main() -> None:
    """Raw COPY before and after, the way over MQTT between; both figures and their ratio come from this run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=120, help="packets of 1 000 rows for each of 8 gateways")
    parser.add_argument("--consumers", type=int, default=1)
    options = parser.parse_args()
    if program() is None:
        print("The broker mosquitto is not installed: nothing to measure.", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory(prefix="millwright-bench-") as folder:
        cluster = EmbeddedPostgres(Path(folder), profile=Profile.PLANT)
        cluster.start()
        broker = Broker()
        try:
            broker.start()
            measure(cluster.url(), broker, options.packets, options.consumers)
        finally:
            broker.stop()
            cluster.stop()


def measure(url: str, broker: Broker, packets: int, consumers: int) -> None:
    """One database for both ways."""
    manage("migrate", "-v0", environment={"DATABASE_URL": url})
    gateways = json.loads(manage("shell", "-v0", "-c", bench_ingest.SEED, environment={"DATABASE_URL": url}))
    for number, gateway in enumerate(gateways):
        gateway["code"] = f"bench-g{number}"
        chain, key, _certificate = a_certificate(broker.authority, gateway["code"], broker.folder)
        gateway |= {"chain": str(chain), "key": str(key)}
    end_ms = time.time_ns() // 1_000_000 - 5_000
    with psycopg.connect(url, autocommit=True) as control:
        bench_ingest._days(control, end_ms, packets)
        body, rows = bench_ingest._binary(gateways, min(packets, 60), end_ms)
        raw = [bench_ingest._copy(control, body, rows, end_ms, packets) for _turn in range(3)]
        plan = {
            "port": broker.port, "ca": str(broker.authority.ca_file), "gateways": gateways, "packets": packets,
            "end_ms": end_ms,
        }  # fmt: skip
        found = _over_mqtt(url, broker, plan, consumers, control)
        bench_ingest._days(control, end_ms, packets)
        raw += [bench_ingest._copy(control, body, rows, end_ms, packets) for _turn in range(2)]
    best, median = max(raw), sorted(raw)[len(raw) // 2]
    rate = found["rows"] / found["seconds"]
    report("mqtt.raw_copy", median, "rows/s", rows=rows, best=round(best), fsync="on")
    report("mqtt.committed", rate, "rows/s", ratio_to="mqtt.raw_copy", ratio=rate / median, target=TARGET,
           rows=found["rows"], gateways=len(gateways), rows_a_packet=ingest_load.ROWS, consumers=consumers, tls="on",
           derive_process_running=True,
           slowest_answer_ms=round(found["slowest_ms"]), slowed_down_s=round(found["slowed_s"], 2),
           consumer_cpu_us_a_row=round(found["cpu_us_a_row"], 2), broker_memory_mb=round(found["broker_mb"], 1),
           fsync="on")  # fmt: skip
    report("mqtt.memory_growth", found["memory_end"] - found["memory_warm"], "MiB", rows=found["rows"],
           warm=round(found["memory_warm"], 1), end=round(found["memory_end"], 1))  # fmt: skip


def _over_mqtt(
    url: str, broker: Broker, plan: dict[str, Any], consumers: int, control: psycopg.Connection
) -> dict[str, float]:
    env = {"DATABASE_URL": url, "DATA_DIR": str(broker.folder)}
    file = broker.folder / "plan.json"
    file.write_text(json.dumps(plan))
    with contextlib.ExitStack() as stack:
        numbers = range(1, consumers + 1)
        running = [
            stack.enter_context(
                a_process(
                    "manage.py", "mqtt", "--number", str(number), environment=env, log=broker.folder / "consumers.log"
                )
            )
            for number in numbers
        ]
        for number in numbers:
            name = "mqtt" if number == 1 else f"mqtt-{number}"
            wait_for(lambda name=name: bench_ingest._beats(control, name), 60, name)
        # Without it the server would ask for a slower pace as soon as states lag.
        stack.enter_context(a_process("manage.py", "derive", environment=env, log=broker.folder / "derive.log"))
        wait_for(lambda: bench_ingest._beats(control, "derive"), 60, "the derive process")
        time.sleep(1)
        found = _load(file, [psutil.Process(each.pid) for each in running])
        assert broker.process is not None
        found["broker_mb"] = psutil.Process(broker.process.pid).memory_info().rss / 2**20
        stored = control.execute("SELECT count(*) FROM telemetry_reading").fetchone()
        if stored is None or stored[0] != found["rows"]:
            raise SystemExit(f"{stored} rows are stored, {found['rows']} were acknowledged")
    return found


def _load(plan: Path, consumers: list[psutil.Process]) -> dict[str, float]:
    """Run the gateways; the consumers' memory is looked at all the while."""
    before = sum(sum(each.cpu_times()[:2]) for each in consumers)
    sender = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.mqtt_load", str(plan)], cwd=ROOT, env=environment(),
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    memory = []
    while sender.poll() is None:
        memory.append(sum(each.memory_info().rss for each in consumers) / 2**20)
        time.sleep(0.25)
    said = sender.stdout.read() if sender.stdout else ""
    if sender.returncode:
        raise SystemExit(f"the gateways failed: {said}")
    found: dict[str, float] = json.loads(said)
    used = sum(sum(each.cpu_times()[:2]) for each in consumers) - before
    return {
        **found, "cpu_us_a_row": used * 1e6 / found["rows"], "memory_warm": memory[len(memory) // 3],
        "memory_end": memory[-1],
    }  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factory_core.settings")
    import django

    django.setup()
    main()
