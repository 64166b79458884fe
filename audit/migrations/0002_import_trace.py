"""What an import run does to the tables is traced by the database, so that the run can be undone as a whole.

Inside a run (`millwright.import_run` names it) every changed record leaves its row as it was in
`factory_core_importtrace`, and every added fact its number. Facts go again only while a run stands as UNDOING and says
that it is the one being undone (`millwright.undo_run`).
"""

from importlib import import_module

from django.db import migrations

first = import_module("audit.migrations.0001_triggers")

TRACE = """
CREATE OR REPLACE FUNCTION millwright_import_run() RETURNS bigint LANGUAGE sql STABLE AS $$
SELECT nullif(current_setting('millwright.import_run', true), '')::bigint
$$
"""

# Before the trail is written: both are told by the same statement.
TRACED = """
    IF run IS NOT NULL THEN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO factory_core_importtrace (run_id, "table", key, act, before)
            SELECT run, TG_TABLE_NAME, n.id, TG_OP, NULL FROM new_rows n;
        ELSE
            INSERT INTO factory_core_importtrace (run_id, "table", key, act, before)
            SELECT run, TG_TABLE_NAME, o.id, TG_OP, to_jsonb(o) FROM old_rows o;
        END IF;
    END IF;
"""

AUDIT = first.AUDIT.replace(
    "    kind_id integer;\n", "    kind_id integer;\n    run bigint := millwright_import_run();\n"
).replace("BEGIN\n    SELECT id INTO kind_id", f"BEGIN{TRACED}    SELECT id INTO kind_id")

TRACED_FACT = """
CREATE OR REPLACE FUNCTION millwright_traced_fact() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    run bigint := millwright_import_run();
BEGIN
    IF run IS NOT NULL THEN
        INSERT INTO factory_core_importtrace (run_id, "table", key, act, before)
        SELECT run, TG_TABLE_NAME, n.id, TG_OP, NULL FROM new_rows n;
    END IF;
    RETURN NULL;
END
$$
"""

APPEND_ONLY = """
CREATE OR REPLACE FUNCTION millwright_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    run bigint := nullif(current_setting('millwright.undo_run', true), '')::bigint;
BEGIN
    IF TG_OP = 'DELETE' AND run IS NOT NULL AND EXISTS (
        SELECT 1 FROM factory_core_importtrace t JOIN factory_core_importrun r ON r.id = t.run_id
         WHERE t.run_id = run AND t."table" = TG_TABLE_NAME AND t.key = OLD.id AND t.act = 'INSERT'
           AND r.status = 'UNDOING') THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'MW002',
        MESSAGE = format('%s keeps facts: rows are only added, %s is refused.', TG_TABLE_NAME, lower(TG_OP)),
        HINT = 'Correct a mistake by a counter-entry.';
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_triggers"), ("factory_core", "0005_imports")]
    operations = [
        migrations.RunSQL(sql, before)
        for sql, before in (
            (TRACE, "DROP FUNCTION millwright_import_run()"),
            (AUDIT, first.AUDIT),
            (TRACED_FACT, "DROP FUNCTION millwright_traced_fact() CASCADE"),
            (APPEND_ONLY, first.APPEND_ONLY),
        )
    ]
