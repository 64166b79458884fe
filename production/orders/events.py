"""What happens to production orders and counts."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from production.orders.states import OperationStatus, OrderStatus

ORDER_PLANNED = EventType("orders.order_planned", _("Order {about[0]} was planned: {quantity} {unit} {item}"))
ORDER_STARTED = EventType("orders.order_started", _("Order {about[0]} was started at {about[1]}"))
ORDER_PAUSED = EventType("orders.order_paused", _("Order {about[0]} was paused at {about[1]}"))
ORDER_FINISHED = EventType("orders.order_finished", _("Order {about[0]} was finished at {about[1]}"))
ORDER_RELEASED = EventType("orders.order_released", _("Order {about[0]} was released with {steps} steps"))
ORDER_WITHDRAWN = EventType(
    "orders.order_withdrawn", _("Order {about[0]} was taken back from the shop floor: {reason}")
)
ORDER_RENEWED = EventType("orders.order_renewed", _("Order {about[0]} takes the design in force on {on}"))
ORDER_CHANGED = EventType("orders.order_changed", _("Order {about[0]} was changed"))
QUANTITY_CHANGED = EventType(
    "orders.quantity_changed", _("The quantity of order {about[0]} was changed from {before} to {after} {unit}")
)
PRIORITY_CHANGED = EventType(
    "orders.priority_changed", _("The priority of order {about[0]} was changed from {before} to {after}")
)
ORDER_SPLIT = EventType("orders.order_split", _("{quantity} {unit} of order {about[0]} go on as {about[1]}"))
ORDER_MERGED = EventType("orders.order_merged", _("{quantity} {unit} of order {about[1]} were merged into {about[0]}"))
ORDER_CANCELLED = EventType("orders.order_cancelled", _("Order {about[0]} was cancelled: {reason}"))
ORDER_REOPENED = EventType("orders.order_reopened", _("Order {about[0]} was opened again: {reason}"))
ORDER_CLOSED = EventType("orders.order_closed", _("Order {about[0]} was closed: its cost is settled"))
OPERATION_PLACED = EventType("orders.operation_placed", _("Step {number} {name} of {about[0]} is queued at {about[1]}"))
OPERATION_STARTED = EventType(
    "orders.operation_started", _("Step {number} {name} of {about[0]} was started at {about[1]}")
)
OPERATION_PAUSED = EventType(
    "orders.operation_paused", _("Step {number} {name} of {about[0]} was paused at {about[1]}")
)
OPERATION_FINISHED = EventType(
    "orders.operation_finished", _("Step {number} {name} of {about[0]} was finished at {about[1]}")
)
OPERATION_SKIPPED = EventType("orders.operation_skipped", _("Step {number} {name} of {about[0]} is left out: {reason}"))
OPERATION_UNSKIPPED = EventType("orders.operation_unskipped", _("Step {number} {name} of {about[0]} is done after all"))
GOOD_REPORTED = EventType("orders.good_reported", _("{quantity} good reported at {about[0]}"))
SCRAP_REPORTED = EventType("orders.scrap_reported", _("{quantity} scrap reported at {about[0]}"))
REWORK_REPORTED = EventType("orders.rework_reported", _("{quantity} to be reworked reported at {about[0]}"))
COUNT_CORRECTED = EventType(
    "orders.count_corrected",
    _("A report of {quantity} {what} at {about[0]} was taken back"),
    {"what": {"good": _("good"), "scrap": _("scrap"), "rework": _("rework")}},
)

STATUS_WORDS = {
    OrderStatus.PLANNED: _("planned"),
    OrderStatus.RUNNING: _("running"),
    OrderStatus.PAUSED: _("paused"),
    OrderStatus.RELEASED: _("released"),
    OrderStatus.FINISHED: _("finished"),
    OrderStatus.CLOSED: _("closed"),
    OrderStatus.CANCELLED: _("cancelled"),
    OrderStatus.MERGED: _("merged"),
}

OPERATION_WORDS = {
    OperationStatus.PENDING: _("not begun"),
    OperationStatus.RUNNING: _("running"),
    OperationStatus.PAUSED: _("paused"),
    OperationStatus.FINISHED: _("finished"),
    OperationStatus.SKIPPED: _("left out"),
}
