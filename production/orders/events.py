"""What happens to production orders and counts."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from production.orders.states import OrderStatus

ORDER_PLANNED = EventType("orders.order_planned", _("Order {about[0]} was planned: {quantity} {unit} {item}"))
ORDER_STARTED = EventType("orders.order_started", _("Order {about[0]} was started at {about[1]}"))
ORDER_PAUSED = EventType("orders.order_paused", _("Order {about[0]} was paused at {about[1]}"))
ORDER_FINISHED = EventType("orders.order_finished", _("Order {about[0]} was finished at {about[1]}"))
GOOD_REPORTED = EventType("orders.good_reported", _("{quantity} good reported at {about[0]}"))
SCRAP_REPORTED = EventType("orders.scrap_reported", _("{quantity} scrap reported at {about[0]}"))
COUNT_CORRECTED = EventType(
    "orders.count_corrected",
    _("A report of {quantity} {what} at {about[0]} was taken back"),
    {"what": {"good": _("good"), "scrap": _("scrap")}},
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
