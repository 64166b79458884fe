"""Where the database is, as psycopg wants to hear it."""

from django.db import connection
from psycopg.conninfo import make_conninfo

_NOT_FOR_LIBPQ = ("pool", "server_side_binding", "isolation_level", "assume_role", "cursor_factory")


def conninfo() -> str:
    """The address of Django's database for a connection of our own."""
    found = connection.settings_dict
    options = {name: value for name, value in found.get("OPTIONS", {}).items() if name not in _NOT_FOR_LIBPQ}
    parts = {
        "dbname": found["NAME"], "user": found["USER"], "password": found["PASSWORD"], "host": found["HOST"],
        "port": found["PORT"], "application_name": "millwright ingest", **options,
    }  # fmt: skip
    return make_conninfo(**{name: value for name, value in parts.items() if value not in ("", None)})
