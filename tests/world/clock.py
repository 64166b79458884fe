"""The plant's clock, stopped and moved by hand."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def set(self, at: datetime) -> None:
        """Put the clock to a moment."""
        self.at = at

    def move(self, **duration: float) -> datetime:
        """Let time pass: clock.move(seconds=30)."""
        self.at += timedelta(**duration)
        return self.at
