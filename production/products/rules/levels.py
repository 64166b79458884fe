"""Indented parts lists: which row hangs below which, from a column of levels."""

import re
from collections.abc import Sequence

_OUTLINE = re.compile(r"^\d+(?:\.\d+)+$")
_PLACE = re.compile(r"^\d+(?:\.\d+)*\.?$")
_MARKED = re.compile(r"^[.\-–+*>\s]*(\d+)$")
_MARKS = re.compile(r"^[.\-–+*>]+$")


def depths(levels: Sequence[str]) -> list[int | None]:
    """How deep each row stands; None where its level cannot be read.

    Levels are numbers ("2", "..2"), marks alone ("...") or places in an outline ("1.2.1"); if one of them is such a
    place, all are, so that "3" is at depth one.
    """
    outline = any(_OUTLINE.match(level) for level in levels)
    return [_depth(level, outline) for level in levels]


def hung(depth: Sequence[int | None]) -> list[int | None]:
    """For each row the place of the row it hangs below; None where none stands above it or its depth was not read."""
    found: list[int | None] = []
    open_rows: list[tuple[int, int]] = []
    for place, here in enumerate(depth):
        while here is not None and open_rows and open_rows[-1][0] >= here:
            open_rows.pop()
        found.append(open_rows[-1][1] if open_rows and here is not None else None)
        if here is not None:
            open_rows.append((here, place))
    return found


def _depth(level: str, outline: bool) -> int | None:
    if outline:
        return level.strip(".").count(".") + 1 if _PLACE.match(level) else None
    if found := _MARKED.match(level):
        return int(found[1])
    return len(level) if _MARKS.match(level) else None
