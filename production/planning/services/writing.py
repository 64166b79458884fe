"""Keep the proposals of a run: packed, in a handful of rows, by binary COPY."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Model
from numpy.typing import NDArray

from production.planning.models import PlanCauses, PlanningRun, PlanPart
from production.planning.queries.reading import Read
from production.planning.rules import Netted
from production.planning.rules.packing import packed_causes, parts_of

Ints = NDArray[np.int64]

_PART = {
    "run_id": "int8", "site_id": "int8", "first_on": "date", "last_on": "date", "count": "int4", "items": "bytea",
    "rows": "bytea",
}  # fmt: skip
_CAUSES = {"run_id": "int8", "site_id": "int8", "rows": "bytea"}


def write_plan(run: PlanningRun, read: Read, plan: Netted, chosen: Ints) -> int:
    """Put the chosen planned orders of a run in the place of the site's plan; how many there are."""
    PlanPart.objects.filter(site=run.site_id).delete()
    PlanCauses.objects.filter(site=run.site_id).delete()
    if not len(chosen):
        return 0
    orders, figures, causes = plan.planned, read.figures, read.causes
    item, due = orders.item[chosen], orders.due[chosen]
    parts = parts_of(
        item=figures.ids[item], quantity=orders.quantity[chosen], cause=orders.cause[chosen], due=due,
        release=np.minimum(orders.release[chosen], due), level=np.minimum(plan.level[item], 255),
        makes=figures.makes[item],
    )  # fmt: skip
    packed = packed_causes(kind=causes.kind, row=causes.row, quantity=causes.quantity, day=causes.day)
    _copy(PlanCauses, _CAUSES, [(run.pk, run.site_id, packed)])
    days = [(run.starts_on + timedelta(days=one.first), run.starts_on + timedelta(days=one.last)) for one in parts]
    _copy(
        PlanPart,
        _PART,
        [
            (run.pk, run.site_id, *between, one.count, one.items, one.rows)
            for one, between in zip(parts, days, strict=True)
        ],
    )
    return len(chosen)


def _copy(model: type[Model], columns: dict[str, str], rows: Iterable[tuple[Any, ...]]) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(list(columns.values()))
        for row in rows:
            copy.write_row(row)
