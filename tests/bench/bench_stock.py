"""Stock that has moved a million times: balances, posting, rebuilding, tracing, and the pages people look at.

python -m tests.bench.bench_stock [--moves 1000000] [--requests 40]
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import django
import httpx

from tests.bench.report import percentile, report
from tests.ports import free_port
from tests.world.running import SECRET, a_database, a_server, collected_static

# What somebody types, letter by letter, and where.
TYPED = {"/items/": "12.9", "/stock/": "bear", "/lots/": "BENCH-0123", "/stock/value/": "flan"}
PAGES = (
    "/items/", "/stock/", "/stock/?item={item}", "/stock/?location=B-100", "/stock/moves/", "/stock/moves/?item={item}",
    "/stock/moves/?location=B-100", "/lots/", "/lots/?status=HOLD", "/stock/value/", "/stock/value/?by=place",
    "/locations/", "/counts/", "/replenishment/", "/purchasing/", "/sales/", "/dispatch/",
)  # fmt: skip
MOST_QUERIES = 12


def main() -> None:
    """Build in a database of its own, measure, drop it."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--moves", type=int, default=1_000_000)
    arguments.add_argument("--requests", type=int, default=40)
    options = arguments.parse_args()
    with a_database() as url:
        environment = {"DATABASE_URL": url, **collected_static(Path(tempfile.mkdtemp(prefix="bench-stock-")))}
        os.environ |= {**environment, "SECRET_KEY": SECRET, "DJANGO_SETTINGS_MODULE": "factory_core.settings"}
        django.setup()
        try:
            measure(options.moves, options.requests, environment)
        finally:
            from django.db import connection

            connection.close()


def measure(moves: int, requests: int, environment: dict[str, str]) -> None:
    """All figures."""
    from tests.bench.stock_world import build

    world = build(moves)
    conditions = {"moves": world.moves, "items": len(world.items), "places": len(world.places), **_server()}
    report("stock.world_built", world.seconds, "s", **conditions)
    rebuilt(conditions)
    balances(world, conditions)
    posting(world, requests * 10, conditions)
    traced(world, conditions)
    pages(world, requests, environment, conditions)


def rebuilt(conditions: dict[str, Any]) -> None:
    """From no balances and no values at all to all of them, and what a look costs when all is right."""
    from django.db import connection

    from inventory.stock.queries.differences import balance_differences, value_differences
    from inventory.stock.services.rebuilding import rebuild_balances, rebuild_values

    for name, rebuild, look in (
        ("balances", rebuild_balances, balance_differences),
        ("values", rebuild_values, value_differences),
    ):
        seconds, found = _timed(rebuild)
        report(f"stock.{name}_rebuilt", seconds, "s", rows=found.count, limit=30, **conditions)
        seconds, found = _timed(look)
        report(f"stock.{name}_checked", seconds, "s", differences=found.count, **conditions)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE inventory_stockbalance, inventory_stockvalue")


def balances(world: Any, conditions: dict[str, Any]) -> None:
    """What there is of an item, and what of it is free."""
    from inventory.stock.queries.balances import available, on_hand

    chosen = random.Random(1).sample(world.items, min(300, len(world.items)))
    for name, ask in (("on_hand", on_hand), ("available", available)):
        times = [_timed(lambda ask=ask, item=item: ask(item, world.site))[0] * 1000 for item in chosen]
        report(f"stock.{name}.p95", percentile(times, 0.95), "ms", max=round(max(times), 2), limit=10, **conditions)


