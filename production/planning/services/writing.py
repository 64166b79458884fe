"""Keep the proposals of a run: packed, in a handful of rows, in one binary COPY."""

from datetime import timedelta

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from production.planning.models import PlanCauses, PlanningRun, PlanPart
from production.planning.queries.reading import Read
from production.planning.rules import Netted
from production.planning.rules.packing import packed_causes, parts_of

Ints = NDArray[np.int64]

_COLUMNS = {
    "run_id": "int8", "site_id": "int8", "first_on": "date", "last_on": "date", "count": "int4", "items": "bytea",
    "rows": "bytea",
}  # fmt: skip


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
    PlanCauses.objects.create(
        run=run, site_id=run.site_id,
        rows=packed_causes(kind=causes.kind, row=causes.row, quantity=causes.quantity, day=causes.day),
    )  # fmt: skip
    table, names = connection.ops.quote_name(PlanPart._meta.db_table), ", ".join(_COLUMNS)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(list(_COLUMNS.values()))
        for part in parts:
            first, last = (run.starts_on + timedelta(days=day) for day in (part.first, part.last))
            copy.write_row((run.pk, run.site_id, first, last, part.count, part.items, part.rows))
    return len(chosen)
