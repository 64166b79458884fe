"""50 000 items, 200 000 lines, eight levels: exploding one item, finding where one is used, rolling up all costs.

python -m tests.bench.bench_bom [--items 50000] [--rounds 20]
"""

import argparse
import os
import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import django

from tests.bench.report import percentile, report
from tests.world.running import SECRET, a_database

LEVELS, LINES_AN_ITEM = 8, 4
ON = date(2026, 11, 20)

# Items in eight equal layers and one of leaves; each but a leaf uses others of the next layers, mostly the next one.
_ITEMS = """
INSERT INTO inventory_item (version, created_at, updated_at, number, name, description, kind, unit_id, tracking,
                            pick_rule, valuation, is_bought, is_made, is_sold, inspect_on_receipt, drawing_number,
                            is_active)
SELECT 1, now(), now(), 'B-' || lpad(n::text, 6, '0'), 'Part ' || n, '', 'COMPONENT', %(unit)s, 'NONE', 'FIFO',
       'AVERAGE', false, true, false, false, '', true
  FROM generate_series(0, %(items)s - 1) n
"""
_BOMS = """
INSERT INTO production_bom (version, created_at, updated_at, item_id, code, status, quantity, is_phantom, note)
SELECT 1, now(), now(), id, '1', 'RELEASED', 1, false, ''
  FROM inventory_item WHERE number LIKE 'B-%%' AND substr(number, 3)::int < %(made)s
"""
_LINES = """
INSERT INTO production_bomline (version, created_at, updated_at, bom_id, position, kind, item_id, quantity, unit_id,
                                factor, is_fixed, loss_percent, designators, issue, cost_share, note)
SELECT 1, now(), now(), bom.id, 10 * place, 'COMPONENT', child.id, 1 + (n + place) %% 4, %(unit)s, 1, false,
       CASE WHEN (n + place) %% 10 = 0 THEN 2.5 ELSE 0 END, '', 'END', 0, ''
  FROM (SELECT bom.id, substr(item.number, 3)::int AS n FROM production_bom bom
          JOIN inventory_item item ON item.id = bom.item_id) bom
  CROSS JOIN generate_series(1, %(each)s) place
  JOIN inventory_item child ON child.number = 'B-' || lpad((
       least((n / %(wide)s + 1) * %(wide)s + (n * 7919 + place * 104729) %% %(wide)s, %(items)s - 1))::text, 6, '0')
"""
_COSTS = """
INSERT INTO inventory_itemcost (version, created_at, updated_at, item_id, cost, currency, valid_from)
SELECT 1, now(), now(), id, 1 + id %% 100, 'EUR', '2026-01-01'
  FROM inventory_item WHERE number LIKE 'B-%%' AND substr(number, 3)::int >= %(made)s
"""
_ROUTINGS = """
INSERT INTO production_routing (version, created_at, updated_at, item_id, code, status, lead_time_days, note)
SELECT 1, now(), now(), item_id, '1', 'RELEASED', 1, '' FROM production_bom
"""
_STEPS = """
INSERT INTO production_routingoperation (version, created_at, updated_at, routing_id, number, name, work_centre_id,
                                         setup_s, run_s, setup_crew, run_crew, loss_percent, wait_s, count_by,
                                         time_rule)
SELECT 1, now(), now(), id, 10 * place, 'Step ' || place, %(centre)s, 600, 30, 1, 0.5, 0, 0, 'BOTH', 'EACH'
  FROM production_routing CROSS JOIN generate_series(1, 2) place
"""


def main() -> None:
    """Build in a database of its own, measure, drop it."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--items", type=int, default=50_000)
    arguments.add_argument("--rounds", type=int, default=20)
    options = arguments.parse_args()
    with a_database() as url:
        os.environ |= {"DATABASE_URL": url, "SECRET_KEY": SECRET, "DJANGO_SETTINGS_MODULE": "factory_core.settings"}
        django.setup()
        try:
            measure(options.items, options.rounds)
        finally:
            from django.db import connection

            connection.close()


def measure(items: int, rounds: int) -> None:
    """All figures."""
    from factory_core.access.identity import acting
    from factory_core.people.services import service_user
    from inventory.items.models import Item
    from production.costing.services import roll_up_all
    from production.products.models import BomLine
    from production.products.queries import explode, where_used
    from production.products.views.structure import MOST_ROWS

    build(items)
    conditions: dict[str, Any] = {"items": items, "lines": BomLine.objects.count(), "levels": LEVELS}
    tops = list(Item.objects.filter(number__lt="B-000100").select_related("unit"))
    leaves = list(Item.objects.filter(number__startswith="B-", used_in__isnull=False).order_by("-number")[:100])
    chance = random.Random(1)

    found = explode(tops[0], Decimal(100), ON)
    sizes = {"rows": len(found.rows), "below": len(found.totals()), "depth": found.depth}
    times = _times(lambda: explode(chance.choice(tops), Decimal(100), ON), rounds)
    report("bom.explosion.p50", percentile(times, 0.5), "ms", p95=round(percentile(times, 0.95), 1), limit=100,
           **sizes, **conditions)  # fmt: skip
    # What the page asks for; and, without a limit, every row with its names, which only the API answers.
    asked: dict[str, dict[str, Any]] = {
        "direct": {},
        "all_levels": {"all_levels": True, "most": MOST_ROWS},
        "all_levels.all_rows": {"all_levels": True},
    }
    for name, wish in asked.items():
        above = where_used(leaves[0], ON, **wish)
        times = _times(lambda wish=wish: where_used(chance.choice(leaves), ON, **wish), rounds)
        limit = {} if name == "all_levels.all_rows" else {"limit": 50}
        report(f"bom.where_used.{name}.p50", percentile(times, 0.5), "ms", p95=round(percentile(times, 0.95), 1),
               found=above.found, told=len(above.rows), **limit, **conditions)  # fmt: skip
    began = time.perf_counter()
    with acting(service_user("bench"), channel="bench"):
        rows = roll_up_all(actor=service_user("bench"), on=ON, at=datetime(2026, 11, 20, 12, tzinfo=UTC))
    report("cost.roll_up_all", time.perf_counter() - began, "s", rows=rows, **conditions)


def build(items: int) -> None:
    """Items, bills of materials, lines, routings and prices by SQL."""
    from django.db import connection

    from factory_core.access.identity import acting
    from factory_core.people.services import service_user
    from tests.world.costing import a_rate
    from tests.world.inventory import a_unit
    from tests.world.plant import a_plant
    from tests.world.products import a_work_centre

    wide = items // (LEVELS + 1)
    wish = {"items": items, "made": wide * LEVELS, "wide": wide, "unit": a_unit().pk}
    # The layers that are made carry all the lines: so many an item that there are four for each item of the plant.
    centre = a_work_centre(a_plant("bom").line_a)
    a_rate(centre)
    wish["centre"] = centre.pk
    wish["each"] = round(items * LINES_AN_ITEM / (wide * LEVELS))
    with acting(service_user("bench"), channel="bench"), connection.cursor() as cursor:
        for statement in (_ITEMS, _BOMS, _LINES, _COSTS, _ROUTINGS, _STEPS):
            cursor.execute(statement, wish)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _times(act: Callable[[], Any], rounds: int) -> list[float]:
    taken = []
    for _round in range(rounds):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


if __name__ == "__main__":
    main()
