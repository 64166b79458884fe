"""What stands in tables, in one word each: to show that something taken back left nothing behind."""

from collections.abc import Iterable

from django.apps import apps
from django.db import connection

from factory_core.tables import TableKind

_OWN = (
    "factory_core_import",
    "factory_core_staged",
    "factory_core_learned",
    "factory_core_event",
    "factory_core_cleaning",
    # Notes that something changed, also when it changed back.
    "production_planbase",
)


def tables_of(*labels: str) -> list[str]:
    """The tables of these apps that hold the factory's own content: the trail, the story and imports apart."""
    return sorted(
        model._meta.db_table
        for label in labels
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.db_table.startswith(_OWN)
    )


def checksums(tables: Iterable[str]) -> dict[str, str]:
    """Table → a digest of all of its rows; rows of projections without their numbers, which change when rebuilt."""
    kinds = {model._meta.db_table: getattr(model, "table_kind", None) for model in apps.get_models()}
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            left_out = (
                "ARRAY['id', 'updated_at']" if kinds.get(table) is TableKind.PROJECTION else "ARRAY['updated_at']"
            )
            cursor.execute(
                # Names of tables come from the models.
                f"SELECT count(*) || ' ' || md5(coalesce(string_agg(line, '|' ORDER BY line), ''))"
                f" FROM (SELECT (to_jsonb(t) - {left_out}::text[])::text AS line FROM {table} t) AS lines"
            )
            found[table] = cursor.fetchone()[0]
    return found
