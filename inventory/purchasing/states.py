"""Where requests, enquiries and purchase orders stand, and the moves between."""

from enum import StrEnum


class RequestStatus(StrEnum):
    OPEN = "OPEN"
    ORDERED = "ORDERED"
    REJECTED = "REJECTED"


class EnquiryStatus(StrEnum):
    OPEN = "OPEN"
    DECIDED = "DECIDED"
    CANCELLED = "CANCELLED"


class PurchaseStatus(StrEnum):
    """How much of a released order has come is told by its lines; CLOSED ends it, short or not."""

    DRAFT = "DRAFT"
    RELEASED = "RELEASED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


PURCHASE_MOVES: dict[PurchaseStatus, frozenset[PurchaseStatus]] = {
    PurchaseStatus.DRAFT: frozenset({PurchaseStatus.RELEASED, PurchaseStatus.CANCELLED}),
    PurchaseStatus.RELEASED: frozenset({PurchaseStatus.CLOSED, PurchaseStatus.CANCELLED}),
    PurchaseStatus.CLOSED: frozenset({PurchaseStatus.RELEASED}),
    PurchaseStatus.CANCELLED: frozenset(),
}


class ReceiptKind(StrEnum):
    RECEIVED = "RECEIVED"
    REJECTED = "REJECTED"
    RETURNED = "RETURNED"
