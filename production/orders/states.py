"""What a production order and its operations can be, and the moves between. Plain Python."""

from enum import StrEnum


class OrderStatus(StrEnum):
    PLANNED = "PLANNED"
    RELEASED = "RELEASED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    FINISHED = "FINISHED"
    # Its cost is settled; nothing is booked on it any more.
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"
    # Its quantity went into another order.
    MERGED = "MERGED"


MOVES: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PLANNED: frozenset(
        {OrderStatus.RELEASED, OrderStatus.RUNNING, OrderStatus.CANCELLED, OrderStatus.MERGED}
    ),
    OrderStatus.RELEASED: frozenset(
        {
            OrderStatus.PLANNED,
            OrderStatus.RUNNING,
            # A step was ended that nobody had started: a bench that only reports.
            OrderStatus.PAUSED,
            OrderStatus.FINISHED,
            OrderStatus.CANCELLED,
            OrderStatus.MERGED,
        }
    ),
    OrderStatus.RUNNING: frozenset({OrderStatus.PAUSED, OrderStatus.FINISHED}),
    OrderStatus.PAUSED: frozenset({OrderStatus.RUNNING, OrderStatus.FINISHED}),
    OrderStatus.FINISHED: frozenset({OrderStatus.PAUSED, OrderStatus.CLOSED}),
    OrderStatus.CLOSED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
    OrderStatus.MERGED: frozenset(),
}
# Something is still to be made of it.
OPEN = (OrderStatus.PLANNED, OrderStatus.RELEASED, OrderStatus.RUNNING, OrderStatus.PAUSED)


class OperationStatus(StrEnum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    FINISHED = "FINISHED"
    # Left out by a person, with the reason.
    SKIPPED = "SKIPPED"


OPERATION_MOVES: dict[OperationStatus, frozenset[OperationStatus]] = {
    OperationStatus.PENDING: frozenset({OperationStatus.RUNNING, OperationStatus.FINISHED, OperationStatus.SKIPPED}),
    OperationStatus.RUNNING: frozenset({OperationStatus.PAUSED, OperationStatus.FINISHED}),
    # A paused step is not closed as done by the way: it is resumed, or ended by name.
    OperationStatus.PAUSED: frozenset({OperationStatus.RUNNING, OperationStatus.FINISHED}),
    OperationStatus.FINISHED: frozenset({OperationStatus.PAUSED}),
    OperationStatus.SKIPPED: frozenset({OperationStatus.PENDING}),
}


class CountKind(StrEnum):
    GOOD = "good"
    SCRAP = "scrap"
    REWORK = "rework"


class CountSource(StrEnum):
    OPERATOR = "operator"
    COUNTER = "counter"


def can_move(here: str, there: str) -> bool:
    """Whether an order may go from one status to another."""
    return OrderStatus(there) in MOVES[OrderStatus(here)]


def operation_can_move(here: str, there: str) -> bool:
    """Whether an operation may go from one status to another."""
    return OperationStatus(there) in OPERATION_MOVES[OperationStatus(here)]
