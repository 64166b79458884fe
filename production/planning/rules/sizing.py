"""Lots of many items at once: the same rules as those of one item in inventory's replenishment, on whole tables."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def needs_until(gross: Ints, scheduled: Ints, on_hand: Ints, safety: Ints) -> Ints:
    """How much must have arrived by the end of each week: the running most of what is missing, never falling.

    Its growth in a week is the net requirement of 04-definitions 4.10, max(0, gross + safety - previous available -
    scheduled receipts), if each week were given just what it misses.
    """
    missing = np.cumsum(gross - scheduled, axis=1)
    missing += (safety - on_hand)[:, None]
    np.maximum(missing, 0, out=missing)
    return np.asarray(np.maximum.accumulate(missing, axis=1, out=missing))


def lots(needed: Ints, least: Ints, multiple: Ints, cover: Ints) -> Ints:
    """What arrives in each week. `needed` as of `needs_until`; `multiple` ≥ 1, `cover` weeks ≥ 1.

    A lot comes in the first week that misses something, serves `cover` weeks from there, is at least `least` and a
    whole number of `multiple`; what it brings beyond its need serves the weeks after it.
    """
    arrived = np.empty_like(needed)
    plain = (cover == 1) & (least <= multiple)
    exact = plain & (multiple == 1)
    stepped = np.flatnonzero(plain & ~exact)
    searched = np.flatnonzero(~plain)
    arrived[exact] = needed[exact]
    if len(stepped):
        # Whole lots add up to whole lots, so that each week stands at the next whole number of them.
        arrived[stepped] = rounded_up(needed[stepped], multiple[stepped, None])
    if len(searched):
        arrived[searched] = _searched(needed[searched], least[searched], multiple[searched], cover[searched])
    arrived[:, 1:] -= arrived[:, :-1].copy()
    return arrived


def rounded_up(quantity: Ints, multiple: Ints) -> Ints:
    """The next whole number of multiples."""
    return np.asarray(-(-quantity // multiple) * multiple)


def _searched(needed: Ints, least: Ints, multiple: Ints, cover: Ints) -> Ints:
    """What has arrived by each week, where one lot depends on the one before."""
    # Week by week: each in one piece.
    table = np.ascontiguousarray(needed.T)
    weeks, arrived = len(table), np.zeros(len(needed), dtype=np.int64)
    found = np.empty_like(table)
    for week in range(weeks):
        short = np.flatnonzero(table[week] > arrived)
        wanted = table[np.minimum(week + cover[short], weeks) - 1, short] - arrived[short]
        arrived[short] += rounded_up(np.maximum(wanted, least[short]), multiple[short])
        found[week] = arrived
    return found.T
