"""What a driver says: one value of one tag at one time. Loads nothing else, since every driver's process needs it."""

from __future__ import annotations

from typing import NamedTuple

from telemetry.wire import Value


class Reading(NamedTuple):
    """One value of one tag. `at_us` is its time; `mono_us` the monotonic clock if the gateway stamped it, else 0.

    `seq` is the row's number when the source numbers its rows itself (recorded logs), else 0.
    """

    tag: str
    at_us: int
    value: Value
    quality: int = 192
    mono_us: int = 0
    seq: int = 0
    flags: int = 0