def posting(world: Any, count: int, conditions: dict[str, Any]) -> None:
    """Acts as people do them: right, move, balances, value, event and trail, each in a transaction of its own."""
    from factory_core.access.identity import acting
    from factory_core.access.policy import forget_grants
    from factory_core.clock import now
    from inventory.stock.models import StockBalance
    from inventory.stock.services import acts

    chance = random.Random(2)
    lying = list(
        StockBalance.objects.filter(item__in=chance.sample(world.items, 200), quantity__gt=100).select_related(
            "item__unit", "lot", "location__site"
        )
    )
    times: dict[str, list[float]] = {"receive": [], "issue": [], "transfer": []}
    for n in range(count + 30):
        balance, act = chance.choice(lying), ("receive", "issue", "transfer")[n % 3]
        wish: dict[str, Any] = {"item": balance.item, "lot": balance.lot, "quantity": Decimal(1), "at": now()}
        if act == "receive":
            wish |= {"to_location": balance.location, "unit_cost": Decimal("2.6")}
        else:
            wish |= {"from_location": balance.location}
        if act == "transfer":
            wish["to_location"] = next(p for p in (world.places[n % 100], world.places[200]) if p != balance.location)

        def post(act: str = act, wish: dict[str, Any] = wish) -> None:
            # Each request reads the rights of its person afresh.
            forget_grants(world.person)
            with acting(world.person, channel="bench"):
                getattr(acts, act)(actor=world.person, **wish)

        taken = _timed(post)[0] * 1000
        if n >= 30:
            times[act].append(taken)
    conditions = {"posts": count, "load": _load(), **conditions}
    together = [taken for of_one in times.values() for taken in of_one]
    report("stock.post.p50", percentile(together, 0.5), "ms", **conditions)
    report("stock.post.p95", percentile(together, 0.95), "ms", limit=15, **conditions)
    for act, of_one in times.items():
        report(f"stock.post.{act}.p95", percentile(of_one, 0.95), "ms", **conditions)


def traced(world: Any, conditions: dict[str, Any]) -> None:
    """A lot over six levels and ten thousand uses."""
    from inventory.trace.queries import trace

    for name, lot, direction in (("down", world.root, "down"), ("up", world.leaf, "up")):
        times = [_timed(lambda lot=lot, to=direction: trace(lot, to))[0] * 1000 for _ in range(20)]
        report(f"stock.trace_{name}.p95", percentile(times, 0.95), "ms", uses=world.uses, limit=300, **conditions)


def pages(world: Any, requests: int, environment: dict[str, str], conditions: dict[str, Any]) -> None:
    """Every list page and every search as one types: what the server needs, and how often it asks the database."""
    from django.test import Client

    client = Client(raise_request_exception=False, SERVER_NAME="localhost")
    client.force_login(world.person)
    addresses = [page.format(item=world.items[77].number) for page in PAGES]
    addresses += [f"{page}?q={text[:n]}" for page, text in TYPED.items() for n in range(1, len(text) + 1)]
    asked = {address: _queries(client, address) for address in addresses}
    session = client.cookies["sessionid"].value
    with (
        a_server("factory_core.asgi:application", free_port(), environment) as base,
        httpx.Client(base_url=base, cookies={"sessionid": session}, timeout=30) as browser,
    ):
        typing: list[float] = []
        for address, (status, queries) in asked.items():
            if status != 200:
                report("stock.page_not_there", status, "status", page=address)
                continue
            times = [_server_ms(browser, address) for _ in range(requests + 3)][3:]
            if "?q=" in address:
                typing += times
            p95 = percentile(times, 0.95)
            limits = {"limit": 80, "queries": queries, "most_queries": MOST_QUERIES, "load": _load()}
            report(
                "stock.page.p95", p95, "ms", page=address, p50=round(percentile(times, 0.5), 1), **limits, **conditions
            )
        if typing:
            searched = {"searches": len(typing), "limit": 80, "load": _load()}
            report("stock.typing.p95", percentile(typing, 0.95), "ms", **searched, **conditions)


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


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


def _load() -> float:
    """How many processes wanted a core during the last minute: above the number of cores a figure says little."""
    return round(os.getloadavg()[0], 1)


def _server() -> dict[str, str]:
    """What of the database's settings a figure depends on."""
    from django.db import connection

    told = {}
    with connection.cursor() as cursor:
        for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers"):
            cursor.execute(f"SHOW {name}")
            told[name] = str(cursor.fetchone()[0])
    return told


if __name__ == "__main__":
    main()
