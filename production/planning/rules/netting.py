"""Time-phased net requirements over all levels of a plant (04-definitions 4.10), level by level, all items at once.

Quantities are whole millionths of the base unit in 64 bits: no figure drifts. Weeks are buckets of netting; inside a
week the earliest day somebody needs the item is kept, so that releases and due dates are days, not weeks.
"""

from dataclasses import replace

import numpy as np

from production.planning.rules.days import FURTHEST_BACK, WorkDays
from production.planning.rules.levels import as_planned, levels_of
from production.planning.rules.plants import (
    LARGEST,
    NOBODY,
    WEEK,
    Ints,
    Lines,
    Netted,
    Planned,
    Plant,
    TooMuch,
    Whole,
    week_of,
)
from production.planning.rules.sizing import lots, needs_until
from production.planning.rules.wants import Wants

_SAFE = 2**62


def net_requirements(plant: Plant, days: WorkDays, weeks: int) -> Netted:
    """Plan `weeks` weeks. What is due later is not looked at. Raises TooMuch.

    Lines of a loop are not followed; the loop is named. A parent's need of a child
    falls on the day the parent's order is released, rounded up to a millionth. A day before the first day counts in
    the first week and keeps its day: it is late, never dropped.
    """
    count = len(plant.on_hand)
    levels = plant.levels or levels_of(count, plant.lines.parent, plant.lines.child)
    lines = plant.lines
    if levels.loop:
        lines = lines.among(levels.followed)
    try:
        planned = _Run(plant, lines, levels.of, days, weeks).all()
    except TooMuch as refusal:
        raise TooMuch(int(np.argsort(levels.of, kind="stable")[refusal.place]) if refusal.place >= 0 else -1) from None
    return Netted(levels.of, planned, levels.loop)


