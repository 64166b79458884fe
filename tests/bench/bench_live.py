"""State changes to many open sockets: every change delivered, and how long after commit.

python -m tests.bench.bench_live [--sockets 500] [--seconds 20] [--server uvicorn|daphne]
"""

import argparse
import json
import subprocess
import sys
import time

import psycopg

from tests.bench.report import percentile, report
from tests.ports import free_port
from tests.world.running import ROOT, a_database, a_process, a_server, environment, manage, wait_for

RATE = 20
MACHINES = 24

PREPARE = f"""
from django.test import Client
from tests.world.plant import a_machine, a_plant
from tests.world.people import the_cast
plant = a_plant("bench")
cast = the_cast(plant)
machines = [a_machine(plant.line_a, f"bench-{{n:02d}}", position=n) for n in range({MACHINES})]
client = Client()
client.force_login(cast.supervisor)
print(client.cookies["sessionid"].value, *[machine.pk for machine in machines])
"""


def main() -> None:
    """Run the benchmark."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--sockets", type=int, default=500)
    arguments.add_argument("--seconds", type=int, default=20)
    arguments.add_argument("--server", choices=["uvicorn", "daphne"], default="uvicorn")
    options = arguments.parse_args()
    with a_database() as url:
        session, *machines = manage("shell", "-v0", "-c", PREPARE, environment={"DATABASE_URL": url}).split()
        if options.server == "uvicorn":
            with a_server("factory_core.asgi:application", free_port(), {"DATABASE_URL": url}) as base:
                measure(url, base, session, machines, options)
        else:
            port = free_port()
            base = f"http://127.0.0.1:{port}"
            command = ("-m", "daphne", "-p", str(port), "factory_core.asgi:application")
            with a_process(*command, environment={"DATABASE_URL": url, "PORT": str(port), "SITE_URLS": base}):
                time.sleep(5)
                measure(url, base, session, machines, options)


def measure(url: str, base: str, session: str, machines: list[str], options: argparse.Namespace) -> None:
    """Open the sockets, publish at a steady rate, count what came."""
    messages = RATE * options.seconds
    watchers = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.bench.live_watchers",
            f"ws{base[4:]}/ws/live/?topics=floor",
            base,
            f"sessionid={session}",
            str(options.sockets),
            str(messages),
        ],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert watchers.stdout is not None
    try:
        assert watchers.stdout.readline().strip() == "open", "the sockets did not open"
        publish(url, machines, messages)
        found = json.loads(watchers.stdout.readline())
    finally:
        watchers.terminate()
        wait_for(lambda: watchers.poll() is not None, 10, "the watchers' end")
    conditions = {"sockets": options.sockets, "changes_per_s": RATE, "server": options.server, "machines": MACHINES}
    report("live.delivered_share", found["delivered"] / (messages * options.sockets), "of 1", **conditions)
    for share, name in ((0.5, "p50"), (0.99, "p99"), (1.0, "max")):
        report(f"live.after_commit_{name}", percentile(found["latencies"], share), "ms", **conditions)


def publish(url: str, machines: list[str], messages: int) -> None:
    """Commit state changes at a steady rate, one transaction each, as the derive process does."""
    started = time.monotonic()
    with psycopg.connect(url, autocommit=True) as plant:
        for number in range(messages):
            time.sleep(max(0.0, started + number / RATE - time.monotonic()))
            machine = machines[number % len(machines)]
            notice = {
                "topic": f"machine:{machine}",
                "t": "state",
                "m": f"bench-{machine}",
                "s": "run",
                "v": number,
                "since": 0,
                "at": time.time_ns() // 1_000_000,
                "sent": time.time() * 1000,
            }
            with plant.transaction():
                plant.execute("SELECT pg_notify('millwright_live', %s)", [json.dumps(notice)])


if __name__ == "__main__":
    main()
