"""Nothing that comes over is made of itself: rings among many structures at once, with those that are there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from production.products.queries.rings import numbers_of, uses_below
from production.products.rules.rings import Period, Use, way_back


@dataclass(frozen=True, slots=True)
class Structure:
    """What one bill of materials uses, and on which days it would hold; `counts` only when it is released."""

    item: int
    number: str
    period: Period
    uses: Sequence[Use]
    counts: bool


def closing(structures: Sequence[Structure], names: Mapping[int, str]) -> dict[int, tuple[int, str]]:
    """Of each structure that closes a ring, by its place: which of its uses does, and the way as people read it.

    Those that come first stand; `names` tells the numbers of items that are not stored yet.
    """
    stored = {use.child for one in structures for use in one.uses if use.child > 0}
    uses: dict[int, list[Use]] = defaultdict(list, uses_below(stored))
    suspects = _in_rings(structures, uses)
    for one in structures:
        if one.item not in suspects and one.counts:
            uses[one.item] += one.uses
    found: dict[int, tuple[int, str]] = {}
    for place, one in enumerate(structures):
        if one.item not in suspects:
            continue
        closed = _closed(one, uses)
        if closed is None:
            if one.counts:
                uses[one.item] += one.uses
        else:
            index, way = closed
            found[place] = (index, _told([one.item, *way], {**names, one.item: one.number}))
    return found


def _closed(one: Structure, uses: Mapping[int, Sequence[Use]]) -> tuple[int, list[int]] | None:
    for index, use in enumerate(one.uses):
        way = way_back(use.child, one.item, (use.since, use.until), uses)
        if way:
            return index, way
    return None


def _told(way: Sequence[int], names: Mapping[int, str]) -> str:
    stored = numbers_of({item for item in way if item > 0})
    return " › ".join(stored.get(item) or names.get(item, "?") for item in way)


def _in_rings(structures: Iterable[Structure], uses: Mapping[int, Sequence[Use]]) -> set[int]:
    """Items that stand in a ring or between two of them, days apart: all others need no second look."""
    below: dict[int, set[int]] = defaultdict(set)
    for item, used in uses.items():
        below[item].update(use.child for use in used)
    for one in structures:
        below[one.item].update(use.child for use in one.uses)
    above: dict[int, set[int]] = defaultdict(set)
    for item, children in below.items():
        for child in children:
            above[child].add(item)
    left = {item: len(children) for item, children in below.items()}
    ends = [item for item in above if not left.get(item)]
    while ends:
        for parent in above[ends.pop()]:
            left[parent] -= 1
            if not left[parent]:
                ends.append(parent)
    return {item for item, count in left.items() if count}
