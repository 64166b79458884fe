"""A hundred thousand production orders: the list people look at and search, the page of one, and its acts.

python -m tests.bench.bench_orders [--orders 100000] [--requests 40]
"""

import argparse
import os
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import django
import httpx

from tests.bench.report import percentile, report
from tests.ports import free_port
from tests.world.running import SECRET, a_database, a_server, collected_static

# What somebody types, letter by letter.
TYPED = ("PO-1099", "flan", "BENCH-1234")
LISTS = (
    *(f"/orders/?show={show}" for show in ("open", "late", "planned", "released", "running", "ended", "all")),
    "/orders/?page=20", "/orders/?show=all&before=50000", "/orders/?line=bench-a", "/orders/?line=bench-b&show=late",
    "/orders/?line=bench-a&show=ended", "/orders/?item=BENCH-0077", "/orders/?item=BENCH-0077&show=all",
    "/orders/?show=late&q=flan", "/orders/?show=ended&q=flan", "/orders/choices/?item=b",
    *(f"/promises/?show={show}" for show in ("risk", "late", "unknown", "all")), "/promises/?page=20",
    "/plan/", "/plan/runs/", "/costing/", "/costing/rollups/", "/costing/rates/", "/labour/", "/reports/", "/walls/",
    "/calls/", "/handover/", "/work-centres/",
)  # fmt: skip
# What the page of an order asks for when it is drawn, each a request of its own.
OF_ORDER = ("", "card/", "edit/", "material/", "time/", "promise/", "cost/")
MOST_QUERIES, LIMIT_MS = 12, 80


def main() -> None:
    """Build in a database of its own, measure, drop it."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--orders", type=int, default=100_000)
    arguments.add_argument("--requests", type=int, default=40)
    options = arguments.parse_args()
    with a_database() as url:
        environment = {"DATABASE_URL": url, **collected_static(Path(tempfile.mkdtemp(prefix="bench-orders-")))}
        os.environ |= {**environment, "SECRET_KEY": SECRET, "DJANGO_SETTINGS_MODULE": "factory_core.settings"}
        django.setup()
        try:
            measure(options.orders, options.requests, environment)
        finally:
            from django.db import connection

            connection.close()


def measure(orders: int, requests: int, environment: dict[str, str]) -> None:
    """All figures."""
    from tests.bench.orders_world import build

    world = build(orders)
    conditions: dict[str, Any] = {"orders": orders, "load": round(os.getloadavg()[0], 1)}
    report("orders.world_built", world.seconds, "s", **conditions)
    acts(world, requests, conditions)
    pages(world, requests, environment, conditions)


def acts(world: Any, count: int, conditions: dict[str, Any]) -> None:
    """Planning and releasing as people do: right, numbers, frozen steps, event and trail, each in its transaction."""
    from factory_core.access.identity import acting
    from factory_core.access.policy import forget_grants
    from factory_core.clock import now
    from production.orders.services import plan_item, release_order

    times: dict[str, list[float]] = {"plan": [], "release": []}
    for _n in range(count):
        forget_grants(world.person)
        began = time.perf_counter()
        with acting(world.person, channel="bench"):
            order = plan_item(
                actor=world.person, item=world.item, quantity=Decimal(10), line=world.line, due_at=None, at=now()
            )
        planned = time.perf_counter()
        with acting(world.person, channel="bench"):
            release_order(actor=world.person, order_id=order.pk, at=now())
        times["plan"].append((planned - began) * 1000)
        times["release"].append((time.perf_counter() - planned) * 1000)
    for name, taken in times.items():
        report(f"orders.{name}.p95", percentile(taken, 0.95), "ms", **conditions)


def pages(world: Any, requests: int, environment: dict[str, str], conditions: dict[str, Any]) -> None:
    """Every list and search as one types, and one order: what the server needs, and how often it asks the database."""
    from django.test import Client

    client = Client(raise_request_exception=False, SERVER_NAME="localhost")
    client.force_login(world.person)
    addresses = [*LISTS, *(f"/orders/{world.order}/{part}" for part in OF_ORDER)]
    addresses += [f"/orders/?show=all&q={text[:n]}" for text in TYPED for n in range(1, len(text) + 1)]
    asked = {address: _queries(client, address) for address in addresses}
    session = client.cookies["sessionid"].value
    with (
        a_server("factory_core.asgi:application", free_port(), environment) as base,
        httpx.Client(base_url=base, cookies={"sessionid": session}, timeout=30) as browser,
    ):
        typing: list[float] = []
        for address, (status, queries) in asked.items():
            if status != 200:
                report("orders.page_not_there", status, "status", page=address)
                continue
            times = [_server_ms(browser, address) for _ in range(requests + 3)][3:]
            if "&q=" in address:
                typing += times
            limits: dict[str, Any] = {"limit": LIMIT_MS, "queries": queries, "most_queries": MOST_QUERIES}
            half = round(percentile(times, 0.5), 1)
            report("orders.page.p95", percentile(times, 0.95), "ms", page=address, p50=half, **limits, **conditions)
        report("orders.typing.p95", percentile(typing, 0.95), "ms", searches=len(typing), limit=LIMIT_MS, **conditions)


def _queries(client: Any, address: str) -> tuple[int, int]:
    """The status of a page, and how many questions it asks."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as counted:
        answer = client.get(address, headers=_asked_as(address))
    return answer.status_code, len(counted)


def _server_ms(browser: httpx.Client, address: str) -> float:
    answer = browser.get(address, headers=_asked_as(address))
    assert answer.status_code == 200, (address, answer.status_code)
    return float(answer.headers["Server-Timing"].removeprefix("app;dur="))


def _asked_as(address: str) -> dict[str, str]:
    """The parts of an order's page are asked by the page itself."""
    return {"HX-Request": "true"} if address.endswith(tuple(f"/{part}" for part in OF_ORDER[3:])) else {}


if __name__ == "__main__":
    main()
