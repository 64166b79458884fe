"""Reference designators: which places on a board or drawing a component goes to."""

import re

_RANGE = re.compile(r"^([^\d\s]*)(\d+)\s*[-–]\s*\1?(\d+)$")


def counted(text: str) -> int:
    """How many places "R1-R4, R7 C2" names; ranges of one letter are counted out."""
    found = 0
    for part in re.split(r"[,;\s]+", re.sub(r"\s*[-–]\s*", "-", text.strip())):
        if not part:
            continue
        span = _RANGE.match(part)
        first, last = (int(span[2]), int(span[3])) if span else (1, 1)
        found += max(last - first, 0) + 1
    return found
