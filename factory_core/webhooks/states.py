"""How a message to another program stands. Plain Python."""

from enum import StrEnum


class Sending(StrEnum):
    """WAITING for the worker, QUEUED with it, SENT and taken, FAILED after a day, ENDED since nobody wants it more."""

    WAITING = "WAITING"
    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"
    ENDED = "ENDED"
