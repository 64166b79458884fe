"""How long a question to a gateway lives. Plain Python."""

from datetime import datetime, timedelta
from enum import StrEnum

WAIT_FOR_ANSWER = timedelta(seconds=60)
"""A question nobody answered for so long is given up: the gateway does not take it any more."""
KEEP = timedelta(hours=24)
MOST_OPEN = 8
"""Questions one gateway may have open at once."""


class Progress(StrEnum):
    """How far a question is."""

    WAITING = "waiting"
    ANSWERED = "answered"
    NO_ANSWER = "no_answer"


def progress(asked_at: datetime, answered_at: datetime | None, at: datetime) -> Progress:
    """How far a question is at a moment."""
    if answered_at is not None:
        return Progress.ANSWERED
    return Progress.WAITING if at - asked_at < WAIT_FOR_ANSWER else Progress.NO_ANSWER
