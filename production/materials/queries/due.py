"""How much of each material should have been taken by now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from production.materials.queries.booked import put_out_of
from production.materials.rules import NOTHING, need
from production.orders.models import OrderMaterial, OrderOperation, ProductionOrder
from production.orders.queries import counts_of_operations
from production.orders.rules import Counts
from production.orders.states import OrderStatus
from production.products.states import IssuePolicy, LineKind

# Where nobody asks for a moment, everything counted is meant.
EVER = datetime(9999, 1, 1, tzinfo=UTC)
OVER = (OrderStatus.FINISHED, OrderStatus.CLOSED)


def made_at(operations: Sequence[OrderOperation], at: datetime = EVER) -> dict[int, Decimal]:
    """The pieces that passed each operation up to a moment, good and scrap: both used material.

    A piece to be reworked counts when it has become one or the other.
    """
    return {key: made.good + made.scrap for key, made in counts_of_operations(operations, at).items()}


def step_of(material: OrderMaterial, operations: Iterable[OrderOperation]) -> OrderOperation | None:
    """The operation that uses a material: the one it names, else the first."""
    steps = sorted(operations, key=lambda step: step.number)
    return next((step for step in steps if step.pk == material.operation_id), steps[0] if steps else None)


def due_of(
    order: ProductionOrder,
    materials: Iterable[OrderMaterial],
    at: datetime = EVER,
    *,
    ending: bool = False,
    coming: Decimal = NOTHING,
    counts: Mapping[int, Counts] | None = None,
) -> dict[int, Decimal]:
    """How much of each component should be in the order by now; base units.

    STEP and PICKED follow the pieces that passed the operation, END what was put into stock. When the order is over
    (or `ending`), END also covers pieces that were scrapped. `coming`: what is being put into stock right now.
    `counts`: of every step, where they are known already.
    """
    materials = [row for row in materials if row.kind == LineKind.COMPONENT]
    steps = list(order.operations.all())
    over = ending or order.status in OVER
    by_step = {row.pk: step_of(row, steps) for row in materials if row.issue != IssuePolicy.END or over}
    asked = [step for step in dict.fromkeys(by_step.values()) if step is not None]
    passed = made_at(asked, at) if counts is None else {key: one.good + one.scrap for key, one in counts.items()}
    put_out = coming + (put_out_of(order) if any(row.issue == IssuePolicy.END for row in materials) else NOTHING)
    due = {}
    for row in materials:
        step = by_step.get(row.pk)
        made = passed[step.pk] if step is not None else NOTHING
        due[row.pk] = due_for(row, order, max(put_out, made) if row.issue == IssuePolicy.END else made)
    return due


def due_for(row: OrderMaterial, order: ProductionOrder, made: Decimal) -> Decimal:
    """What so many pieces of an order use of one of its materials.

    Where an alternate took over for the rest, what the first one covered is left out.
    """
    uses = need(row.each, row.loss_percent, is_fixed=row.is_fixed, made=made)
    if row.instead_of_id is None:
        return uses
    whole = need(row.each, row.loss_percent, is_fixed=row.is_fixed, made=order.quantity)
    return max(uses - (whole - row.quantity), NOTHING)
