"""Bills of materials as arrays: dissolving phantoms, low-level codes, explosion level by level.

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
class BomArrays:
    """One entry a component line in force, phantoms dissolved. `parent` and `child` are ids of items.

    `per_unit`: base units of the child for one base unit of the parent, without loss; of a `fixed` line: for one
    order whatever its quantity. `loss`: share from 0 up (0.05 is five percent); gross is release × per_unit × (1 +
    loss). `level`: low-level code of the parent, so that lines ordered by it are in the order of netting; `items`
    (ascending) and `item_level` say it of each item that appears: 0 is used in nothing. `line`: the id of the line
    that names the child.
    """

    parent: Whole
    child: Whole
    per_unit: Real
    loss: Real
    fixed: Flags
    level: NDArray[np.int32]
    items: Whole
    item_level: NDArray[np.int32]
    line: Whole


@dataclass(frozen=True)
class RawLines:
    """Lines as they are read: `phantom` says that the child's own bill of materials is a phantom's."""

    parent: Whole
    child: Whole
    per_unit: Real
    loss: Real
    fixed: Flags
    phantom: Flags
    line: Whole

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
    more: list[tuple[int, int, float, float, bool, bool, int]] = []
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
                more.append((top, int(lines.child[i]), each, lost, still, False, int(lines.line[i])))
    added = list(zip(*more, strict=True)) if more else [()] * 7
    kept = (lines.parent, lines.child, lines.per_unit, lines.loss, lines.fixed, lines.phantom, lines.line)
    joined = [
        np.concatenate([column[stay], np.asarray(new, dtype=column.dtype)])
        for column, new in zip(kept, added, strict=True)
    ]
    return RawLines(*joined)


def arranged(lines: RawLines) -> BomArrays:
    """Lines with low-level codes, ordered by the level of the parent. Raises RunsInARing."""
    items, places = np.unique(np.concatenate([lines.parent, lines.child]), return_inverse=True)
    parent, child = places[: len(lines)], places[len(lines) :]
    levels = low_level_codes(parent, child, len(items))
    order = np.argsort(levels[parent], kind="stable")
    return BomArrays(
        parent=lines.parent[order],
        child=lines.child[order],
        per_unit=lines.per_unit[order],
        loss=lines.loss[order],
        fixed=lines.fixed[order],
        level=levels[parent][order],
        items=items,
        item_level=levels,
        line=lines.line[order],
    )


def low_level_codes(parent: NDArray[np.intp], child: NDArray[np.intp], count: int) -> NDArray[np.int32]:
    """The deepest level at which each thing 0 … count-1 is used; 0 is used in nothing. Raises RunsInARing."""
    levels = np.zeros(count, dtype=np.int32)
    for _level in range(DEEPEST):
        deeper = levels[parent] + 1
        rise = deeper > levels[child]
        if not rise.any():
            return levels
        np.maximum.at(levels, child[rise], deeper[rise])
    raise RunsInARing


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
    items, places = np.unique(np.concatenate([lines.parent, lines.child, np.array([top])]), return_inverse=True)
    order = np.argsort(places[: len(lines)], kind="stable")
    parent, child = places[: len(lines)][order], places[len(lines) : -1][order]
    per_unit, loss, fixed = lines.per_unit[order], lines.loss[order], lines.fixed[order]
    first = np.searchsorted(parent, np.arange(len(items) + 1))
    here, release = np.array([places[-1]]), np.array([amount], dtype=np.int64)
    found: list[tuple[NDArray[np.intp], Whole]] = []
    while len(here) and (levels is None or len(found) < levels):
        if len(found) > DEEPEST:
            raise RunsInARing
        counts = first[here + 1] - first[here]
        rows = _ranges(first[here], counts)
        if not len(rows):
            break
        needs = gross(np.repeat(release, counts), per_unit[rows], loss[rows], fixed[rows])
        here, belongs = np.unique(child[rows], return_inverse=True)
        release = np.zeros(len(here), dtype=np.int64)
        np.add.at(release, belongs, needs)
        found.append((here, release))
    used = np.concatenate([one for one, _amount in found]) if found else np.empty(0, dtype=np.intp)
    return Exploded(
        level=np.repeat(np.arange(1, len(found) + 1, dtype=np.int32), [len(one) for one, _amount in found]),
        item=items[used],
        amount=np.concatenate([one for _here, one in found]) if found else np.empty(0, dtype=np.int64),
        has_lines=first[used + 1] > first[used],
    )


def _ranges(starts: NDArray[np.intp], counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """The numbers start … start+count-1 of each pair, one after the other."""
    total = int(counts.sum())
    ends = np.cumsum(counts)
    numbers: NDArray[np.intp] = np.arange(total) + np.repeat(starts - (ends - counts), counts)
    return numbers
