"""Moments as whole microseconds since 1970 (UTC), which the rules count in, and back."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_us(moment: datetime) -> int:
    """A moment as microseconds; exact."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """Microseconds as a moment in UTC; exact."""
    return _EPOCH + timedelta(microseconds=microseconds)
