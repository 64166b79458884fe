"""How fast calls for help are answered. Plain Python; seconds are real seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median


@dataclass(frozen=True)
class Called:
    """A call with the moments that are known of it."""

    at: datetime
    answered_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True)
class Response:
    """Calls of a stretch of time: how many, how many answered, and how long people waited (None without an answer)."""

    calls: int
    answered: int
    median_s: float | None
    longest_s: float | None
    help_s: float | None


def response_of(calls: Sequence[Called]) -> Response:
    """Median and longest wait until somebody came forward, and the median length of the help."""
    waits = [(call.answered_at - call.at).total_seconds() for call in calls if call.answered_at]
    helps = [(call.done_at - call.answered_at).total_seconds() for call in calls if call.answered_at and call.done_at]
    return Response(
        calls=len(calls),
        answered=len(waits),
        median_s=median(waits) if waits else None,
        longest_s=max(waits, default=None),
        help_s=median(helps) if helps else None,
    )
