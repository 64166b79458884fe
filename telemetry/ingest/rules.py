"""What the door decides by arithmetic: wrong clocks, implausible times, how much a sender should slow down.

Plain Python.
"""

from typing import NamedTuple

LATENCY_MS = 2_000
"""Clocks this near to ours are right; readings this far ahead are still of now."""
DAY_US = 86_400_000_000


class Shift(NamedTuple):
    """What is added to the times of a packet, and whether its readings can only be called uncertain."""

    ms: int
    uncertain: bool


NO_SHIFT = Shift(0, False)


def shift_of(arrived_ms: int, sent_ms: int, synced: bool) -> Shift:
    """How the times of a packet are put right, from the sender's clock at the moment of sending.

    A clock within two seconds of ours is left alone. One that lags but is called right is left alone too: the packet
    may have been long on its way. Every other clock is wrong by what we measure; the raw times are these minus the
    shift, so nothing is lost.
    """
    skew = arrived_ms - sent_ms
    if abs(skew) <= LATENCY_MS or (synced and skew > 0):
        return Shift(0, False)
    return Shift(skew, True)


class Window(NamedTuple):
    """The times, in microseconds since 1970, between which a reading may lie."""

    oldest_us: int
    newest_us: int


def window_of(arrived_ms: int, horizon_days: int, history_from_us: int | None) -> Window:
    """Not older than the horizon (or what the gateway was allowed on purpose), not newer than now and the latency."""
    oldest = arrived_ms * 1000 - horizon_days * DAY_US
    if history_from_us is not None:
        oldest = min(oldest, history_from_us)
    return Window(max(oldest, 0), (arrived_ms + LATENCY_MS) * 1000)


LONGEST_SLOW_DOWN_MS = 1_000


def slow_down(backlog_age_s: float, waiting_rows: int) -> int:
    """Milliseconds a sender should wait before its next packet: nothing until states lag by 5 s or rows pile up."""
    by_states = int((backlog_age_s - 5) * 50)
    by_queue = (waiting_rows - 100_000) // 200
    return min(max(by_states, by_queue, 0), LONGEST_SLOW_DOWN_MS)


class Allowance:
    """A bucket of requests: `per_s` flow in, at most `burst` are kept."""

    __slots__ = ("_at", "_burst", "_left", "_per_s")

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s, self._burst = per_s, burst
        self._left, self._at = burst, 0.0

    def take(self, monotonic_s: float) -> float:
        """Take one; 0 when there was one, else the seconds until there is."""
        self._left = min(self._burst, self._left + (monotonic_s - self._at) * self._per_s)
        self._at = monotonic_s
        if self._left < 1:
            return (1 - self._left) / self._per_s
        self._left -= 1
        return 0.0
