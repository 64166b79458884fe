"""Lots of many items at once: the same rules as those of one item in inventory's replenishment, on whole tables."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def needs_until(missing: Ints, before: Ints, ahead: int) -> Ints:
    """How much must have arrived by the end of each week: the running most of what is missing, never falling.

    `missing`: what each item (row) misses in each week; `before`: what it misses at the start, below zero what it has.
    Gives a row a week, in which the items of a week lie side by side, and `ahead` rows more as the last. Its growth in
    a week is the net requirement of 04-definitions 4.10, max(0, gross + safety - previous available - scheduled
    receipts), if each week were given just what it misses.
    """
    items, weeks = missing.shape
    found = np.empty((weeks + ahead, items), dtype=np.int64)
    short, most = before, np.zeros(items, dtype=np.int64)
    for week in range(weeks):
        short = short + missing[:, week]
        most = np.maximum(most, short, out=found[week])
    found[weeks:] = most
    return found


def lots(needed: Ints, weeks: int, least: Ints, multiple: Ints, cover: Ints) -> tuple[Ints, Ints, Ints]:
    """What arrives: week, item and quantity of each lot, the earlier weeks first.

    `needed` as of `needs_until`, as far ahead as the longest `cover` (weeks, ≥ 1) looks; `multiple` ≥ 1. A lot comes in
    the first week that misses something, serves `cover` weeks from there, is at least `least` and a whole number of
    `multiple`; what it brings beyond its need serves the weeks after it.
    """
    count = needed.shape[1]
    by_cell = needed.reshape(-1)
    arrived = np.zeros(count, dtype=np.int64)
    until = (cover - 1) * count + np.arange(count)
    items, quantities = [], []
    for week in range(weeks):
        (short,) = (needed[week] > arrived).nonzero()
        come = arrived.take(short)
        lot = by_cell.take(until.take(short)) - come
        lot = rounded_up(np.maximum(lot, least.take(short), out=lot), multiple.take(short))
        arrived[short] = come + lot
        until += count
        items.append(short)
        quantities.append(lot)
    counts = [len(one) for one in items]
    return np.repeat(np.arange(weeks), counts), np.concatenate(items), np.concatenate(quantities)


def rounded_up(quantity: Ints, multiple: Ints) -> Ints:
    """The next whole number of multiples."""
    return np.asarray(quantity + -quantity % multiple)
