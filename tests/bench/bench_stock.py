"""The ledger of stock among a million moves: posting with all triggers on, asking a balance, making all balances anew.

`python -m tests.bench.bench_stock [--moves 1000000] [--posts 1000]`. One JSON object a line.
"""

import argparse
import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import django

ITEMS, PLACES, LOTS = 2000, 200, 4000
AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
# Every second move brings ten, the one after it takes one to five to another place or out: nothing runs short.
_MOVES = """
INSERT INTO inventory_stockmove (source_kind, source_id, source_label, site_id, kind, item_id, lot_id, quantity,
    from_location_id, to_location_id, at, recorded_at, by_id, reason, key)
SELECT '', NULL, '', %(site)s, CASE n %% 4 WHEN 1 THEN 'TRANSFER' WHEN 3 THEN 'ISSUE' ELSE 'RECEIVE' END,
    (%(items)s::bigint[])[1 + n / 2 %% cardinality(%(items)s::bigint[])],
    CASE WHEN n / 2 %% cardinality(%(items)s::bigint[]) < %(tracked)s
         THEN (%(lots)s::bigint[])[1 + n / 2 %% cardinality(%(items)s::bigint[])] END,
    CASE WHEN n %% 2 = 0 THEN 10 ELSE 1 + n %% 5 END,
    CASE WHEN n %% 2 = 0 THEN %(supplier)s ELSE (%(places)s::bigint[])[1 + n / 4000 %% %(wide)s] END,
    CASE n %% 4 WHEN 1 THEN (%(places)s::bigint[])[1 + (n / 4000 + 1) %% %(wide)s] WHEN 3 THEN %(production)s
                ELSE (%(places)s::bigint[])[1 + n / 4000 %% %(wide)s] END,
    %(at)s::timestamptz - n * interval '30 s', %(at)s::timestamptz - n * interval '30 s', %(by)s, '', 'bench-' || n
FROM generate_series(0, %(moves)s - 1) AS n
"""
_ENTRIES = """
INSERT INTO inventory_valueentry (move_id, site_id, item_id, quantity, value, currency, at, valuation, reason)
SELECT id, site_id, item_id, CASE kind WHEN 'RECEIVE' THEN quantity ELSE -quantity END,
       CASE kind WHEN 'RECEIVE' THEN 2 ELSE -2 END * quantity, 'EUR', recorded_at, 'AVERAGE', ''
  FROM inventory_stockmove WHERE kind <> 'TRANSFER' ORDER BY id
"""


