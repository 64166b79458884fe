"""How tests wait: for the thing itself, and as long as the slowest, busiest machine may need."""

import time
from collections.abc import Callable

# What comes at all comes in a hundredth of it on a calm machine: patience costs nothing when all is well.
PATIENCE_S = 200.0


def wait_until(condition: Callable[[], object], what: str = "it to happen", patience_s: float = PATIENCE_S) -> None:
    """Return as soon as the condition holds; fails with what was waited for."""
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, f"Waited {patience_s:.0f} s for {what}."
        time.sleep(0.02)
