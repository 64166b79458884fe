"""The reading tables, which Django does not manage: partitioned by UTC day, append-only, made a day at a time.

`telemetry_ensure_day(day)` is the one way a day comes to exist; it is called in a transaction of its own. The new
table is filled into the parent by ATTACH, which writers and readers of other days do not have to wait for.
"""

from django.db import migrations

_PARENT = """
CREATE TABLE {table} (
    tag_id integer NOT NULL, at timestamptz NOT NULL, value {type}, quality smallint NOT NULL,
    stream_id integer NOT NULL, seq bigint NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX {table}_tag_at ON {table} (tag_id, at);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION telemetry_refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER only_added;
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION telemetry_refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_emptied;
"""

_REFUSE = """
CREATE FUNCTION telemetry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Readings are only added: % of % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

_ENSURE_DAY = """
CREATE FUNCTION telemetry_ensure_day(day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    part text;
    made boolean := false;
BEGIN
    FOREACH parent IN ARRAY ARRAY['telemetry_reading', 'telemetry_readingtext'] LOOP
        part := parent || to_char(day, '"_y"YYYY"m"MM"d"DD');
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        -- Two processes may need the same new day at the same moment.
        PERFORM pg_advisory_xact_lock(hashtext('telemetry_ensure_day'));
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE %I)', part, parent);
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION telemetry_refuse_change()', part);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER never_emptied', part);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part,
            day || ' 00:00:00+00', (day + 1) || ' 00:00:00+00');
        made := true;
    END LOOP;
    RETURN made;
END $$;
"""

# The ingest process holds gateways and tags in memory; a revocation must reach it at once.
_DIRECTORY = """
CREATE FUNCTION telemetry_directory_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('millwright_devices', TG_TABLE_NAME);
    RETURN NULL;
END $$;
"""

_WATCH = """
CREATE TRIGGER directory_changed AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION telemetry_directory_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0001_initial")]

    operations = [
        migrations.RunSQL(_REFUSE, "DROP FUNCTION telemetry_refuse_change()"),
        migrations.RunSQL(
            _PARENT.format(table="telemetry_reading", type="double precision"), "DROP TABLE telemetry_reading"
        ),
        migrations.RunSQL(_PARENT.format(table="telemetry_readingtext", type="text"), "DROP TABLE telemetry_readingtext"),
        migrations.RunSQL(_ENSURE_DAY, "DROP FUNCTION telemetry_ensure_day(date)"),
        migrations.RunSQL(_DIRECTORY, "DROP FUNCTION telemetry_directory_changed()"),
        *(
            migrations.RunSQL(_WATCH.format(table=table), f"DROP TRIGGER directory_changed ON {table}")
            for table in ("telemetry_gateway", "telemetry_tag")
        ),
    ]
