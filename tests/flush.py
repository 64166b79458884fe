"""Lets a transactional test empty its database, although every table of the house refuses TRUNCATE.

Only the owner of the tables can do this, by switching the guards off in the open; they stand again, ALWAYS, before
the flush commits. No setting that the product could reach opens this door.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations

TRIES = 5
_SWITCH = """
DO $$ DECLARE guard record; BEGIN
    FOR guard IN SELECT tgrelid::regclass AS seat, tgname FROM pg_trigger
                  WHERE NOT tgisinternal AND tgname LIKE 'millwright\\_%%' AND tgtype & 32 <> 0 LOOP
        EXECUTE format('ALTER TABLE %%s %s TRIGGER %%I', guard.seat, guard.tgname);
    END LOOP;
END $$
"""


# Django leaves out tables it does not manage, so readings of one test would meet the next one's.
_READINGS = """
DO $$ DECLARE part regclass; filled boolean; BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits
                 WHERE inhparent IN (to_regclass('telemetry_reading'), to_regclass('telemetry_readingtext')) LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', part) INTO filled;
        IF filled THEN
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER never_emptied', part);
            EXECUTE format('TRUNCATE %s', part);
            EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER never_emptied', part);
        END IF;
    END LOOP;
END $$
"""


def _empty_readings() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_READINGS)


def _switch(state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute((_SWITCH % state).replace("%%", "%"))


@contextmanager
def flush_allowed() -> Iterator[None]:
    """While open, Django's flush (and nothing else) may truncate."""
    refused = DatabaseOperations.execute_sql_flush

    def flush(self: DatabaseOperations, sql_list: list[str]) -> Any:
        for _ in range(TRIES - 1):
            # A server under test may be writing its last row: one of the two is refused.
            with suppress(OperationalError):
                return once(self, sql_list)
        return once(self, sql_list)

    def once(self: DatabaseOperations, sql_list: list[str]) -> None:
        with transaction.atomic():
            _switch("DISABLE")
            refused(self, sql_list)
            _empty_readings()
            _switch("ENABLE ALWAYS")

    DatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]
    try:
        yield
    finally:
        DatabaseOperations.execute_sql_flush = refused  # type: ignore[method-assign]
