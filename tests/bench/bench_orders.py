"""A hundred thousand production orders: the list people look at and search, the page of one, and its acts.

python -m tests.bench.bench_orders [--orders 100000] [--requests 40]
"""

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import django
import httpx

from tests.bench.report import percentile, report
from tests.world.running import SECRET, a_database, a_server, collected_static, free_port

# What somebody types, letter by letter.
TYPED = ("PO-1099", "flan", "BENCH-1234")
PAGES = (
    "/orders/", "/orders/?show=late", "/orders/?show=planned", "/orders/?show=running", "/orders/?show=ended",
    "/orders/?show=all", "/orders/?line=bench-a", "/orders/?item=BENCH-0077", "/orders/?show=all&before=50000",
    "/orders/{order}/", "/orders/{order}/card/",
)  # fmt: skip
MOST_QUERIES, ITEMS, EACH_CLOSED = 12, 2000, 20
WORDS = ("bolt", "shaft", "housing", "flange", "bracket")

_ORDERS = """
INSERT INTO production_productionorder (version, created_at, updated_at, source_kind, source_label, number, line_id,
       item_id, item_text, quantity, unit, ideal_cycle_s, priority, due_at, status, lot_number, papers, note)
SELECT 1, now(), now(), '', '', 'PO-' || lpad((n + 1000000)::text, 7, '0'), %(line)s, item.id, item.name, 100, 'pcs',
       30, n %% 3, now() + (n - %(orders)s + 2000) * interval '10 minutes',
       CASE WHEN n %% %(each)s > 0 THEN 'CLOSED' WHEN n %% 3 = 0 THEN 'PLANNED' WHEN n %% 3 = 1 THEN 'RELEASED'
            ELSE 'PAUSED' END, '', '[]', ''
  FROM generate_series(1, %(orders)s) n
  JOIN (SELECT id, name, row_number() OVER (ORDER BY id) - 1 AS place FROM inventory_item
         WHERE number LIKE 'BENCH-%%') item
    ON item.place = n %% %(items)s
"""
_STEPS = """
INSERT INTO production_orderoperation (version, created_at, updated_at, order_id, number, name, machine_id, status,
       quantity, setup_s, run_s, setup_crew, run_crew, loss_percent, wait_s, count_by, time_rule, instructions, checks,
       status_reason)
SELECT 1, now(), now(), o.id, place, 'Step', %(machine)s,
       CASE WHEN o.status = 'CLOSED' THEN 'FINISHED' WHEN o.status = 'PAUSED' AND place = 10 THEN 'PAUSED'
            ELSE 'PENDING' END, 100, 0, 30, 1, 1, 0, 0, 'BOTH', 'EACH', '[]', '[]', ''
  FROM production_productionorder o CROSS JOIN (VALUES (10), (20)) AS steps(place)
 WHERE o.status <> 'PLANNED'
"""
_COUNTS = """
INSERT INTO production_countentry (machine_id, order_id, operation_id, kind, quantity, at, by_id, source, key)
SELECT p.machine_id, p.order_id, p.id, 'good', 90, now() - interval '1 hour', %(by)s, 'operator', 'bench-' || p.id
  FROM production_orderoperation p WHERE p.status <> 'PENDING'
"""


@dataclass
class World:
    """What the figures are taken of."""

    person: Any
    item: Any
    line: Any
    order: str
    seconds: float


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
    world = build(orders)
    conditions = {"orders": orders, "load": round(os.getloadavg()[0], 1)}
    report("orders.world_built", world.seconds, "s", **conditions)
    acts(world, requests, conditions)
    pages(world, requests, environment, conditions)


def build(orders: int) -> World:
    """Items by the ORM, orders, steps and counts by SQL; one order of twenty is open."""
    from django.db import connection

    from factory_core.access.identity import acting
    from factory_core.people.services import service_user
    from inventory.items.models import Item
    from tests.world.inventory import a_unit
    from tests.world.people import a_user
    from tests.world.plant import a_plant
    from tests.world.products import a_routing, a_work_centre

    began = time.perf_counter()
    plant = a_plant("bench")
    unit, person = a_unit(), a_user("bench.planner", "planner", plant.site)
    with acting(service_user("plant"), channel="bench"):
        Item.objects.bulk_create(
            Item(number=f"BENCH-{n:04}", name=f"{WORDS[n % 5]} {n}", unit=unit, is_made=True) for n in range(ITEMS)
        )
        told = {
            "orders": orders, "items": ITEMS, "each": EACH_CLOSED, "line": plant.line_a.pk, "machine": plant.press.pk,
            "by": person.pk,
        }  # fmt: skip
        with connection.cursor() as cursor:
            for statement in (_ORDERS, _STEPS, _COUNTS):
                cursor.execute(statement, told)
    item = Item.objects.get(number="BENCH-0077")
    a_routing(item, a_work_centre(plant.line_a), ("30", "12"))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT number FROM production_productionorder WHERE status = 'PAUSED' ORDER BY id LIMIT 1")
        number = cursor.fetchone()[0]
    return World(person, item, plant.line_a, number, time.perf_counter() - began)


def acts(world: World, count: int, conditions: dict[str, Any]) -> None:
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


def pages(world: World, requests: int, environment: dict[str, str], conditions: dict[str, Any]) -> None:
    """Every list and search as one types, and one order: what the server needs, and how often it asks the database."""
    from django.test import Client

    client = Client(raise_request_exception=False, SERVER_NAME="localhost")
    client.force_login(world.person)
    addresses = [page.format(order=world.order) for page in PAGES]
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
            limits = {"limit": 80, "queries": queries, "most_queries": MOST_QUERIES}
            if world.order in address:
                del limits["most_queries"]
            half = round(percentile(times, 0.5), 1)
            report("orders.page.p95", percentile(times, 0.95), "ms", page=address, p50=half, **limits, **conditions)
        report("orders.typing.p95", percentile(typing, 0.95), "ms", searches=len(typing), limit=80, **conditions)


def _queries(client: Any, address: str) -> tuple[int, int]:
    """The status of a page, and how many questions it asks."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as counted:
        answer = client.get(address)
    return answer.status_code, len(counted)


def _server_ms(browser: httpx.Client, address: str) -> float:
    answer = browser.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return float(answer.headers["Server-Timing"].removeprefix("app;dur="))


if __name__ == "__main__":
    main()
