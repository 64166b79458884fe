"""The station of a busy machine: how long the server needs for the page, and for the sheets the page fetches next.

Thirty operations wait, a shift of a hundred intervals lies behind it, twenty reasons, ten instructions, six checks.

python -m tests.bench.bench_station [--requests 120] [--limit-ms 60]
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

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
from production.downtime.models import DowntimeReason
from production.labour.services import begin_work
from production.orders.models import CountEntry, LossReason, OrderOperation
from production.orders.services import plan_order, start_order
from production.shopfloor.models import CheckResult, StepConfirmation
from telemetry.states.models import StateInterval
from tests.world.plant import a_machine, a_plant
from tests.world.people import the_cast
from tests.world.shopfloor import DIAMETER
plant = a_plant("station")
cast = the_cast(plant)
actor, at = service_user("plant"), now()
machine = a_machine(plant.line_a, "station-1", position=1)
def planned(n):
    wish = dict(item_text="Flange %d" % n, quantity=Decimal(500), ideal_cycle_s=Decimal(20), at=at)
    return plan_order(actor=actor, machine=machine, due_at=at + timedelta(hours=n), **wish)
with acting(actor, channel="test"):
    parent = DowntimeReason.objects.create(code="all", name="All", kind="UNPLANNED")
    for n in range(20):
        DowntimeReason.objects.create(code="r%d" % n, name="Reason %d" % n, kind="UNPLANNED", parent=parent)
        LossReason.objects.create(code="l%d" % n, name="Loss %d" % n)
    orders = [planned(n) for n in range(31)]
    start_order(actor=actor, order_id=orders[0].pk, at=at - timedelta(hours=5))
    operation = OrderOperation.objects.get(order=orders[0])
    operation.instructions = [
        dict(position=n, text="Do step %d" % n, picture="", media_type="", must_confirm=True) for n in range(10)
    ]
    operation.checks = [dict(DIAMETER, position=n, name="Measure %d" % n) for n in range(6)]
    operation.save(update_fields=["instructions", "checks"])
    begin_work(actor=cast.operator, person=cast.operator, operation_id=operation.pk, kind="RUN",
               at=at - timedelta(hours=4), machine=machine)
    for n in range(100):
        CountEntry.objects.create(
            machine=machine, order=orders[0], operation=operation, kind="good", quantity=1, by=cast.operator,
            at=at - timedelta(minutes=100 - n), key="g%d" % n)
    for n in range(60):
        CheckResult.objects.create(
            operation=operation, machine=machine, position=n % 6, piece=n, number=Decimal(12), is_ok=True,
            by=cast.operator, at=at - timedelta(minutes=60 - n), key="c%d" % n)
    for n in range(5):
        StepConfirmation.objects.create(operation=operation, position=n, by=cast.operator, at=at, key="s%d" % n)
begin, states = at - timedelta(minutes=300), ("PRODUCING", "STOPPED", "SETUP", "IDLE")
for n in range(100):
    ended = None if n == 99 else begin + timedelta(minutes=3 * n + 3)
    StateInterval.objects.create(
        machine=machine, started_at=begin + timedelta(minutes=3 * n), ended_at=ended, state=states[n % 4], word="")
client = Client()
client.force_login(cast.terminal)
print(client.cookies["sessionid"].value)
"""


class Asked(NamedTuple):
    """An address, and what its answer must show."""

    address: str
    shows: str


PAGE, SHEETS = Asked("/station/station-1/", "Do step 5"), Asked("/station/station-1/sheets/", "Do step 9")


def main() -> None:
    """Run the benchmark; ends with status 1 where one of the two is slower than the limit."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--requests", type=int, default=120)
    arguments.add_argument("--limit-ms", type=float, default=60.0)
    options = arguments.parse_args()
    with a_database() as url:
        session = manage("shell", "-v0", "-c", PREPARE, environment={"DATABASE_URL": url}).strip()
        environment = {"DATABASE_URL": url, **collected_static(Path(tempfile.mkdtemp(prefix="bench-station-")))}
        with (
            a_server("factory_core.asgi:application", free_port(), environment) as base,
            httpx.Client(base_url=base, cookies={"sessionid": session}) as client,
        ):
            taken = [(asked(client, PAGE), asked(client, SHEETS)) for _ in range(options.requests + 10)][10:]
    pages, sheets = zip(*taken, strict=True)
    conditions = {"waiting": 30, "intervals": 100, "reasons": 20, "checks": 6, "requests": options.requests}
    slowest = 0.0
    for name, answers in (("station", pages), ("station.sheets", sheets)):
        whole, server = zip(*answers, strict=True)
        slowest = max(slowest, percentile(server, 0.95))
        for part, times in ((name, whole), (f"{name}.server", server)):
            report(f"{part}.p50", percentile(times, 0.5), "ms", **conditions)
            report(f"{part}.p95", percentile(times, 0.95), "ms", **conditions)
    if slowest > options.limit_ms:
        raise SystemExit(1)


def asked(client: httpx.Client, wanted: Asked) -> tuple[float, float]:
    """Milliseconds for one answer: with the way to the client and back, and what the server says it needed."""
    started = time.perf_counter()
    answer = client.get(wanted.address)
    taken = (time.perf_counter() - started) * 1000
    assert answer.status_code == 200
    assert wanted.shows in answer.text
    return taken, float(answer.headers["Server-Timing"].removeprefix("app;dur="))


if __name__ == "__main__":
    main()
