"""What a production order can be, and the moves between."""

from enum import StrEnum


class OrderStatus(StrEnum):
    PLANNED = "PLANNED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    FINISHED = "FINISHED"


MOVES: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PLANNED: frozenset({OrderStatus.RUNNING}),
    OrderStatus.RUNNING: frozenset({OrderStatus.PAUSED, OrderStatus.FINISHED}),
    OrderStatus.PAUSED: frozenset({OrderStatus.RUNNING, OrderStatus.FINISHED}),
    OrderStatus.FINISHED: frozenset(),
}


class CountKind(StrEnum):
    GOOD = "good"
    SCRAP = "scrap"


class CountSource(StrEnum):
    OPERATOR = "operator"
    COUNTER = "counter"


def can_move(here: str, there: str) -> bool:
    """Whether an order may go from one status to another."""
    return OrderStatus(there) in MOVES[OrderStatus(here)]
