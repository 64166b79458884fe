"""Where a sales order stands, and the moves between."""

from enum import StrEnum


class SalesStatus(StrEnum):
    """How much of a confirmed order has left is told by its lines; CLOSED ends it, short or not."""

    DRAFT = "DRAFT"
    CONFIRMED = "CONFIRMED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


SALES_MOVES: dict[SalesStatus, frozenset[SalesStatus]] = {
    SalesStatus.DRAFT: frozenset({SalesStatus.CONFIRMED, SalesStatus.CANCELLED}),
    SalesStatus.CONFIRMED: frozenset({SalesStatus.CLOSED, SalesStatus.CANCELLED}),
    SalesStatus.CLOSED: frozenset({SalesStatus.CONFIRMED}),
    SalesStatus.CANCELLED: frozenset(),
}


class LineState(StrEnum):
    """How far a line is, as people say it. LATE outweighs PARTLY: the promise has passed and something is left."""

    OPEN = "OPEN"
    PARTLY = "PARTLY"
    SENT = "SENT"
    LATE = "LATE"
    CLOSED = "CLOSED"
