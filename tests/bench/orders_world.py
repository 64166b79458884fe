"""A plant that planned a hundred thousand orders: one of twenty is open, the others were made, clocked and settled.

The places and items by the ORM, everything that there is of each order by SQL. The trail is silent meanwhile: it would
take longer than all the rest, and what is measured here does not read it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from guardian.shortcuts import assign_perm

from factory_core.access.identity import acting
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Line
from inventory.items.models import Item
from inventory.sales.models import SalesOrder
from inventory.stock.models import Location
from tests.world.inventory import a_unit
from tests.world.people import a_user
from tests.world.plant import a_plant
from tests.world.products import a_routing, a_work_centre

ITEMS, EACH_CLOSED = 2000, 20
WORDS = ("bolt", "shaft", "housing", "flange", "bracket")
ROLES = ("supervisor", "storekeeper", "sales", "controller")

_ORDERS = """
INSERT INTO production_productionorder (version, created_at, updated_at, source_kind, source_label, number, line_id,
       item_id, item_text, quantity, unit, ideal_cycle_s, priority, due_at, status, lot_number, papers, note,
       routing_id)
SELECT 1, now(), now(), '', '', 'PO-' || lpad((n + 1000000)::text, 7, '0'),
       CASE WHEN n / %(each)s %% 2 = 0 THEN %(line)s ELSE %(other_line)s END, item.id, item.name, 100, 'pcs',
       30, n %% 3, now() + (n - %(orders)s + 2000) * interval '10 minutes',
       CASE WHEN n %% %(each)s > 0 THEN 'CLOSED' WHEN n %% 3 = 0 THEN 'PLANNED' WHEN n %% 3 = 1 THEN 'RELEASED'
            ELSE 'PAUSED' END, '', '[]', '', CASE WHEN n %% %(each)s = 0 AND n %% 3 = 0 THEN NULL ELSE %(routing)s END
  FROM generate_series(1, %(orders)s) n
  JOIN (SELECT id, name, row_number() OVER (ORDER BY id) - 1 AS place FROM inventory_item
         WHERE number LIKE 'BENCH-%%') item
    ON item.place = n %% %(items)s
"""
_STEPS = """
INSERT INTO production_orderoperation (version, created_at, updated_at, order_id, number, name, machine_id, status,
       quantity, setup_s, run_s, setup_crew, run_crew, loss_percent, wait_s, count_by, time_rule, instructions, checks,
       status_reason)
SELECT 1, now(), now(), o.id, place, 'Step', CASE WHEN o.line_id = %(line)s THEN %(machine)s ELSE %(robot)s END,
       CASE WHEN o.status = 'CLOSED' THEN 'FINISHED' WHEN o.status = 'PAUSED' AND place = 10 THEN 'PAUSED'
            ELSE 'PENDING' END, 100, 0, 30, 1, 1, 0, 0, 'BOTH', 'EACH', '[]', '[]', ''
  FROM production_productionorder o CROSS JOIN (VALUES (10), (20)) AS steps(place)
 WHERE o.status <> 'PLANNED'
"""
_COUNTS = """
INSERT INTO production_countentry (machine_id, order_id, operation_id, kind, quantity, at, by_id, source, key)
SELECT p.machine_id, p.order_id, p.id, 'good', 90, now() - row_number() OVER (ORDER BY id DESC) * interval '5 minutes',
       %(by)s, 'operator', 'bench-' || p.id
  FROM production_orderoperation p WHERE p.status <> 'PENDING'
"""
# Each began its first step once, one order after the other.
_RUNS = """
INSERT INTO production_orderrun (version, created_at, updated_at, machine_id, order_id, operation_id, started_at,
       ended_at)
SELECT 1, now(), now(), p.machine_id, p.order_id, p.id, began, began + interval '9 minutes'
  FROM (SELECT *, now() - (1 + row_number() OVER (ORDER BY id DESC)) * interval '10 minutes' AS began
          FROM production_orderoperation WHERE status <> 'PENDING' AND number = 10) p
"""
_TIMES = """
INSERT INTO production_timeentry (version, created_at, updated_at, kind, started_at, ended_at, ended_by, note, is_void,
       order_id, operation_id, machine_id, person_id)
SELECT 1, now(), now(), 'RUN', started_at, ended_at, 'DONE', '', false, order_id, operation_id, machine_id, %(by)s
  FROM production_orderrun
"""
_MATERIALS = """
INSERT INTO production_ordermaterial (version, created_at, updated_at, order_id, operation_id, position, kind, item_id,
       each, quantity, is_fixed, loss_percent, issue, cost_share, designators)
SELECT 1, now(), now(), p.order_id, p.id, 10 * k, 'COMPONENT', item.id, k, 100 * k, false, 0, 'STEP', 0, ''
  FROM production_orderoperation p CROSS JOIN (VALUES (1), (2)) AS needs(k)
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM inventory_item WHERE number LIKE 'BENCH-%%') item
    ON item.place = (p.order_id * 7 + k * 131) %% %(items)s
 WHERE p.number = 10 AND (k = 1 OR p.status <> 'FINISHED')
"""
# Of paused orders, half of the first material was taken: the other half and the second one are missing.
_TAKEN = """
INSERT INTO inventory_stockmove (source_kind, source_id, source_label, kind, quantity, at, recorded_at, reason, key,
       by_id, from_location_id, to_location_id, item_id, site_id)
