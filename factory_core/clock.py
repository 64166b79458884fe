"""The plant's only clock. Edges ask it once and hand the moment down as `at`."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)
