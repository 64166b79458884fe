"""What can make an order late. Plain Python."""

from enum import StrEnum


class Cause(StrEnum):
    """MATERIAL: something is not there in time. STOP: its machine stands. QUEUE: others are before it. CAPACITY: the
    work left is more than the shifts until then. CHILD: an order it waits for is late. HOLD: its lots are held.
    NOTHING_MADE: nobody makes or buys it. STARTED_LATE: it began after it should have. NOT_SENT: it lies in stock."""

    MATERIAL = "MATERIAL"
    STOP = "STOP"
    QUEUE = "QUEUE"
    CAPACITY = "CAPACITY"
    CHILD = "CHILD"
    HOLD = "HOLD"
    NOTHING_MADE = "NOTHING_MADE"
    STARTED_LATE = "STARTED_LATE"
    NOT_SENT = "NOT_SENT"


class Risk(StrEnum):
    NONE = "NONE"
    TIGHT = "TIGHT"
    LATE = "LATE"
    UNKNOWN = "UNKNOWN"