SELECT 'production.ordermaterial', m.id, o.number, 'ISSUE', 45, now(), now(), '', 'bench-' || m.id, %(by)s,
       %(store)s, %(shop)s, m.item_id, %(site)s
  FROM production_ordermaterial m JOIN production_productionorder o ON o.id = m.order_id
 WHERE o.status <> 'CLOSED' AND o.status <> 'RELEASED' AND m.position = 10
"""
_CAUSES = """'[{"cause": "QUEUE", "seconds": 3600, "kind": "production.productionorder", "id": 1, "label":
    "PO-1000020", "until": null}, {"cause": "MATERIAL", "seconds": 60, "kind": "", "id": null, "label": "Bolt",
    "until": null}]'"""
_FORECASTS = f"""
INSERT INTO production_orderforecast (order_id, risk, start_at, finish_at, work_left_s, late_s, causes, computed_at)
SELECT id, CASE id %% 3 WHEN 0 THEN 'LATE' WHEN 1 THEN 'UNKNOWN' ELSE 'TIGHT' END, now(), due_at + interval '1 day',
       3600, CASE id %% 3 WHEN 0 THEN id * 60 ELSE 0 END, {_CAUSES}, now()
  FROM production_productionorder WHERE status IN ('PLANNED', 'RELEASED', 'PAUSED')
"""
_SALES = """
INSERT INTO inventory_salesline (version, created_at, updated_at, position, quantity, factor, wanted_on, dispatched,
       returned, is_closed, item_id, order_id, unit_id)
SELECT 1, now(), now(), row_number() OVER (), 10, 1, current_date, 0, 0, false, id, %(sale)s, unit_id
  FROM inventory_item WHERE number LIKE 'BENCH-%%'
"""
_LINES = f"""
INSERT INTO production_lineforecast (line_id, site_id, risk, late_s, covered_by, causes, computed_at)
SELECT id, %(site)s, 'LATE', 3600 * position, '[]', {_CAUSES}, now()
  FROM inventory_salesline WHERE order_id = %(sale)s
"""
_SHEETS = """
INSERT INTO production_costsheet (version, created_at, updated_at, order_id, good, planned, actual, variances,
       planned_total, actual_total, currency, settled_at)
SELECT 1, now(), now(), id, 90, '{}', '{}', jsonb_build_object('total', (id %% 997 - 300)::text), 100,
       100 + (id %% 997 - 300), 'EUR',
       now() - row_number() OVER (ORDER BY id DESC) * interval '10 minutes'
  FROM production_productionorder WHERE status = 'CLOSED'
"""
_STATEMENTS = (
    _ORDERS, _STEPS, _COUNTS, _RUNS, _TIMES, _MATERIALS, _TAKEN, _FORECASTS, _SALES, _LINES, _SHEETS,
)  # fmt: skip
_TRAILED = tuple(
    f"production_{table}"
    for table in ("productionorder", "orderoperation", "orderrun", "timeentry", "ordermaterial", "costsheet")
)


@dataclass
class World:
    """What the figures are taken of; `order` is one that was begun."""

    person: User
    item: Item
    line: Line
    order: str
    seconds: float


def build(orders: int) -> World:
    """Everything, in one transaction."""
    began = time.perf_counter()
    plant = a_plant("bench")
    unit, person = a_unit(), a_user("bench.planner", "planner", plant.site)
    centre = a_work_centre(plant.line_a)
    with acting(service_user("plant"), channel="bench"):
        for role in ROLES:
            assign_perm(f"as_{role}", person, plant.site)
        Item.objects.bulk_create(
            Item(number=f"BENCH-{n:04}", name=f"{WORDS[n % 5]} {n}", unit=unit, is_made=True) for n in range(ITEMS)
        )
        item = Item.objects.get(number="BENCH-0077")
        routing = a_routing(item, centre, ("30", "12"))
        store = Location.objects.create(site=plant.site, code="BENCH", name="Store", kind="STORE")
        shop = Location.objects.create(site=plant.site, code="BENCH-SHOP", name="Production", kind="PRODUCTION")
        partner = Partner.objects.create(code="BENCH", name="Bench", is_customer=True)
        sale = SalesOrder.objects.create(
            number="SO-BENCH", customer=partner, site=plant.site, status="CONFIRMED", currency="EUR",
            ordered_on=date(2026, 11, 1),
        )  # fmt: skip
    told: dict[str, Any] = {
        "orders": orders, "items": ITEMS, "each": EACH_CLOSED, "line": plant.line_a.pk, "other_line": plant.line_b.pk,
        "machine": plant.press.pk, "robot": plant.robot.pk, "by": person.pk, "routing": routing.pk,
        "site": plant.site.pk, "store": store.pk, "shop": shop.pk, "sale": sale.pk,
    }  # fmt: skip
    with _without_trail(), acting(service_user("plant"), channel="bench"), connection.cursor() as cursor:
        for statement in _STATEMENTS:
            cursor.execute(statement, told)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT number FROM production_productionorder WHERE status = 'PAUSED' ORDER BY id LIMIT 1")
        number = cursor.fetchone()[0]
    return World(person, item, plant.line_a, number, time.perf_counter() - began)


@contextmanager
def _without_trail() -> Iterator[None]:
    def each(how: str) -> None:
        with connection.cursor() as cursor:
            for table in _TRAILED:
                cursor.execute(f"ALTER TABLE {table} {how} TRIGGER millwright_audit_insert")

    each("DISABLE")
    try:
        yield
    finally:
        each("ENABLE ALWAYS")
