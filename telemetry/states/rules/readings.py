"""Readings as the rules see them, and the one order in which they count."""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

Value = float | int | str | bool | None

GOOD = 192
# OPC style QQSSSSLL: below this the device itself says the value is bad (10-contracts, section 3).
LOWEST_USABLE = 64
_ENDLESS = float("inf")


class Reading(NamedTuple):
    """One value of a tag. ``at`` is device time in whole microseconds since 1970 (UTC).

    ``tag`` is the tag's name in the rule; ``stream`` and ``seq`` say where the reading stood in
    its gateway's numbering and only decide between readings of the same instant.
    """

    at: int
    tag: str
    stream: int
    seq: int
    value: Value
    quality: int = GOOD


# The value is left out on purpose: values of one key may be of kinds that do not compare.
_ORDER = itemgetter(0, 1, 2, 3)


def in_order(readings: Iterable[Reading]) -> list[Reading]:
    """The readings sorted by (at, tag, stream, seq): arrival order means nothing."""
    return sorted(readings, key=_ORDER)


def by_tag(readings: Sequence[Reading]) -> dict[str, list[tuple[int, Value]]]:
    """(at, value) of every usable reading, per tag, in the order given.

    A null, a number that is none or endless, and a value of bad quality say nothing, as if never received.
    """
    sorted_out: dict[str, list[tuple[int, Value]]] = {}
    for at, tag, _stream, _seq, value, quality in readings:
        if quality < LOWEST_USABLE or value is None:
            continue
        if isinstance(value, str) or -_ENDLESS < value < _ENDLESS:
            try:
                sorted_out[tag].append((at, value))
            except KeyError:
                sorted_out[tag] = [(at, value)]
    return sorted_out
