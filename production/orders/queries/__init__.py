"""What is asked about production orders."""

from production.orders.queries.counts import (
    PIECES,
    SCRAP,
    counts_of_machines,
    counts_of_operation,
    counts_of_operations,
    counts_of_order,
    counts_of_orders,
    done_quantity,
)
from production.orders.queries.frozen import (
    Component,
    has_begun,
    made_components,
    material_is_out,
    newer_version,
    orders_frozen_on,
)
from production.orders.queries.running import (
    NoSuchOrderPage,
    operation_or_missing,
    operations_waiting,
    order_or_missing,
    orders_waiting,
    running_operation,
    running_order,
)
from production.orders.queries.shift import ShiftFigures, progress, shift_figures

__all__ = [
    "PIECES",
    "SCRAP",
    "Component",
    "NoSuchOrderPage",
    "ShiftFigures",
    "counts_of_machines",
    "counts_of_operation",
    "counts_of_operations",
    "counts_of_order",
    "counts_of_orders",
    "done_quantity",
    "has_begun",
    "made_components",
    "material_is_out",
    "newer_version",
    "operation_or_missing",
    "operations_waiting",
    "order_or_missing",
    "orders_frozen_on",
    "orders_waiting",
    "progress",
    "running_operation",
    "running_order",
    "shift_figures",
]
