"""Low-level codes: how deep an item stands at its deepest, so that all who need it are planned before it."""

import numpy as np

from production.planning.rules.plants import Ints, Levels


def levels_of(count: int, parent: Ints, child: Ints) -> Levels:
    """The longest way from the top to each of `count` items; lines lead from parent to child (places of items)."""
    followed = np.ones(len(parent), dtype=bool)
    level, stuck = _peeled(count, parent, child)
    if not len(stuck):
        return Levels(level, followed, [])
    below = _inside(set(stuck.tolist()), parent, child)
    inside = np.zeros(count, dtype=bool)
    inside[list(below)] = True
    followed = ~(inside[parent] & inside[child])
    level, _none = _peeled(count, parent[followed], child[followed])
    return Levels(level, followed, _walk(below))


def as_planned(parent: Ints, level: Ints) -> Ints:
    """The order in which lines are planned: those of the top first, those of a parent one after the other."""
    return np.lexsort((parent, level[parent]))


def spread(starts: Ints, counts: Ints) -> Ints:
    """The places starts[0], starts[0]+1, … of each stretch, one stretch after the other."""
    ends = np.cumsum(counts)
    return np.asarray(np.arange(int(counts.sum()), dtype=np.int64) + np.repeat(starts - (ends - counts), counts))


def _peeled(count: int, parent: Ints, child: Ints) -> tuple[Ints, Ints]:
    """Levels from the top down, and those never reached: on a loop or under one."""
    level = np.zeros(count, dtype=np.int64)
    waiting = np.bincount(child, minlength=count)
    children = child[np.argsort(parent, kind="stable")]
    starts = np.concatenate(([0], np.cumsum(np.bincount(parent, minlength=count))))
    ready = np.flatnonzero(waiting == 0)
    done = np.zeros(count, dtype=bool)
    depth = 0
    while len(ready):
        done[ready], level[ready] = True, depth
        below = children[spread(starts[ready], starts[ready + 1] - starts[ready])]
        waiting -= np.bincount(below, minlength=count)
        depth += 1
        reached = np.zeros(count, dtype=bool)
        reached[below] = True
        ready = np.flatnonzero(reached & (waiting == 0))
    return level, np.flatnonzero(~done)


def _inside(stuck: set[int], parent: Ints, child: Ints) -> dict[int, list[int]]:
    """The items on loops (and between two) with their children there; what only hangs under one is left out."""
    below: dict[int, list[int]] = {one: [] for one in stuck}
    for above, under in zip(parent.tolist(), child.tolist(), strict=True):
        if above in stuck and under in stuck:
            below[above].append(under)
    while ends := [one for one, further in below.items() if not further]:
        for one in ends:
            del below[one]
        below = {one: [under for under in further if under in below] for one, further in below.items()}
    return below


def _walk(below: dict[int, list[int]]) -> list[int]:
    """Down from the first one until an item comes again: the way between is a loop."""
    way: list[int] = []
    here = min(below)
    while here not in way:
        way.append(here)
        here = min(below[here])
    return [*way[way.index(here) :], here]