def main() -> None:
    """Measure in a database of its own and drop it again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--moves", type=int, default=1_000_000)
    parser.add_argument("--posts", type=int, default=1000)
    wanted = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factory_core.settings")
    os.environ.setdefault("TEST_DB", "bench_stock")
    django.setup()
    from tests import database

    database.settle()
    from django.test.runner import DiscoverRunner

    runner = DiscoverRunner(verbosity=0, interactive=False)
    created = runner.setup_databases(serialized_aliases=set())
    try:
        store = fill(wanted.moves)
        rebuild(wanted.moves)
        ask(store, wanted.moves)
        post(store, wanted.moves, wanted.posts)
    finally:
        runner.teardown_databases(created)


def fill(moves: int) -> dict[str, Any]:
    """So many moves of many items through many places, half of the items by lot, with what each was worth."""
    from django.db import connection

    from factory_core.access.identity import acting
    from factory_core.people.services import service_user
    from inventory.items.models import Item
    from inventory.lots.models import Lot
    from inventory.stock.models import Location
    from inventory.stock.services.places import outside
    from inventory.stock.states import LocationKind
    from tests.world.inventory import a_unit
    from tests.world.people import a_user
    from tests.world.plant import a_plant

    site, pcs = a_plant("bench").site, a_unit()
    keeper = a_user("keeper.bench", "storekeeper", site)
    with acting(service_user("plant"), channel="bench"):
        items = Item.objects.bulk_create(
            Item(number=f"B-{n}", name="Bolt", unit=pcs, tracking="LOT" if n < ITEMS // 2 else "NONE")
            for n in range(ITEMS)
        )
        lots = Lot.objects.bulk_create(Lot(item=items[n], number=f"L-{n}") for n in range(ITEMS // 2))
        places = Location.objects.bulk_create(
            Location(code=f"P-{n}", name=f"P-{n}", kind="BIN", site=site) for n in range(PLACES)
        )
        ends = [outside(site, kind) for kind in (LocationKind.SUPPLIER, LocationKind.PRODUCTION)]
        with connection.cursor() as cursor:
            words = {
                "site": site.pk, "items": [item.pk for item in items], "tracked": len(lots),
                "lots": [lot.pk for lot in lots], "places": [place.pk for place in places], "supplier": ends[0].pk,
                "production": ends[1].pk, "at": AT, "by": keeper.pk, "moves": moves, "wide": PLACES,
            }  # fmt: skip
            cursor.execute(_MOVES, words)
            cursor.execute(_ENTRIES)
            cursor.execute("ANALYZE inventory_stockmove")
            cursor.execute("ANALYZE inventory_valueentry")
    return {"items": items, "lots": lots, "places": places, "keeper": keeper, "site": site}


def rebuild(moves: int) -> None:
    """All balances and all values, from moves and entries alone."""
    from django.db import connection

    from inventory.stock.models import StockBalance
    from inventory.stock.services.rebuilding import rebuild_balances, rebuild_values
    from tests.bench.report import report

    took = _seconds(rebuild_balances)
    report("stock.rebuild_balances_s", took, "s", moves=moves, balances=StockBalance.objects.count())
    report("stock.rebuild_values_s", _seconds(rebuild_values), "s", moves=moves, items=ITEMS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE inventory_stockbalance")


def ask(store: dict[str, Any], moves: int) -> None:
    """What is there of any item."""
    from inventory.stock.queries.balances import available, on_hand
    from tests.bench.report import percentile, report

    chance = random.Random(1)
    for name, question in (("on_hand", on_hand), ("available", available)):
        took = [
            1000 * _seconds(lambda question=question: question(chance.choice(store["items"]), store["site"]))
            for _ in range(500)
        ]
        report(f"stock.{name}_p95_ms", percentile(took, 0.95), "ms", moves=moves, p50=round(percentile(took, 0.5), 2))


def post(store: dict[str, Any], moves: int, posts: int) -> None:
    """Receipts, transfers and issues of any item by a storekeeper, each a transaction of its own, written to disk."""
    from django.db import connection

    from factory_core.access.identity import acting
    from factory_core.clock import now
    from inventory.stock.services import acts
    from inventory.stock.services.ledger import post as post_move
    from inventory.stock.services.places import outside
    from inventory.stock.states import LocationKind
    from tests.bench.report import percentile, report

    chance, keeper = random.Random(2), store["keeper"]

    def one(kind: str) -> Callable[[], object]:
        n = chance.randrange(ITEMS)
        here, there = chance.sample(store["places"][:50], 2)
        wish: dict[str, Any] = {
            "actor": keeper, "item": store["items"][n], "lot": store["lots"][n] if n < ITEMS // 2 else None,
            "at": now(), "quantity": Decimal(2),
        }  # fmt: skip
        # What is taken was put there first, outside of what is measured.
        if kind != "receive":
            with acting(keeper, channel="bench"):
                acts.receive(**wish, to_location=here)
        match kind:
            case "receive":
                return lambda: acts.receive(**wish, to_location=here, unit_cost=Decimal("2.5"))
            case "transfer":
                return lambda: acts.transfer(**wish, from_location=here, to_location=there)
            case "issue":
                return lambda: acts.issue(**wish, from_location=here)
        place = outside(store["site"], LocationKind.PRODUCTION)
        return lambda: post_move(**wish, kind="ISSUE", from_location=here, to_location=place)

    def act(work: Callable[[], object]) -> None:
        with acting(keeper, channel="bench"):
            work()

    for kind in ("receive", "transfer", "issue", "post_alone"):
        for _ in range(20):
            act(one(kind))
        took: list[float] = []
        works = [one(kind) for _ in range(posts // 4)]
        ours = time.process_time()
        for work in works:
            took.append(1000 * _seconds(lambda work=work: act(work)))
        ours = 1000 * (time.process_time() - ours) / len(works)
        report(
            f"stock.{kind}_p95_ms", percentile(took, 0.95), "ms", moves=moves, posts=len(took),
            p50=round(percentile(took, 0.5), 2), own_cpu_ms=round(ours, 2), load=round(os.getloadavg()[0], 1),
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SHOW fsync")
        report("stock.disk_is_waited_for", float(cursor.fetchone()[0] == "on"), "yes=1", moves=moves)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
