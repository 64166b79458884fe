"""The floor with 200 machines: how long the server needs for the page.

python -m tests.bench.bench_floor [--machines 200] [--requests 120]
"""

import argparse
import tempfile
import time
from pathlib import Path

import httpx

from tests.bench.report import percentile, report
from tests.ports import free_port
from tests.world.running import a_database, a_server, collected_static, manage

PREPARE = """
from datetime import timedelta
from decimal import Decimal
from django.test import Client
from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from production.orders.services import plan_order, start_order
from telemetry.states.models import StateInterval
from tests.world.plant import a_machine, a_plant
from tests.world.people import the_cast
plant = a_plant("floor")
cast = the_cast(plant)
actor = service_user("plant")
states = ("PRODUCING", "STOPPED", "SETUP", "IDLE", "NO_DATA")
for n in range({machines}):
    line = plant.line_a if n % 2 else plant.line_b
    machine = a_machine(line, "floor-%03d" % n, position=n)
    with acting(actor, channel="test"):
        wish = dict(item_text="Flange", quantity=Decimal(500), ideal_cycle_s=Decimal(20), at=now())
        order = plan_order(actor=actor, machine=machine, **wish)
        start_order(actor=actor, order_id=order.pk, at=now() - timedelta(hours=1))
    StateInterval.objects.create(machine=machine, started_at=now() - timedelta(minutes=n), state=states[n % 5], word="")
client = Client()
client.force_login(cast.owner)
print(client.cookies["sessionid"].value)
"""


def main() -> None:
    """Run the benchmark."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--machines", type=int, default=200)
    arguments.add_argument("--requests", type=int, default=120)
    options = arguments.parse_args()
    with a_database() as url:
        code = PREPARE.format(machines=options.machines)
        session = manage("shell", "-v0", "-c", code, environment={"DATABASE_URL": url}).strip()
        environment = {"DATABASE_URL": url, **collected_static(Path(tempfile.mkdtemp(prefix="bench-floor-")))}
        with (
            a_server("factory_core.asgi:application", free_port(), environment) as base,
            httpx.Client(base_url=base, cookies={"sessionid": session}) as client,
        ):
            taken = [asked(client) for _ in range(options.requests + 10)][10:]
        whole, server = zip(*taken, strict=True)
    conditions = {"machines": options.machines, "requests": options.requests, "client": "one, kept alive, loopback"}
    for name, times in (("floor", whole), ("floor.server", server)):
        report(f"{name}.p50", percentile(times, 0.5), "ms", **conditions)
        report(f"{name}.p95", percentile(times, 0.95), "ms", **conditions)


def asked(client: httpx.Client) -> tuple[float, float]:
    """Milliseconds for one page: with the way to the client and back, and what the server says it needed."""
    started = time.perf_counter()
    answer = client.get("/floor/")
    taken = (time.perf_counter() - started) * 1000
    assert answer.status_code == 200
    assert "floor-000" in answer.text
    return taken, float(answer.headers["Server-Timing"].removeprefix("app;dur="))


if __name__ == "__main__":
    main()
