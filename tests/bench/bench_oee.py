"""OEE of a plant: figures of a hundred machines over thirty days out of their time accounts, and the pages of them.

python -m tests.bench.bench_oee [--machines 100] [--days 30] [--requests 20]
"""

import argparse
import os
import random
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

from tests.bench.report import percentile, report
from tests.world.running import SECRET, a_database, collected_static

LAST = date(2026, 11, 20)
SHIFTS = ((6, 8, "Early"), (14, 8, "Late"), (22, 8, ""))
LIMIT_MS, PAGE_LIMIT_MS = 150, 80


def main() -> None:
    """Build in a database of its own, measure, drop it."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--machines", type=int, default=100)
    arguments.add_argument("--days", type=int, default=30)
    arguments.add_argument("--requests", type=int, default=20)
    options = arguments.parse_args()
    with a_database() as url:
        environment = {"DATABASE_URL": url, **collected_static(Path(tempfile.mkdtemp(prefix="bench-oee-")))}
        os.environ |= {**environment, "SECRET_KEY": SECRET, "DJANGO_SETTINGS_MODULE": "factory_core.settings"}
        django.setup()
        try:
            measure(options.machines, options.days, options.requests)
        finally:
            from django.db import connection

            connection.close()


def measure(machines: int, days: int, requests: int) -> None:
    """All figures."""
    from django.db import connection

    from production.oee.queries.sums import sums_of_days
    from production.oee.rules.figures import figures_of
    from tests.world.people import a_user

    keys, rows = build(machines, days)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE production_accountslice, production_accountsum, production_shiftaccount")
    conditions: dict[str, Any] = {"machines": machines, "days": days, "rows": rows}
    first = LAST - timedelta(days=days - 1)
    times = [_ms(lambda: figures_of(sums_of_days(keys, first, LAST)[0])) for _ in range(requests + 3)][3:]
    report("oee.figures.p50", percentile(times, 0.5), "ms", **conditions)
    report("oee.figures.p95", percentile(times, 0.95), "ms", limit=LIMIT_MS, **conditions)
    times = [_ms(lambda: sums_of_days(keys, first, LAST, "machine")) for _ in range(requests)]
    report("oee.figures_by_machine.p95", percentile(times, 0.95), "ms", **conditions)
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    client.force_login(a_user("bench", superuser=True))
    for page in ("/oee/", "/oee/losses/", "/today/"):
        address = f"{page}?from={first}&to={LAST}"
        client.get(address)
        times = [_ms(lambda address=address: client.get(address)) for _ in range(requests)]
        report(
            f"oee.page.p95{page.rstrip('/').replace('/', '.')}",
            percentile(times, 0.95),
            "ms",
            limit=PAGE_LIMIT_MS,
            **conditions,
        )


def build(machines: int, days: int) -> tuple[list[int], int]:
    """Machines with closed accounts: three windows a day, a dozen rows each; gives their ids and how many rows."""
    from factory_core.access.identity import acting
    from factory_core.people.services import service_user
    from production.downtime.models import DowntimeReason
    from production.oee.models import AccountSlice, ShiftAccount
    from tests.world.plant import a_machine, a_plant
    from tests.world.production import an_order

    chance, plant = random.Random(1), a_plant("bench")
    keys, slices = [], 0
    service = service_user("plant")
    with acting(service, channel="bench"):
        reasons = [DowntimeReason.objects.create(code=f"r{n}", name=f"Reason {n}") for n in range(20)]
    for number in range(machines):
        machine = a_machine(plant.line_a, f"bench-{number}", position=number)
        orders = [an_order(service, machine) for _ in range(3)]
        keys.append(machine.pk)
        with acting(service, channel="bench"):
            accounts = ShiftAccount.objects.bulk_create(
                ShiftAccount(
                    machine=machine, on=LAST - timedelta(days=day), shift_key=1 if name else 0, shift_name=name,
                    is_shift=bool(name), started_at=_start(day, hour), ended_at=_start(day, hour + long),
                    status="CLOSED", revision=1, closed_at=_start(day, hour + long),
                )
                for day in range(days) for hour, long, name in SHIFTS
            )  # fmt: skip
        rows = [row for account in accounts for row in _rows(AccountSlice, account, orders, reasons, chance)]
        slices += len(AccountSlice.objects.bulk_create(rows, batch_size=5000))
    return keys, slices


def _rows(kind: Any, account: Any, orders: Any, reasons: Any, chance: random.Random) -> list[Any]:
    where = {
        "account": account, "machine_id": account.machine_id, "on": account.on, "is_shift": account.is_shift,
    }  # fmt: skip
    if not account.is_shift:
        return [kind(**where, time_class="no_shift", seconds=28800)]
    found = [
        kind(
            **where, time_class="producing", order=order, seconds=7000, produced=240, good=230, scrap=10,
            ideal_s=6500, produced_with_ideal=240, energy_kwh=Decimal(chance.randrange(100)),
        )
        for order in orders
    ]  # fmt: skip
    found += [
        kind(**where, time_class="unplanned_stop", reason=reason, order=orders[0], seconds=600, stops=1)
        for reason in chance.sample(reasons, 6)
    ]
    found += [kind(**where, time_class=word, order=orders[0], seconds=1050) for word in ("setup", "micro_stop")]
    return [*found, kind(**where, time_class="planned_stop", seconds=2100)]


def _start(day: int, hour: int) -> datetime:
    return datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC) + timedelta(hours=hour, days=-day)


def _ms(act: Any) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
