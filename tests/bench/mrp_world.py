"""A plant of eight levels: items by the ORM, bills, routings, suppliers, rules, orders and stock by SQL.

Every level has as many items. What is not bought (the lowest level is) has a bill of about 4.6 lines, each for an item
one level or two deeper, and a routing. The top items are ordered every month of the year. Half of the items have
stock; lots cover four weeks, thirteen weeks, or come in packs, a third of the items each; one line in ten loses two
percent.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from guardian.shortcuts import assign_perm

from factory_core.access.identity import acting
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Site
from inventory.items.models import Item
from inventory.sales.models import SalesOrder
from inventory.stock.models import Location
from production.products.models import WorkCentre
from tests.world.inventory import a_unit
from tests.world.people import a_user
from tests.world.plant import a_plant

LEVELS = 8
# Items are told apart by their number: M0000000 is the first; n / each is its level.
_N = "substr(item.number, 2)::bigint"
_STEPS: tuple[str, ...] = (
    f"""INSERT INTO production_bom (version, created_at, updated_at, code, status, quantity, is_phantom, note, item_id)
    SELECT 1, now(), now(), '1', 'RELEASED', 1, false, '', item.id FROM inventory_item item
     WHERE {_N} < %(each)s * 7 AND item.number LIKE 'M%%'""",
    f"""INSERT INTO production_bomline (version, created_at, updated_at, position, kind, quantity, factor, is_fixed,
        loss_percent, designators, issue, cost_share, note, bom_id, item_id, unit_id)
    SELECT 1, now(), now(), k, 'COMPONENT', 1 + (n + k) %% 4, 1, false, CASE WHEN (n + k) %% 10 = 0 THEN 2 ELSE 0 END,
           '', 'END', 0, '', bom.id, child.id, %(unit)s
      FROM (SELECT bom.id, {_N} AS n FROM production_bom bom JOIN inventory_item item ON item.id = bom.item_id) bom
      CROSS JOIN generate_series(1, 5) k
      JOIN inventory_item child ON child.number = 'M' || lpad(
        ((least(n / %(each)s + 1 + (k = 5)::int, 7)) * %(each)s + (n * 7 + k * 7919 + k * n) %% %(each)s)::text, 7, '0')
     WHERE k < 5 OR n %% 7 < 4""",
    """INSERT INTO production_routing (version, created_at, updated_at, code, status, lead_time_days, note, item_id)
    SELECT 1, now(), now(), '1', 'RELEASED', 2 + item_id %% 4, '', item_id FROM production_bom""",
    """INSERT INTO production_routingoperation (version, created_at, updated_at, number, name, setup_s, run_s,
        setup_crew, run_crew, loss_percent, wait_s, count_by, time_rule, routing_id, work_centre_id)
    SELECT 1, now(), now(), 10, 'Make', 600, 30, 1, 1, 0, 0, 'BOTH', 'EACH', id, %(centre)s FROM production_routing""",
    f"""INSERT INTO inventory_supplieritem (version, created_at, updated_at, supplier_number, lead_time_days,
        least_quantity, multiple, is_preferred, is_active, item_id, supplier_id, unit_id)
    SELECT 1, now(), now(), '', 5 + item.id %% 20, 0, 0, true, true, item.id, %(supplier)s, %(unit)s
      FROM inventory_item item WHERE {_N} >= %(each)s * 7 AND item.number LIKE 'M%%'""",
    """INSERT INTO inventory_replenishmentrule (version, created_at, updated_at, method, reorder_point, safety_stock,
        lot_rule, least_quantity, multiple, period_days, is_active, item_id, site_id)
    SELECT 1, now(), now(), 'REORDER_POINT', 0, CASE WHEN id %% 5 = 0 THEN 10 ELSE 0 END,
           CASE WHEN id %% 3 < 2 THEN 'PERIOD' ELSE 'LOT_FOR_LOT' END, 0, CASE WHEN id %% 3 = 2 THEN 5000 ELSE 0 END,
           CASE WHEN id %% 3 = 0 THEN 28 WHEN id %% 3 = 1 THEN 91 END, true, id, %(site)s
      FROM inventory_item WHERE number LIKE 'M%%'""",
    """INSERT INTO inventory_stockbalance (quantity, reserved, since, item_id, location_id)
    SELECT 20 + id %% 100, 0, now(), id, %(place)s FROM inventory_item WHERE number LIKE 'M%%' AND id %% 2 = 0""",
    f"""INSERT INTO inventory_salesline (version, created_at, updated_at, position, quantity, factor, wanted_on,
        dispatched, returned, is_closed, item_id, order_id, unit_id)
    SELECT 1, now(), now(), row_number() OVER (), 1 + (n + month) %% 9, 1,
           %(today)s::date + (30 * month + n %% 28)::int, 0, 0, false, id, %(sale)s, %(unit)s
      FROM (SELECT item.id, {_N} AS n FROM inventory_item item WHERE item.number LIKE 'M%%') tops
      CROSS JOIN generate_series(0, 11) month WHERE n < %(each)s""",
)


@dataclass
class World:
    """Where and by whom it is planned, and how many lines there are."""

    site: Site
    planner: User
    lines: int


def build(items: int) -> World:
    """Make everything but the plan."""
    plant = a_plant("bench")
    planner = a_user("bench.planner", "planner", plant.site)
    service = service_user("plant")
    each, unit = items // LEVELS, a_unit("pcs")
    with acting(service, channel="bench"):
        assign_perm("as_planner", planner, plant.site)
        made: dict[str, Any] = {"unit": unit, "name": "Part"}
        rows = [
            Item(number=f"M{n:07d}", is_made=n < each * 7, is_bought=n >= each * 7, **made)
            for n in range(each * LEVELS)
        ]
        Item.objects.bulk_create(rows, batch_size=5000)
        supplier = Partner.objects.create(code="BENCH", name="Bench", is_supplier=True, is_customer=True)
        centre = WorkCentre.objects.create(code="BENCH", name="Bench", line=plant.line_a)
        place = Location.objects.create(site=plant.site, code="BENCH", name="Store", kind="STORE")
        sale = SalesOrder.objects.create(
            number="SO-BENCH", customer=supplier, site=plant.site, status="CONFIRMED", ordered_on="2026-11-01",
            currency="EUR",
        )  # fmt: skip
        wish = {
            "each": each, "unit": unit.pk, "centre": centre.pk, "supplier": supplier.pk, "site": plant.site.pk,
            "place": place.pk, "sale": sale.pk, "today": "2026-11-23",
        }  # fmt: skip
        with connection.cursor() as cursor:
            for statement in _STEPS:
                cursor.execute(statement, wish)
            cursor.execute("SELECT count(*) FROM production_bomline")
            lines = int(cursor.fetchone()[0])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return World(plant.site, planner, lines)
