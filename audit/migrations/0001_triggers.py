"""The trail is written by the database: what every trigger of the house calls.

`ENABLE ALWAYS` triggers made from these functions are put on the tables by `audit.trail.triggers`, which reads the
app registry, so a new table is guarded from the day it exists.

SQLSTATEs: MW001 nobody acts, MW002 facts are only added, MW003 TRUNCATE refused, MW004 the trail writes itself.
"""

from django.db import migrations

# A value as django-auditlog writes it: Python's words for nothing, true and false, else the plain text.
WORDS = """
CREATE OR REPLACE FUNCTION millwright_words(value jsonb, secret boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE
    WHEN jsonb_typeof(value) = 'null' THEN 'None'
    WHEN secret AND value <> '""' THEN '•••'
    WHEN jsonb_typeof(value) = 'boolean' THEN initcap(value::text)
    ELSE value #>> '{}'
END
$$
"""

# One row of the trail per changed row. `was` and `became` are the row before and after, null where it did not exist.
# OFFSET 0 keeps the planner from working the same JSON out again at each mention: five times faster in bulk.
NOTE = """
        INSERT INTO auditlog_logentry (
            content_type_id, object_pk, object_id, object_repr, action, changes_text, changes,
            actor_id, cid, timestamp, additional_data)
        SELECT kind_id, key, key::bigint,
            coalesce(nullif(left(label, 200), ''), (about ->> 'model') || ' ' || key),
            CASE WHEN owner_column IS NOT NULL THEN 1 WHEN was IS NULL THEN 0 WHEN became IS NULL THEN 2 ELSE 1 END,
            '', changes, actor, correlation, clock_timestamp(), circumstances
        FROM (
            SELECT was, became,
                coalesce(became, was) ->> coalesce(owner_column, 'id') AS key,
                (SELECT string_agg(coalesce(became, was) ->> part, ' ' ORDER BY place)
                   FROM unnest(label_columns) WITH ORDINALITY AS labels(part, place)
                  WHERE coalesce(became, was) ->> part <> '') AS label,
                CASE WHEN owner_column IS NOT NULL AND (was IS NULL OR became IS NULL) THEN
                    jsonb_build_object(about ->> 'relation', jsonb_build_object(
                        'type', 'm2m', 'operation', CASE WHEN was IS NULL THEN 'add' ELSE 'delete' END,
                        'objects', jsonb_build_array(coalesce(became, was) ->> (about ->> 'target'))))
                ELSE (
                    SELECT jsonb_object_agg(coalesce(names ->> field, field), jsonb_build_array(
                        millwright_words(coalesce(was -> field, 'null'), field = ANY (secrets)),
                        millwright_words(coalesce(became -> field, 'null'), field = ANY (secrets))))
                    FROM jsonb_object_keys(coalesce(became, was)) AS field
                    WHERE coalesce(was -> field, 'null') <> coalesce(became -> field, 'null')
                      AND NOT field = ANY (noise))
                END AS changes
            FROM (%(rows)s OFFSET 0) AS pair
            WHERE was IS DISTINCT FROM became
            OFFSET 0
        ) AS entry
        WHERE changes IS NOT NULL
        ORDER BY key::bigint;
"""
INSERTED = "SELECT NULL::jsonb AS was, to_jsonb(n) AS became FROM new_rows n"
DELETED = "SELECT to_jsonb(o) AS was, NULL::jsonb AS became FROM old_rows o"
# A full join: a row whose key was changed is told as one that went and one that came.
UPDATED = "SELECT to_jsonb(o) AS was, to_jsonb(n) AS became FROM old_rows o FULL JOIN new_rows n ON n.id = o.id"

AUDIT = f"""
CREATE OR REPLACE FUNCTION millwright_audit() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_variable
DECLARE
    about jsonb := TG_ARGV[0];
    names jsonb := about -> 'names';
    label_columns text[] := ARRAY(SELECT jsonb_array_elements_text(about -> 'label'));
    secrets text[] := ARRAY(SELECT jsonb_array_elements_text(about -> 'secret'));
    noise text[] := ARRAY(SELECT jsonb_array_elements_text(about -> 'noise'));
    owner_column text := about ->> 'owner';
    actor bigint := nullif(current_setting('millwright.actor', true), '');
    correlation text := nullif(current_setting('millwright.correlation', true), '');
    circumstances jsonb := jsonb_build_object(
        'channel', coalesce(current_setting('millwright.channel', true), ''),
        'reason', coalesce(current_setting('millwright.reason', true), ''),
        'txid', pg_current_xact_id()::text::bigint);
    kind_id integer;
    written bigint;
BEGIN
    SELECT id INTO kind_id FROM django_content_type
     WHERE app_label = about ->> 'app' AND model = about ->> 'model';
    IF kind_id IS NULL THEN
        INSERT INTO django_content_type (app_label, model) VALUES (about ->> 'app', about ->> 'model')
        ON CONFLICT (app_label, model) DO UPDATE SET model = excluded.model RETURNING id INTO kind_id;
    END IF;
    IF TG_OP = 'INSERT' THEN
        -- The plant itself is the first of all: it comes before anybody who could act, and makes itself.
        IF actor IS NULL AND TG_TABLE_NAME = 'factory_core_user' THEN
            SELECT min(id) INTO actor FROM new_rows
            HAVING count(*) = 1 AND min(username) = 'service.plant' AND bool_and(kind = 'service' AND NOT is_active);
        END IF;
{NOTE % {"rows": INSERTED}}
    ELSIF TG_OP = 'UPDATE' THEN
{NOTE % {"rows": UPDATED}}
    ELSE
{NOTE % {"rows": DELETED}}
    END IF;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written > 0 AND actor IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'MW001',
            MESSAGE = format('Nobody acts: %s of %s needs a known person or service.', lower(TG_OP), TG_TABLE_NAME),
            HINT = 'Open the act with acting(user, channel=...); nothing was changed.';
    END IF;
    RETURN NULL;
END
$$
"""

APPEND_ONLY = """
CREATE OR REPLACE FUNCTION millwright_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'MW002',
        MESSAGE = format('%s keeps facts: rows are only added, %s is refused.', TG_TABLE_NAME, lower(TG_OP)),
        HINT = 'Correct a mistake by a counter-entry.';
END
$$
"""

NO_TRUNCATE = """
CREATE OR REPLACE FUNCTION millwright_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'MW003',
        MESSAGE = format('%s is never emptied: its rows stand in the trail.', TG_TABLE_NAME);
END
$$
"""

# Depth 1 is a statement of a session; a trigger of ours that writes stands at depth 2.
ONLY_TRIGGERS = """
CREATE OR REPLACE FUNCTION millwright_only_triggers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION USING ERRCODE = 'MW004',
            MESSAGE = format('%s is written by the database alone; an entry made by hand is refused.', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END
$$
"""

NAMES = (
    "millwright_words(jsonb, boolean)",
    "millwright_audit()",
    "millwright_append_only()",
    "millwright_no_truncate()",
    "millwright_only_triggers()",
)


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("auditlog", "0017_add_actor_email"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("factory_core", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (WORDS, AUDIT, APPEND_ONLY, NO_TRUNCATE, ONLY_TRIGGERS)
    ] + [migrations.RunSQL(migrations.RunSQL.noop, [f"DROP FUNCTION {name} CASCADE" for name in reversed(NAMES)])]
