"""Where a dispatch stands, and the moves between."""

from enum import StrEnum


class DispatchStatus(StrEnum):
    PICKING = "PICKING"
    PACKED = "PACKED"
    DISPATCHED = "DISPATCHED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


DISPATCH_MOVES: dict[DispatchStatus, frozenset[DispatchStatus]] = {
    DispatchStatus.PICKING: frozenset({DispatchStatus.PACKED, DispatchStatus.CANCELLED}),
    DispatchStatus.PACKED: frozenset({DispatchStatus.PICKING, DispatchStatus.DISPATCHED, DispatchStatus.CANCELLED}),
    DispatchStatus.DISPATCHED: frozenset({DispatchStatus.DELIVERED}),
    DispatchStatus.DELIVERED: frozenset(),
    DispatchStatus.CANCELLED: frozenset(),
}
