"""The genealogy as a tree to read: levels, and the order in which lots are told. Plain Python."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple


class Direction(StrEnum):
    """UP: what a lot was made of. DOWN: what was made of it."""

    UP = "up"
    DOWN = "down"


class Use(NamedTuple):
    """So much of one lot is in another, corrections settled; in the base unit of the lot used.

    `last_ms`: milliseconds since 1970; making ten thousand moments nobody reads takes longer than finding the lots.
    """

    input_id: int
    output_id: int
    quantity: Decimal
    last_ms: int

    @property
    def last_at(self) -> datetime:
        """When it was used last."""
        return datetime.fromtimestamp(self.last_ms / 1000, UTC)


class Step(NamedTuple):
    """One line of the tree: a lot, how deep, and the use that leads to it.

    `again`: the lot was told further up with all that belongs to it, or the way leads back to it in a circle.
    """

    lot_id: int
    depth: int
    use: Use
    again: bool


def _ends(direction: Direction) -> Callable[[Use], tuple[int, int]]:
    if direction == Direction.UP:
        return lambda use: (use.output_id, use.input_id)
    return lambda use: (use.input_id, use.output_id)


def levels(seed: int, uses: Iterable[Use], direction: Direction) -> dict[int, int]:
    """The least number of steps from the lot to each other; the lot itself is 0. Circles come to an end."""
    following, ends = defaultdict(list), _ends(direction)
    for use in uses:
        near, far = ends(use)
        following[near].append(far)
    found, waiting = {seed: 0}, deque([seed])
    while waiting:
        lot = waiting.popleft()
        for far in following[lot]:
            if far not in found:
                found[far] = found[lot] + 1
                waiting.append(far)
    return found


def reached(seed: int, uses: Sequence[Use], direction: Direction) -> list[Use]:
    """The uses that hang together with the lot; one behind a use that was taken back does not."""
    known, ends = levels(seed, uses, direction), _ends(direction)
    return [use for use in uses if ends(use)[0] in known]


def told(seed: int, uses: Iterable[Use], direction: Direction, name: Callable[[int], Any]) -> Iterator[Step]:
    """Every use once, deep before wide, by the names of the lots. No use is left out and none is followed twice."""
    following, ends = defaultdict(list), _ends(direction)
    for use in uses:
        near, far = ends(use)
        following[near].append((far, use))
    known = {seed}
    waiting = _turned(following[seed], 1, name)
    while waiting:
        lot, use, depth = waiting.pop()
        again = lot in known
        yield Step(lot, depth, use, again)
        if not again:
            known.add(lot)
            waiting += _turned(following[lot], depth + 1, name)


def _turned(ways: list[tuple[int, Use]], depth: int, name: Callable[[int], Any]) -> list[tuple[int, Use, int]]:
    # Last in, first out: the first to be told stands at the end.
    return [(lot, use, depth) for lot, use in sorted(ways, key=lambda way: name(way[0]), reverse=True)]
