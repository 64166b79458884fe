"""What happens to purchase requests, enquiries and purchase orders."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from inventory.purchasing.states import EnquiryStatus, PurchaseStatus, RequestStatus

REQUEST_MADE = EventType("purchasing.request_made", _("{quantity} {unit} of {about[1]} were asked for"))
REQUEST_REJECTED = EventType("purchasing.request_rejected", _("Request {about[0]} was rejected: {reason}"))
REQUEST_ORDERED = EventType("purchasing.request_ordered", _("Request {about[0]} is ordered as {about[1]}"))
REQUEST_REOPENED = EventType("purchasing.request_reopened", _("Request {about[0]} is open again: {about[1]} fell away"))

ENQUIRY_SENT = EventType("purchasing.enquiry_sent", _("{suppliers} were asked for {quantity} {unit} of {about[1]}"))
OFFER_NOTED = EventType("purchasing.offer_noted", _("The offer of {about[1]} for {about[0]} was noted"))
OFFER_CHOSEN = EventType("purchasing.offer_chosen", _("{about[0]} was decided for {about[1]}: order {about[2]}"))
ENQUIRY_CANCELLED = EventType("purchasing.enquiry_cancelled", _("Enquiry {about[0]} was cancelled"))

ORDER_DRAFTED = EventType("purchasing.order_drafted", _("Order {about[0]} to {about[1]} was drafted"))
ORDER_CHANGED = EventType("purchasing.order_changed", _("Order {about[0]} was changed: {what}"))
LINE_ADDED = EventType("purchasing.line_added", _("{quantity} {unit} of {about[1]} were put on order {about[0]}"))
LINE_CHANGED = EventType("purchasing.line_changed", _("{about[1]} on order {about[0]} was changed: {what}"))
LINE_REMOVED = EventType("purchasing.line_removed", _("{about[1]} was taken off order {about[0]}"))
ORDER_RELEASED = EventType("purchasing.order_released", _("Order {about[0]} was sent to {about[1]}"))
ORDER_PROMISED = EventType("purchasing.order_promised", _("{about[1]} promised order {about[0]} for {promised_on}"))
ORDER_CANCELLED = EventType("purchasing.order_cancelled", _("Order {about[0]} was cancelled: {reason}"))
ORDER_COMPLETE = EventType("purchasing.order_complete", _("Everything of order {about[0]} has come"))
ORDER_CLOSED_SHORT = EventType(
    "purchasing.order_closed_short", _("Order {about[0]} was closed, nothing more is expected: {reason}")
)
ORDER_REOPENED = EventType("purchasing.order_reopened", _("Order {about[0]} was opened again: {reason}"))

GOODS_RECEIVED = EventType(
    "purchasing.goods_received", _("{quantity} {unit} of {about[1]} came in for order {about[0]}")
)
GOODS_OVER = EventType(
    "purchasing.goods_over",
    _("{quantity} {unit} of {about[1]} came in for order {about[0]}, {over} {unit} more than ordered"),
)
GOODS_REFUSED = EventType(
    "purchasing.goods_refused",
    _("{quantity} {unit} of {about[1]} for order {about[0]} were refused at the door: {reason}"),
)
GOODS_RETURNED = EventType(
    "purchasing.goods_returned", _("{quantity} {unit} of {about[1]} of order {about[0]} went back: {reason}")
)

STATUS_WORDS = {
    PurchaseStatus.DRAFT: _("draft"),
    PurchaseStatus.RELEASED: _("ordered"),
    PurchaseStatus.CLOSED: _("closed"),
    PurchaseStatus.CANCELLED: _("cancelled"),
}
REQUEST_WORDS = {
    RequestStatus.OPEN: _("open"),
    RequestStatus.ORDERED: _("ordered"),
    RequestStatus.REJECTED: _("rejected"),
}
ENQUIRY_WORDS = {
    EnquiryStatus.OPEN: _("open"),
    EnquiryStatus.DECIDED: _("decided"),
    EnquiryStatus.CANCELLED: _("cancelled"),
}
