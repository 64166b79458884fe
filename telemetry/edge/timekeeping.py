"""The gateway's clocks: what time it is, whether that can be believed, and putting times right after a clock step."""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
import threading
import time
from pathlib import Path

from telemetry.wire import Clock

STEP_US = 500_000
"""A difference between wall and monotonic clock larger than this means that somebody set the clock."""
TRUSTED_MS = 2_000
"""Beyond this distance from the server's clock the gateway no longer calls its own clock right."""
_STA_UNSYNC = 0x40
_TIME_ERROR = 5


def now_us() -> int:
    """Wall clock in microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1000


def now_ms() -> int:
    """Wall clock in milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


def mono_us() -> int:
    """Monotonic clock in microseconds; the same for all processes of one boot."""
    return time.monotonic_ns() // 1000


def boot_id() -> str:
    """A name for the time since the computer was switched on; empty where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


class _Timex(ctypes.Structure):
    # struct timex of the 64 bit kernel; only status and maxerror are read, the tail is room for the rest.
    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    ]


def kernel_clock() -> Clock | None:
    """What the kernel says of its clock's discipline; None where it cannot be asked."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6", use_errno=True)
        record = _Timex()
        answer = library.adjtimex(ctypes.byref(record))
    except (OSError, AttributeError):
        return None
    if answer < 0:
        return None
    synced = answer != _TIME_ERROR and not record.status & _STA_UNSYNC
    return Clock(synced=synced, source="ntp" if synced else "none", err_ms=round(record.maxerror / 1000, 1))


def same_reading(at_us: int, mono: int) -> tuple[int, bool]:
    """The time of a reading stamped earlier, as the wall clock tells it now; True if the clock was set since."""
    shift = (now_us() - mono_us()) - (at_us - mono)
    return (at_us + shift, True) if abs(shift) > STEP_US else (at_us, False)


class ClockWatch:
    """Compares the gateway's clock with the server's and with what the kernel says."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset_ms: float | None = None
        self._round_trip_ms = 0.0
        self._measured_at = 0
        self._step_base = now_us() - mono_us()
        self._kernel = kernel_clock()
        self._kernel_at = mono_us()

    def heard(self, server_ms: int, sent_us: int, received_us: int) -> None:
        """Takes the server's clock from an answer to a request sent and received at these local times."""
        middle = (sent_us + received_us) / 2000
        with self._lock:
            self._offset_ms = server_ms - middle
            self._round_trip_ms = (received_us - sent_us) / 1000
            self._measured_at = mono_us()

    @property
    def offset_ms(self) -> float | None:
        """Server's clock minus ours, as last measured."""
        return self._offset_ms

    def clock(self) -> Clock:
        """The clock's description for packets and heartbeats.

        The server is the plant's clock: with a fresh measurement it decides, else the kernel's word is taken.
        """
        with self._lock:
            base = now_us() - mono_us()
            if abs(base - self._step_base) > STEP_US:
                # After a step the old measurement says nothing about the new time.
                self._offset_ms = None
                self._step_base = base
            if mono_us() - self._kernel_at > 30_000_000:
                self._kernel, self._kernel_at = kernel_clock(), mono_us()
            fresh = self._offset_ms is not None and mono_us() - self._measured_at < 600_000_000
            if fresh and self._offset_ms is not None:
                error = abs(self._offset_ms) + self._round_trip_ms / 2
                source = "ntp" if self._kernel and self._kernel.synced else "server"
                return Clock(synced=abs(self._offset_ms) <= TRUSTED_MS, source=source, err_ms=round(error, 1))
            return self._kernel or Clock(synced=False, source="unknown", err_ms=0)
