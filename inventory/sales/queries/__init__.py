"""What selling knows: orders, their lines, and what is still to be sent."""

from inventory.sales.queries.open import OpenRow, called_in, open_call_offs, open_lines, open_rows
from inventory.sales.queries.orders import (
    CallOffRow,
    LineRow,
    OrderRow,
    call_off_or_missing,
    customer_or_missing,
    customers_found,
    items_sold,
    line_or_missing,
    line_rows,
    order_or_missing,
    orders_seen,
    summaries_of,
    with_lines,
)
from inventory.sales.queries.shelf import available_to_send

__all__ = [
    "CallOffRow",
    "LineRow",
    "OpenRow",
    "OrderRow",
    "available_to_send",
    "call_off_or_missing",
    "called_in",
    "customer_or_missing",
    "customers_found",
    "items_sold",
    "line_or_missing",
    "line_rows",
    "open_call_offs",
    "open_lines",
    "open_rows",
    "order_or_missing",
    "orders_seen",
    "summaries_of",
    "with_lines",
]
