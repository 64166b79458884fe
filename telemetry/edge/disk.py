"""What the spool may take of the disk, and what happens as that runs out."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from telemetry import wire
from telemetry.edge.sealing import Reading

log = logging.getLogger("millwright.edge.spool")

# Kept free whatever happens: without any room SQLite cannot even open a file to send what is in it.
_HEADROOM = 2**20
_MINUTE_US = 60_000_000


class SpoolLocked(Exception):
    """Another agent works on this spool."""


def lock_folder(folder: Path) -> int:
    """Takes the folder for this process until the returned handle is closed or the process ends, however it ends."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise SpoolLocked(
            f"The spool {folder} is used by another agent. Stop that one, or give this one a spool folder of its own."
        ) from error
    return handle


class DiskState(IntEnum):
    """From 80 % of the limit a warning, from 90 % thinner samples, from 95 % the oldest go, at 100 % no room."""

    OK = 0
    WARNING = 1
    THINNING = 2
    DROPPING = 3
    FULL = 4


_STEPS = ((1.0, DiskState.FULL), (0.95, DiskState.DROPPING), (0.9, DiskState.THINNING), (0.8, DiskState.WARNING))


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes; the deadband is the relative change below which a sample may be left out when thinning."""

    max_bytes: int = 2048 * 2**20
    segment_bytes: int = 16 * 2**20
    ballast_bytes: int = 16 * 2**20
    min_free_bytes: int = 64 * 2**20
    deadband: float = 0.01


class DiskPolicy:
    """Judges how full the spool is, thins samples, and keeps a ballast file to give back in need."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._ballast = folder / "ballast"
        self._kept: dict[str, Reading] = {}
        self._last = DiskState.OK
        self.thinned = 0

    def state(self, used: int) -> DiskState:
        """The state at `used` bytes of segments. A disk that others have filled counts like a full spool."""
        share = used / self._limits.max_bytes
        state = next((state for limit, state in _STEPS if share >= limit), DiskState.OK)
        free = self.free()
        if free < self._limits.min_free_bytes:
            state = max(state, DiskState.DROPPING if free < self._limits.min_free_bytes // 4 else DiskState.THINNING)
        if free < _HEADROOM:
            state = DiskState.FULL
        if state != self._last:
            if state > self._last:
                log.warning("The spool is %s: %.0f %% of its limit, %d MiB free.", state.name, share * 100, free >> 20)
            else:
                log.info("The spool is %s again.", state.name)
            if state < DiskState.THINNING:
                self._kept.clear()
            if state < DiskState.WARNING:
                self.make_ballast()
            self._last = state
        return state

    def free(self) -> int:
        """Bytes free on the spool's disk."""
        return shutil.disk_usage(self._folder).free

    def thin(self, readings: Sequence[Reading]) -> list[Reading]:
        """Keeps changes larger than the deadband and one reading a minute of each tag, and marks what it keeps."""
        kept = []
        for reading in readings:
            last = self._kept.get(reading.tag)
            if last is None or self._differs(last, reading) or abs(reading.at_us - last.at_us) >= _MINUTE_US:
                self._kept[reading.tag] = reading
                kept.append(reading._replace(flags=reading.flags | wire.FLAG_THINNED))
            else:
                self.thinned += 1
        return kept

    def _differs(self, last: Reading, reading: Reading) -> bool:
        old, new = last.value, reading.value
        if isinstance(old, int | float) and isinstance(new, int | float) and type(old) is not bool is not type(new):
            # Whole numbers are counters and states: each step counts.
            small = isinstance(old, float) or isinstance(new, float)
            return abs(new - old) > (abs(old) * self._limits.deadband if small else 0)
        return old != new or last.quality != reading.quality

    def make_ballast(self) -> None:
        """Lays the ballast file down where there is room for it."""
        size = self._limits.ballast_bytes
        try:
            if self._ballast.exists() and self._ballast.stat().st_size == size:
                return
            if size and self.free() > 4 * size:
                # Real bytes, not a hole: only written blocks can be given back.
                with self._ballast.open("wb") as file:
                    for _ in range(0, size, 2**20):
                        file.write(bytes(min(2**20, size)))
                    file.truncate(size)
        except OSError as error:
            log.warning("The ballast file could not be written: %s", error)

    def free_ballast(self) -> bool:
        """Gives the ballast's room back; False if it was used before."""
        if not self._ballast.exists():
            return False
        self._ballast.unlink()
        log.error("The ballast file was removed to make room on the disk.")
        return True
