"""Thousands of new records at once: one COPY instead of statements of a thousand values each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, models


def copy_in(pattern: models.Model, names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    """Add a record for each row: `names` from the row, all other columns as in `pattern`; gives how many.

    Triggers, checks and references hold as for any insert. Names are those of columns ("item_id"); where a row has
    None, the pattern's value stands. The keys that the database gives are not told.
    """
    fields = [each for each in pattern._meta.concrete_fields if not each.primary_key]
    columns = ", ".join(connection.ops.quote_name(str(each.column)) for each in fields)
    table = connection.ops.quote_name(pattern._meta.db_table)
    usual = [each.get_db_prep_save(each.pre_save(pattern, True), connection) for each in fields]
    attributes = [each.attname for each in fields]
    places = [(attributes.index(name), name) for name in names]
    count = 0
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            values = usual.copy()
            for place, name in places:
                value = row[name]
                if value is not None:
                    values[place] = value
            copy.write_row(values)
            count += 1
    return count
