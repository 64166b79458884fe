"""Time-phased net requirements over all levels of a plant (04-definitions 4.10), level by level, all items at once.

Quantities are whole millionths of the base unit in 64 bits: no figure drifts. Weeks are buckets of netting; inside a
week the earliest day somebody needs the item is kept, so that releases and due dates are days, not weeks.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from production.planning.rules.days import FURTHEST_BACK, WEEK, WorkDays
from production.planning.rules.levels import levels_of, spread
from production.planning.rules.sizing import lots, needs_until

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MILLION = 1_000_000
# What a quantity can be in the books: twelve digits before the point.
LARGEST = 10**12 * MILLION
NOBODY = 2**31 - 1
_SAFE = 2**62
# A week without demand: its earliest need lies behind everything.
_NEVER = np.int64(2**62)
# Added to a day it is above zero, however far back.
_FIRST = FURTHEST_BACK * 4


class TooMuch(ValueError):
    """More of an item (`place` in the arrays; -1 unknown) would be needed than a quantity can say."""

    def __init__(self, place: int) -> None:
        super().__init__(f"item at place {place} needs more than 10^12 units")
        self.place = place


@dataclass(frozen=True)
class Dated:
    """So much of items on days; `item` is a place in the arrays of `Plant`. Before day 0 is overdue, and so now."""

    item: Ints
    day: Ints
    quantity: Ints

    @classmethod
    def none(cls) -> "Dated":
        """Nothing at all."""
        return cls(*(np.zeros(0, dtype=np.int64) for _ in range(3)))


@dataclass(frozen=True)
class Lines:
    """What one base unit of a parent uses of a child: `numerator / denominator` with loss, plus `fixed` an order."""

    parent: Ints
    child: Ints
    numerator: Ints
    denominator: Ints
    fixed: Ints

    def among(self, chosen: Flags) -> "Lines":
        """Some of them."""
        return Lines(*(row[chosen] for row in (self.parent, self.child, self.numerator, self.denominator, self.fixed)))


@dataclass(frozen=True)
class Plant:
    """All that is known when the plan is made. One place in each array is one item.

    `multiple` ≥ 1 (the smallest step of the unit), `cover` ≥ 1 weeks, `lead` days: working days where `works`, else
    days of the calendar. `passes`: a phantom, neither stocked nor ordered, only its own lines are.
    """

    on_hand: Ints
    safety: Ints
    least: Ints
    multiple: Ints
    cover: Ints
    lead: Ints
    works: Flags
    passes: Flags
    lines: Lines
    # What customers and open orders want; its place is the `cause` of what is planned for it.
    demand: Dated
    # Open orders whose material is not frozen: they need their item's lines on their day. Causes go on from `demand`.
    started: Dated = field(default_factory=Dated.none)
    scheduled: Dated = field(default_factory=Dated.none)


@dataclass(frozen=True)
class Planned:
    """What is proposed: item places, quantity, week of arrival, day due, day of release; `cause` or NOBODY."""

    item: Ints
    week: Ints
    quantity: Ints
    due: Ints
    release: Ints
    cause: Ints


@dataclass(frozen=True)
class Netted:
    """The result: orders, and per item and week gross needs, scheduled and planned receipts. `loop` names a loop."""

    level: Ints
    planned: Planned
    loop: list[int]
    # The tables stand in the order of the calculation; `_place` says where each item is.
    _place: Ints
    _gross: Ints
    _scheduled: Ints
    _receipts: Ints

    @property
    def gross(self) -> Ints:
        """What is needed of each item in each week."""
        return self._gross[self._place]

    @property
    def scheduled(self) -> Ints:
        """What is ordered already."""
        return self._scheduled[self._place]

    @property
    def receipts(self) -> Ints:
        """What is planned to arrive."""
        return self._receipts[self._place]

    def available(self, on_hand: Ints) -> Ints:
        """What is projected to be there at the end of each week."""
        return on_hand[:, None] + np.cumsum(self.scheduled + self.receipts - self.gross, axis=1)


def net_requirements(plant: Plant, days: WorkDays, weeks: int) -> Netted:
    """Plan `weeks` weeks. What is due later is not looked at. Raises TooMuch.

    Lines of a loop are not followed; the loop is named. A parent's need of a child
    falls on the day the parent's order is released, rounded up to a millionth. A day before the first day counts in
    the first week and keeps its day: it is late, never dropped.
    """
    count = len(plant.on_hand)
    levels = levels_of(count, plant.lines.parent, plant.lines.child)
    lines = plant.lines
    if levels.loop:
        lines = lines.among(levels.followed)
    return _Run(plant, lines, levels.of, days, weeks).all(levels.loop)


class _Run:
    """One calculation: items stand in the order of their levels, so that a level is one stretch of every table."""

    def __init__(self, plant: Plant, lines: Lines, level: Ints, days: WorkDays, weeks: int) -> None:
        self.plant, self.level, self.days, self.weeks = plant, level, days, weeks
        count = len(level)
        self.order = np.argsort(level, kind="stable")
        self.place = np.empty(count, dtype=np.int64)
        self.place[self.order] = np.arange(count)
        by_parent = np.argsort(self.place[lines.parent], kind="stable")
        self.child = self.place[lines.child[by_parent]]
        self.numerator, self.denominator = lines.numerator[by_parent], lines.denominator[by_parent]
        self.fixed = lines.fixed[by_parent]
        self.has_fixed = bool(self.fixed.any())
        self.largest_numerator = int(self.numerator.max(initial=0))
        self.first_line = np.searchsorted(self.place[lines.parent][by_parent], np.arange(count + 1))
        self.gross = np.zeros((count, weeks), dtype=np.int64)
        # The earliest day of need of a week, and who stands behind it, in one number that can be compared.
        self.needed = np.full((count, weeks), _NEVER, dtype=np.int64)
        self.scheduled = np.zeros((count, weeks), dtype=np.int64)
        self.receipts = np.zeros((count, weeks), dtype=np.int64)
        self.bound = 0

    def all(self, loop: list[int]) -> Netted:
        """Top down."""
        self._start()
        found = []
        starts = np.searchsorted(self.level[self.order], np.arange(self.level.max(initial=0) + 2))
        for above, below in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            if planned := self._level(above, below):
                found.append(planned)
                self._down(planned.item, planned.release, planned.quantity, planned.cause)
        back = self.order
        names = ("item", "week", "quantity", "due", "release", "cause")
        columns = [
            np.concatenate([getattr(one, name) for one in found]) if found else np.zeros(0, np.int64) for name in names
        ]
        columns[0] = back[columns[0]]
        real = slice(None) if not self.plant.passes.any() else ~self.plant.passes[columns[0]]
        return Netted(
            self.level, Planned(*(column[real] for column in columns)), loop,
            self.place, self.gross, self.scheduled, self.receipts,
        )  # fmt: skip

    def _start(self) -> None:
        plant, end = self.plant, self.weeks * WEEK
        wanted = plant.demand
        soon = np.flatnonzero(wanted.day < end)
        day = np.maximum(wanted.day[soon], -FURTHEST_BACK)
        self._want(self.place[wanted.item[soon]], _week_of(day), wanted.quantity[soon], _need(day, soon))
        came = plant.scheduled
        soon = np.flatnonzero(came.day < end)
        self._bound(came.quantity[soon])
        flat = self.place[came.item[soon]] * self.weeks + np.maximum(came.day[soon], 0) // WEEK
        np.add.at(self.scheduled.reshape(-1), flat, came.quantity[soon])
        begun = plant.started
        soon = np.flatnonzero(begun.day < end)
        day = np.maximum(begun.day[soon], -FURTHEST_BACK)
        self._down(self.place[begun.item[soon]], day, begun.quantity[soon], soon + len(wanted.item))

    def _level(self, above: int, below: int) -> Planned | None:
        plant, items = self.plant, self.order[above:below]
        stocked = ~plant.passes[items]
        on_hand, safety = plant.on_hand[items] * stocked, plant.safety[items] * stocked
        scheduled = self.scheduled[above:below]
        if not stocked.all():
            scheduled = scheduled * stocked[:, None]
        needed = needs_until(self.gross[above:below], scheduled, on_hand, safety)
        self._check(needed, items)
        least = np.where(stocked, plant.least[items], 0)
        multiple, cover = np.where(stocked, plant.multiple[items], 1), np.where(stocked, plant.cover[items], 1)
        arriving = lots(needed, least, multiple, cover)
        if int(arriving.max(initial=0)) > LARGEST:
            raise TooMuch(int(items[int(arriving.max(axis=1).argmax())]))
        self.receipts[above:below] = arriving
        flat = np.flatnonzero(arriving)
        if not len(flat):
            return None
        row, week = np.divmod(flat, self.weeks)
        due, cause = self._due(above, row, week, flat, safety > on_hand)
        lead = np.where(plant.passes[items], 0, plant.lead[items])[row]
        release = np.where(plant.works[items][row], self.days.back(due, lead), due - lead)
        release = np.maximum(release, -FURTHEST_BACK)
        return Planned(row + above, week, arriving.reshape(-1)[flat], due, release, cause)

    def _due(self, above: int, row: Ints, week: Ints, flat: Ints, under: Flags) -> tuple[Ints, Ints]:
        """The day each lot is needed: the first need of its week; where the safety stock is missing, day 0."""
        need = self.needed.reshape(-1)[flat + above * self.weeks]
        due, cause = (need >> 31) - _FIRST, need & NOBODY
        silent = need == _NEVER
        due, cause = np.where(silent, week * WEEK, due), np.where(silent, NOBODY, cause)
        now = (week == 0) & under[row]
        return np.where(now, np.minimum(due, 0), due), cause

    def _down(self, item: Ints, day: Ints, quantity: Ints, cause: Ints) -> None:
        """What these orders need of their children on their day of release."""
        starts = self.first_line[item]
        counts = self.first_line[item + 1] - starts
        line = spread(starts, counts)
        if not len(line):
            return
        wanted = self._times(np.repeat(quantity, counts), line)
        if self.has_fixed:
            wanted = wanted + self.fixed[line]
        self._want(self.child[line], np.repeat(_week_of(day), counts), wanted, np.repeat(_need(day, cause), counts))

    def _times(self, quantity: Ints, line: Ints) -> Ints:
        """quantity x numerator / denominator, rounded up, exactly."""
        top = self.numerator[line]
        most = int(quantity.max(initial=0))
        bottom = self.denominator[line]
        if most * self.largest_numerator < _SAFE:
            found = quantity * top
            # Most lines are whole, and division is slow.
            parts = np.flatnonzero(bottom != 1)
            found[parts] = -(-found[parts] // bottom[parts])
            return found
        wide = quantity.astype(np.float64) * top >= _SAFE
        found = -(-(np.where(wide, 0, quantity) * top) // bottom)
        for at in np.flatnonzero(wide).tolist():
            exact = -(-(int(quantity[at]) * int(top[at])) // int(bottom[at]))
            if exact > LARGEST:
                raise TooMuch(int(self.order[self.child[line[at]]]))
            found[at] = exact
        return np.asarray(found)

    def _want(self, item: Ints, week: Ints, quantity: Ints, need: Ints) -> None:
        self._bound(quantity, item)
        flat = item * self.weeks + week
        np.add.at(self.gross.reshape(-1), flat, quantity)
        np.minimum.at(self.needed.reshape(-1), flat, need)

    def _bound(self, quantity: Ints, item: Ints | None = None) -> None:
        """Sums in 64 bits turn round without a word; what could come near is added up in floating point first."""
        self.bound += int(quantity.max(initial=0)) * len(quantity)
        if self.bound < _SAFE:
            return
        if int(quantity.max(initial=0)) > LARGEST:
            raise TooMuch(-1 if item is None else int(self.order[item[int(quantity.argmax())]]))
        if item is None:
            if quantity.sum(dtype=np.float64) > LARGEST:
                raise TooMuch(-1)
            return
        whole = np.bincount(item, weights=quantity.astype(np.float64), minlength=len(self.order))
        whole += self.gross.sum(axis=1, dtype=np.float64)
        if whole.max() > LARGEST:
            raise TooMuch(int(self.order[int(whole.argmax())]))

    def _check(self, needed: Ints, items: Ints) -> None:
        if int(needed[:, -1].max(initial=0)) > LARGEST:
            raise TooMuch(int(items[int(needed[:, -1].argmax())]))


def _week_of(day: Ints) -> Ints:
    """The week a day counts in."""
    return np.asarray(np.maximum(day, 0) // WEEK)


def _need(day: Ints, cause: Ints) -> Ints:
    """A day of need and who stands behind it, in one number: the smaller, the earlier."""
    return np.asarray(((day + _FIRST) << 31) + cause)