class _Run:
    """One calculation: items stand in the order of their levels, so that a level is one stretch of every table."""

    def __init__(self, plant: Plant, lines: Lines, level: Ints, days: WorkDays, weeks: int) -> None:
        self.plant, self.days, self.weeks = plant, days, weeks
        count = len(level)
        self.order = np.argsort(level, kind="stable").astype(np.int32)
        self.place = np.empty(count, dtype=np.int64)
        self.place[self.order] = np.arange(count)
        self.ends = np.cumsum(np.bincount(level)).tolist()
        self.stocked = ~plant.passes[self.order]
        self.missing = np.where(plant.passes, 0, plant.safety - plant.on_hand)[self.order]
        self.least = np.where(plant.passes, 0, plant.least)[self.order]
        self.multiple = np.where(plant.passes, 1, plant.multiple)[self.order]
        self.cover = np.where(plant.passes, 1, np.minimum(plant.cover, weeks))[self.order]
        self.lead = np.where(plant.passes, 0, plant.lead)[self.order].astype(np.int32)
        self.works = plant.works[self.order]
        self._lie(lines, level)
        self.wants = Wants(count, weeks, len(plant.demand.item) + len(plant.started.item))

    def _lie(self, lines: Lines, level: Ints) -> None:
        """The lines of each parent one after the other."""
        parent = self.place[lines.parent]
        if (parent[1:] < parent[:-1]).any():
            lines = lines.among(as_planned(lines.parent, level))
            parent = self.place[lines.parent]
        self.lines_of = np.bincount(parent, minlength=len(self.place))
        self.first_line = np.cumsum(self.lines_of) - self.lines_of
        self.child = self.place[lines.child] * self.weeks
        self.numerator, self.denominator, self.fixed = lines.numerator, lines.denominator, lines.fixed
        self.broken = lines.denominator != 1
        self.has_fixed = bool(self.fixed.any())
        self.largest_numerator = int(self.numerator.max(initial=0))

    def all(self) -> Planned:
        """Top down."""
        self._start()
        found: list[Planned] = []
        above = 0
        for below in self.ends:
            planned = self._level(above, below)
            if len(planned.item):
                found.append(planned)
                self._down(planned.item, planned.release, planned.quantity, planned.cause)
            above = below
        whole = Planned.joined(found)
        if not self.stocked.all():
            whole = whole.among(self.stocked[whole.item])
        whole.cause[whole.cause == self.wants.nobody] = NOBODY
        return replace(whole, item=self.order.take(whole.item))

    def _start(self) -> None:
        plant, end = self.plant, self.weeks * WEEK
        wanted = plant.demand
        soon = wanted.before(end)
        day = np.maximum(wanted.day[soon], -FURTHEST_BACK)
        self.wants.add(
            self._cell(self.place[wanted.item[soon]], day), wanted.quantity[soon], self.wants.urgency(day, soon)
        )
        came = plant.scheduled
        # What comes of a phantom is not looked at: it is not stocked.
        soon = np.flatnonzero((came.day < end) & ~plant.passes[came.item])
        self.wants.take(self._cell(self.place[came.item[soon]], came.day[soon]), came.quantity[soon])
        begun = plant.started
        soon = begun.before(end)
        day = np.maximum(begun.day[soon], -FURTHEST_BACK)
        self._down(self.place[begun.item[soon]], day, begun.quantity[soon], soon + len(wanted.item))

    def _cell(self, item: Ints, day: Ints) -> Ints:
        return np.asarray(item * self.weeks + week_of(day))

    def _level(self, above: int, below: int) -> Planned:
        part = slice(above, below)
        cover = self.cover[part]
        missing = self.wants.missing.reshape(-1, self.weeks)[part]
        needed = needs_until(missing, self.missing[part], int(cover.max()) - 1)
        if int(needed[-1].max()) > LARGEST:
            raise TooMuch(above + int(needed[-1].argmax()))
        week, item, quantity = lots(needed, self.weeks, self.least[part], self.multiple[part], cover)
        if int(quantity.max(initial=0)) > LARGEST:
            raise TooMuch(above + int(item[int(quantity.argmax())]))
        item = item + above
        due, cause = self.wants.first_of(item * self.weeks + week)
        # Where the safety stock is missing somebody needs it now.
        now = np.flatnonzero(week == 0)
        now = now[self.missing[item[now]] > 0]
        due[now] = np.minimum(due[now], 0)
        release = self._release(part, item, due)
        return Planned(
            item.astype(np.int32), quantity, due.astype(np.int16), release.astype(np.int16), cause.astype(np.int32)
        )

    def _release(self, part: slice, item: Ints, due: Whole) -> Whole:
        lead = self.lead.take(item)
        works = self.works[part]
        if works.all():
            release = self.days.back(due, lead)
        elif not works.any():
            release = due - lead
        else:
            release = np.where(self.works[item], self.days.back(due, lead), due - lead)
        return np.maximum(release, -FURTHEST_BACK)

    def _down(self, item: Whole, day: Whole, quantity: Whole, cause: Whole) -> None:
        """What these orders need of their children on their day of release: the first line of each, the second, …"""
        line, left = self.first_line.take(item), self.lines_of.take(item)
        week, urgency = week_of(day), self.wants.urgency(day, cause)
        while len(line):
            fewest = int(left.min())
            for _n in range(fewest):
                self.wants.add(self.child.take(line) + week, self._times(quantity, line), urgency)
                line = line + 1
            more = np.flatnonzero(left > fewest)
            line, left, week = line[more], left[more] - fewest, week[more]
            quantity, urgency = quantity[more], urgency[more]

    def _times(self, quantity: Whole, line: Ints) -> Ints:
        """quantity x numerator / denominator and what an order needs besides, rounded up, exactly."""
        top = self.numerator.take(line)
        if int(quantity.max()) * self.largest_numerator < _SAFE:
            found = quantity * top
            # Most lines are whole, and division is slow.
            parts = np.flatnonzero(self.broken.take(line))
            found[parts] = -(-found.take(parts) // self.denominator.take(line.take(parts)))
        else:
            found = self._exactly(quantity, top, line)
        return found + self.fixed[line] if self.has_fixed else found

    def _exactly(self, quantity: Whole, top: Ints, line: Ints) -> Ints:
        """The same where 64 bits do not hold what lies between."""
        bottom = self.denominator[line]
        wide = quantity.astype(np.float64) * top >= _SAFE
        found = -(-(np.where(wide, 0, quantity) * top) // bottom)
        for at in np.flatnonzero(wide).tolist():
            exact = -(-(int(quantity[at]) * int(top[at])) // int(bottom[at]))
            if exact > LARGEST:
                raise TooMuch(int(self.child[line[at]]) // self.weeks)
            found[at] = exact
        return np.asarray(found)
