"""What happens to sales orders, told as a person would."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from inventory.sales.states import LineState, SalesStatus

ORDER_CREATED = EventType("sales.order_created", _("Order {about[0]} of {about[1]} was entered"))
ORDER_COPIED = EventType("sales.order_copied", _("Order {about[0]} was entered as a copy of {copied}"))
ORDER_CHANGED = EventType("sales.order_changed", _("Order {about[0]} was changed"))
ORDER_CONFIRMED = EventType("sales.order_confirmed", _("Order {about[0]} was confirmed to {about[1]}"))
ORDER_CANCELLED = EventType("sales.order_cancelled", _("Order {about[0]} was cancelled: {reason}"))
ORDER_CLOSED = EventType("sales.order_closed", _("Order {about[0]} was closed, nothing more is sent: {reason}"))
ORDER_DONE = EventType("sales.order_done", _("Order {about[0]} is complete: everything was sent"))
ORDER_REOPENED = EventType("sales.order_reopened", _("Order {about[0]} was opened again: {reason}"))
LINE_ADDED = EventType(
    "sales.line_added", _("Position {position} was added to {about[0]}: {quantity} {unit} of {item}")
)
LINE_CHANGED = EventType("sales.line_changed", _("Position {position} of {about[0]} was changed: {what}"))
LINE_REMOVED = EventType("sales.line_removed", _("Position {position} ({item}) was taken out of {about[0]}"))
LINE_CLOSED = EventType("sales.line_closed", _("Nothing more is sent of position {position} of {about[0]}: {reason}"))
CALLED_OFF = EventType(
    "sales.called_off", _("{quantity} {unit} of {item} were called off from {about[0]} for {wanted_on}")
)
CALL_OFF_CHANGED = EventType(
    "sales.call_off_changed", _("Call-off {number} of position {position} of {about[0]} was changed")
)
CALL_OFF_CLOSED = EventType(
    "sales.call_off_closed",
    _("Nothing more is sent of call-off {number} of position {position} of {about[0]}: {reason}"),
)

STATUS_WORDS = {
    SalesStatus.DRAFT: _("draft"),
    SalesStatus.CONFIRMED: _("confirmed"),
    SalesStatus.CLOSED: _("closed"),
    SalesStatus.CANCELLED: _("cancelled"),
}
LINE_WORDS = {
    LineState.OPEN: _("open"),
    LineState.PARTLY: _("partly sent"),
    LineState.SENT: _("sent"),
    LineState.LATE: _("late"),
    LineState.CLOSED: _("closed"),
}
