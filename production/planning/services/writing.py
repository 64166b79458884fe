"""Keep the proposals of a run: packed, in a handful of rows, by binary COPY."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Model

from production.planning.models import PlanCauses, PlanningRun, PlanPart
from production.planning.queries.reading import Read
from production.planning.rules import Planned
from production.planning.rules.packing import Part, packed_causes, parts_of
from production.planning.rules.plants import Ints

_PART = {
    "run_id": "int8", "site_id": "int8", "first_on": "date", "last_on": "date", "count": "int4", "items": "bytea",
    "rows": "bytea",
}  # fmt: skip
_CAUSES = {"run_id": "int8", "site_id": "int8", "rows": "bytea"}


def write_plan(run: PlanningRun, read: Read, orders: Planned, level: Ints) -> int:
    """Put planned orders of a run in the place of the site's plan; how many they are. `level`: of each item."""
    PlanPart.objects.filter(site=run.site_id).delete()
    PlanCauses.objects.filter(site=run.site_id).delete()
    if not len(orders.item):
        return 0
    figures, causes = read.figures, read.causes
    packed = packed_causes(kind=causes.kind, row=causes.row, quantity=causes.quantity, day=causes.day)
    _copy(PlanCauses, _CAUSES, [(run.pk, run.site_id, packed)])
    # Packed while the database writes those before.
    parts = parts_of(
        item=figures.ids[orders.item], quantity=orders.quantity, cause=orders.cause, due=orders.due,
        release=np.minimum(orders.release, orders.due), level=np.minimum(level, 255).astype(np.int16)[orders.item],
        makes=figures.makes[orders.item],
    )  # fmt: skip
    _copy(PlanPart, _PART, (_row(run, one) for one in parts))
    return len(orders.item)


def _row(run: PlanningRun, part: Part) -> tuple[Any, ...]:
    first, last = (run.starts_on + timedelta(days=days) for days in (part.first, part.last))
    return run.pk, run.site_id, first, last, part.count, part.items, part.rows


def _copy(model: type[Model], columns: dict[str, str], rows: Iterable[tuple[Any, ...]]) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(list(columns.values()))
        for row in rows:
            copy.write_row(row)
