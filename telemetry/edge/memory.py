"""Memory that is free gives itself back to the computer."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Returns what loading a library left behind: for the largest of them some 40 MB of their first seconds' 80."""
    gc.collect()
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        # Another C library than glibc, which has no such call and needs none.
        return
