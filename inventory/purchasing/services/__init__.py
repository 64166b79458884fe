"""Acts of buying."""

from inventory.purchasing.services.enquiries import cancel_enquiry, choose_offer, enquire, note_offer
from inventory.purchasing.services.ordering import order_requests
from inventory.purchasing.services.orders import (
    LineWish,
    add_line,
    change_line,
    change_order,
    create_order,
    order_from,
    remove_line,
)
from inventory.purchasing.services.receiving import Received, receive_line
from inventory.purchasing.services.requests import reject_request, request_purchase
from inventory.purchasing.services.returning import return_line
from inventory.purchasing.services.steps import (
    cancel_order,
    close_line,
    close_order,
    promise,
    release_order,
    reopen_order,
)

__all__ = [
    "LineWish",
    "Received",
    "add_line",
    "cancel_enquiry",
    "cancel_order",
    "change_line",
    "change_order",
    "choose_offer",
    "close_line",
    "close_order",
    "create_order",
    "enquire",
    "note_offer",
    "order_from",
    "order_requests",
    "promise",
    "receive_line",
    "reject_request",
    "release_order",
    "remove_line",
    "reopen_order",
    "request_purchase",
    "return_line",
]
