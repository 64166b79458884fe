"""Reference designators: which places on a board or drawing a component goes to."""

import re

_RANGE = re.compile(r"^([^\d\s]*)(\d+)\s*[-–]\s*\1?(\d+)$")
_SINGLE = re.compile(r"^([^\d\s\-–]+)([1-9]\d*)$")


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


def shortened(text: str, most: int) -> str | None:
    """The text if it has at most so many letters, else with ranges for neighbours; None where that is too long too."""
    if len(text) <= most:
        return text
    ranges: list[tuple[str, int, int]] = []
    plain: list[str] = []
    for part in re.split(r"[,;\s]+", text):
        found = _SINGLE.match(part)
        if found is None:
            plain.append(part)
        elif ranges and (ranges[-1][0], ranges[-1][2] + 1) == (found[1], int(found[2])):
            ranges[-1] = (ranges[-1][0], ranges[-1][1], int(found[2]))
        else:
            ranges.append((found[1], int(found[2]), int(found[2])))
    drawn = [f"{letters}{first}" if first == last else f"{letters}{first}-{last}" for letters, first, last in ranges]
    short = " ".join([*drawn, *(one for one in plain if one)])
    return short if len(short) <= most else None
