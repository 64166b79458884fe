"""Keep the proposals of a run: all rows in one binary COPY."""

import json
from datetime import timedelta
from decimal import Decimal

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from production.planning.models import PlannedOrder, PlanningRun
from production.planning.queries.reading import Read
from production.planning.rules import NOBODY, Netted
from production.planning.rules.packing import COLUMNS, HEAD, TAIL, packed_orders, same_width
from production.planning.states import PlanKind

Ints = NDArray[np.int64]


def write_orders(run: PlanningRun, read: Read, plan: Netted, chosen: Ints) -> int:
    """Write the chosen planned orders of a run; how many there are."""
    if not len(chosen):
        return 0
    orders, figures = plan.planned, read.figures
    texts, place = _reasons(read, orders.cause[chosen])
    makes = figures.makes[orders.item[chosen]]
    table, names = connection.ops.quote_name(PlannedOrder._meta.db_table), ", ".join(COLUMNS)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(HEAD)
        for kind, mine in ((PlanKind.MAKE, makes), (PlanKind.BUY, ~makes)):
            rows, reasons = chosen[mine], texts[place[mine]]
            copy.write(
                packed_orders(
                    run=run.pk, site=run.site_id, kind=kind.value, first=run.starts_on,
                    item=figures.ids[orders.item[rows]], quantity=orders.quantity[rows],
                    release=np.minimum(orders.release[rows], orders.due[rows]), due=orders.due[rows],
                    late=orders.release[rows] < 0, level=plan.level[orders.item[rows]], demand=reasons,
                )
            )  # fmt: skip
        copy.write(TAIL)
    return len(chosen)


def _reasons(read: Read, cause: Ints) -> tuple[NDArray[np.bytes_], Ints]:
    """JSON texts of who stands behind the orders, and which of them each order has."""
    known, place = np.unique(cause, return_inverse=True)
    named = read.causes.labels(known[known != NOBODY])
    texts = []
    for one in known.tolist():
        if one == NOBODY:
            texts.append("[]")
            continue
        kind, row, label = named[one]
        quantity = Decimal(int(read.causes.quantity[one])).scaleb(-6).normalize()
        due = read.days.first + timedelta(days=int(read.causes.day[one]))
        texts.append(json.dumps([[kind, row, label, f"{quantity:f}", due.isoformat()]]))
    return same_width(texts), place
