"""Whoever loses a right loses their open pages too: the database says so the moment it is true.

Every change of a grant, of a user's standing, and every ended session is told on the channel `millwright_access`,
however it was made: by a service, in the administration, or by hand. The message is a user's id, or `session:<key>`.
PostgreSQL delivers it on commit, once per transaction and user.
"""

from django.db import migrations

GRANT = """
CREATE OR REPLACE FUNCTION millwright_access_of_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM pg_notify('millwright_access', OLD.user_id::text);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM pg_notify('millwright_access', NEW.user_id::text);
    END IF;
    RETURN NULL;
END
$$
"""

USER = """
CREATE OR REPLACE FUNCTION millwright_access_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('millwright_access', OLD.id::text);
    RETURN NULL;
END
$$
"""

SESSION = """
CREATE OR REPLACE FUNCTION millwright_access_of_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('millwright_access', 'session:' || OLD.session_key);
    RETURN NULL;
END
$$
"""

GRANT_TABLES = (
    "factory_core_sitegrant",
    "factory_core_areagrant",
    "factory_core_linegrant",
    "factory_core_machinegrant",
    "guardian_userobjectpermission",
)
STANDING = "(OLD.is_active, OLD.is_superuser, OLD.password) IS DISTINCT FROM (NEW.is_active, NEW.is_superuser, NEW.password)"


def _triggers():
    for table in GRANT_TABLES:
        yield table, f"AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION millwright_access_of_grant()"
    user = "factory_core_user"
    changed = f"AFTER UPDATE ON {user} FOR EACH ROW WHEN ({STANDING}) EXECUTE FUNCTION millwright_access_of_user()"
    yield user, changed
    session = "django_session"
    yield session, f"AFTER DELETE ON {session} FOR EACH ROW EXECUTE FUNCTION millwright_access_of_session()"


class Migration(migrations.Migration):
    dependencies = [
        ("factory_core", "0001_initial"),
        ("guardian", "0002_generic_permissions_index"),
        ("sessions", "0001_initial"),
    ]
    operations = [
        *(
            migrations.RunSQL(sql, f"DROP FUNCTION {name}() CASCADE")
            for sql, name in (
                (GRANT, "millwright_access_of_grant"),
                (USER, "millwright_access_of_user"),
                (SESSION, "millwright_access_of_session"),
            )
        ),
        *(
            migrations.RunSQL(
                [
                    f"CREATE TRIGGER millwright_access {definition}",
                    f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER millwright_access",
                ],
                f"DROP TRIGGER IF EXISTS millwright_access ON {table}",
            )
            for table, definition in _triggers()
        ),
    ]
