"""An update of the software keeps what an earlier version wrote: orders, runs and counts get their steps."""

import psycopg
import pytest

from tests.world.running import a_database, manage

pytestmark = pytest.mark.timeout(180)

EARLIER = """
SELECT set_config('millwright.actor', '1', false);
INSERT INTO factory_core_user
       (id, version, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined,
        kind, display_name, pin, language)
     VALUES (1, 1, '!', false, 'derive', '', '', '', false, false, now(), 'service', 'derive', '', 'en');
INSERT INTO factory_core_site (version, created_at, updated_at, code, name, is_active, time_zone)
     VALUES (1, now(), now(), 'S', 'Site', true, 'Europe/Berlin');
INSERT INTO factory_core_area (version, created_at, updated_at, code, name, is_active, site_id)
     SELECT 1, now(), now(), 'A', 'Area', true, id FROM factory_core_site;
INSERT INTO factory_core_line (version, created_at, updated_at, code, name, is_active, area_id)
     SELECT 1, now(), now(), 'L', 'Line', true, id FROM factory_core_area;
INSERT INTO factory_core_machine
       (version, created_at, updated_at, code, name, line_id, position, stop_limit_s, is_active)
     SELECT 1, now(), now(), 'M', 'Machine', id, 1, 300, true FROM factory_core_line;
INSERT INTO production_productionorder
       (version, created_at, updated_at, number, machine_id, item_text, quantity, unit, ideal_cycle_s, status)
     SELECT 1, now(), now(), 'PO-1', id, 'Flange', 100, 'pcs', 30, 'RUNNING' FROM factory_core_machine
      UNION ALL SELECT 1, now(), now(), 'PO-2', id, 'Hub', 50, 'pcs', 12.5, 'PLANNED' FROM factory_core_machine;
INSERT INTO production_orderrun (version, created_at, updated_at, order_id, machine_id, started_at)
     SELECT 1, now(), now(), o.id, o.machine_id, '2026-11-20 06:00+00' FROM production_productionorder o
      WHERE number = 'PO-1';
INSERT INTO production_countentry (machine_id, order_id, kind, quantity, at, by_id, source, key)
     SELECT o.machine_id, o.id, 'good', 7, '2026-11-20 07:00+00', u.id, 'operator', 'k1'
       FROM production_productionorder o, factory_core_user u WHERE number = 'PO-1' AND u.username = 'derive';
"""
NOW = """
SELECT o.number, l.code, p.number, p.name, p.status, p.run_s::text, p.quantity::text, p.started_at IS NOT NULL,
       (SELECT count(*) FROM production_orderrun r WHERE r.operation_id = p.id),
       (SELECT count(*) FROM production_countentry c WHERE c.order_id = o.id)
  FROM production_productionorder o JOIN factory_core_line l ON l.id = o.line_id
  JOIN production_orderoperation p ON p.order_id = o.id ORDER BY o.number
"""


def test_orders_of_an_earlier_version_keep_their_story() -> None:
    with a_database(migrated=False) as url:
        where = {"DATABASE_URL": url}
        manage("migrate", "-v0", "production", "0001", environment=where)
        manage("migrate", "-v0", "audit", environment=where)
        with psycopg.connect(url) as plant:
            plant.execute(EARLIER)
        manage("migrate", "-v0", environment=where)
        with psycopg.connect(url) as plant:
            assert plant.execute(NOW).fetchall() == [
                ("PO-1", "L", 10, "Flange", "RUNNING", "30.000", "100.000000", True, 1, 1),
                ("PO-2", "L", 10, "Hub", "PENDING", "12.500", "50.000000", False, 0, 0),
            ]
            noted = plant.execute(
                "SELECT count(*) FROM auditlog_logentry WHERE changes ? 'line' AND action = 1 AND cid = %s",
                ["orders-of-before"],
            ).fetchone()
            assert noted == (2,)
