"""Orders of before get the line of their machine and one operation, their runs and counts belong to it."""

from django.db import migrations

# The trail wants somebody who acts: the oldest service of the house.
ACTS = """
SELECT set_config('millwright.actor', coalesce((SELECT min(id)::text FROM factory_core_user WHERE kind = 'service'),
                                               (SELECT min(id)::text FROM factory_core_user), ''), true),
       set_config('millwright.channel', 'migration', true),
       set_config('millwright.correlation', 'orders-of-before', true)
"""
LINES = """
UPDATE production_productionorder AS o SET line_id = m.line_id FROM factory_core_machine AS m
 WHERE m.id = o.machine_id AND o.line_id IS NULL
"""
OPERATIONS = """
INSERT INTO production_orderoperation
       (version, created_at, updated_at, order_id, number, name, machine_id, status, quantity, setup_s, run_s, setup_crew,
        run_crew, loss_percent, wait_s, count_by, time_rule, instructions, checks, started_at, finished_at, status_reason)
SELECT 1, now(), now(), o.id, 10, left(o.item_text, 120), o.machine_id,
       CASE o.status WHEN 'PLANNED' THEN 'PENDING' ELSE o.status END, o.quantity, 0, o.ideal_cycle_s, 1, 1, 0, 0, 'BOTH',
       'EACH', '[]', '[]', (SELECT min(started_at) FROM production_orderrun r WHERE r.order_id = o.id),
       CASE o.status WHEN 'FINISHED' THEN (SELECT max(ended_at) FROM production_orderrun r WHERE r.order_id = o.id) END, ''
  FROM production_productionorder AS o
 WHERE NOT EXISTS (SELECT 1 FROM production_orderoperation AS p WHERE p.order_id = o.id)
"""
RUNS = """
UPDATE production_orderrun AS r SET operation_id = p.id FROM production_orderoperation AS p
 WHERE p.order_id = r.order_id AND r.operation_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("production", "0002_books")]

    operations = [
        migrations.RunSQL([ACTS, LINES, OPERATIONS, RUNS], migrations.RunSQL.noop),
    ]
