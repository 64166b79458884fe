"""Bills of materials as arrays: dissolving phantoms, explosion level by level.

Quantities are whole millionths of a base unit (the six digits that are stored). What one line needs is rounded to a
millionth; sums are exact. Up to LARGEST that is what reckoning with decimals gives.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MILLION = 1_000_000
# Above this, a double no longer holds every millionth.
LARGEST = 10**9 * MILLION
# No real product is so deep; whoever comes here runs in a ring.
DEEPEST = 200

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
Flags = NDArray[np.bool_]


class RunsInARing(ValueError):
    """The structure contains itself."""


class TooMuch(ValueError):
    """A quantity is too large to be reckoned to the millionth."""


@dataclass(frozen=True)
class RawLines:
    """One entry a component line in force; `parent` and `child` are ids of items.

    `per_unit`: base units of the child for one base unit of the parent, without loss; of a `fixed` line: for one
    order whatever its quantity. `loss`: share from 0 up (0.05 is five percent); gross is release × per_unit × (1 +
    loss). `phantom`: the child's own bill of materials is a phantom's.
    """

    parent: Whole
    child: Whole
    per_unit: Real
    loss: Real
    fixed: Flags
    phantom: Flags

    def __len__(self) -> int:
        return len(self.parent)


def dissolved(lines: RawLines, keep: frozenset[int] = frozenset()) -> RawLines:
    """The lines with each phantom component replaced by its own; lines below a phantom go unless it is in `keep`.

    Raises RunsInARing.
    """
    if not lines.phantom.any():
        return lines
    below: dict[int, list[int]] = defaultdict(list)
    phantoms = set(lines.child[lines.phantom].tolist())
    for index in np.flatnonzero(np.isin(lines.parent, list(phantoms))).tolist():
        below[int(lines.parent[index])].append(index)
    stay = ~lines.phantom & ~np.isin(lines.parent, list(phantoms - keep))
    more: list[tuple[int, int, float, float, bool, bool]] = []
    waiting = [
        (int(lines.parent[i]), int(i), float(lines.per_unit[i]), float(lines.loss[i]), bool(lines.fixed[i]), 1)
        for i in np.flatnonzero(lines.phantom & ~np.isin(lines.parent, list(phantoms - keep)))
    ]
    while waiting:
        top, at, per, loss, fixed, depth = waiting.pop()
        if depth > DEEPEST:
            raise RunsInARing
        for i in below[int(lines.child[at])]:
            # A fixed amount inside a phantom stays what it is, whatever the phantom's quantity.
            each = float(lines.per_unit[i]) * (1.0 if lines.fixed[i] else per)
            lost = (1 + float(lines.loss[i])) * (1 if lines.fixed[i] else 1 + loss) - 1
            still = fixed or bool(lines.fixed[i])
            if lines.phantom[i]:
                waiting.append((top, i, each, lost, still, depth + 1))
            else:
                more.append((top, int(lines.child[i]), each, lost, still, False))
    added = list(zip(*more, strict=True)) if more else [()] * 6
    kept = (lines.parent, lines.child, lines.per_unit, lines.loss, lines.fixed, lines.phantom)
    joined = [
        np.concatenate([column[stay], np.asarray(new, dtype=column.dtype)])
        for column, new in zip(kept, added, strict=True)
    ]
    return RawLines(*joined)


def gross(release: Whole, per_unit: Real, loss: Real, fixed: Flags) -> Whole:
    """What lines need for a release, in millionths: release × per × (1 + loss), fixed lines once. Raises TooMuch."""
    needed = np.where(fixed, float(MILLION), release) * per_unit * (1 + loss)
    if len(needed) and float(needed.max()) > LARGEST:
        raise TooMuch
    return np.floor(needed + 0.5).astype(np.int64)


@dataclass(frozen=True)
class Exploded:
    """What a quantity of the top needs: one row a (level, item), in this order; `amount` in millionths."""

    level: NDArray[np.int32]
    item: Whole
    amount: Whole
    has_lines: Flags


def exploded(lines: RawLines, top: int, amount: int, levels: int | None = None) -> Exploded:
    """Explode level by level; each level's needs are summed by item first, so the work is lines × levels, not paths.

    `lines`: phantoms dissolved. A fixed line counts once for an item and level. Raises RunsInARing, TooMuch.
    """
    order = np.argsort(lines.parent, kind="stable")
    parent, child, per_unit = lines.parent[order], lines.child[order], lines.per_unit[order]
    loss, fixed = lines.loss[order], lines.fixed[order]
    here, release = np.array([top]), np.array([amount], dtype=np.int64)
    found: list[tuple[Whole, Whole]] = []
    made: list[Flags] = []
    while len(here):
        if len(found) > DEEPEST:
            raise RunsInARing
        first = np.searchsorted(parent, here)
        counts = np.searchsorted(parent, here, side="right") - first
        made.append(counts > 0)
        rows = _ranges(first, counts)
        if not len(rows) or (levels is not None and len(found) >= levels):
            break
        needs = gross(np.repeat(release, counts), per_unit[rows], loss[rows], fixed[rows])
        here, release = _summed(child[rows], needs)
        found.append((here, release))
    return Exploded(
        level=np.repeat(np.arange(1, len(found) + 1, dtype=np.int32), [len(one) for one, _amount in found]),
        item=np.concatenate([one for one, _amount in found]) if found else np.empty(0, dtype=np.int64),
        amount=np.concatenate([one for _here, one in found]) if found else np.empty(0, dtype=np.int64),
        has_lines=np.concatenate([np.empty(0, dtype=bool), *made[1:]]),
    )


def distinct(values: Whole) -> Whole:
    """Each value once, in order. Sorting them is several times faster than the hashing of `np.unique`."""
    ordered = np.sort(values)
    once: Whole = ordered[np.concatenate([np.ones(len(ordered[:1]), dtype=bool), ordered[1:] != ordered[:-1]])]
    return once


def _summed(items: Whole, amounts: Whole) -> tuple[Whole, Whole]:
    """Each item once, in order, with the sum of its amounts."""
    order = np.argsort(items)
    ordered = items[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return ordered[starts], np.add.reduceat(amounts[order], starts)


def _ranges(starts: NDArray[np.intp], counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """The numbers start … start+count-1 of each pair, one after the other."""
    total = int(counts.sum())
    ends = np.cumsum(counts)
    numbers: NDArray[np.intp] = np.arange(total) + np.repeat(starts - (ends - counts), counts)
    return numbers
