"""Plants for net requirements written as a person writes them: items by name, quantities whole, weeks counted."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

import numpy as np

from production.planning.rules import MILLION, Dated, Lines, Netted, Plant, WorkDays, net_requirements

MONDAY = date(2026, 11, 23)


@dataclass
class Thing:
    """One item: stock, safety stock, lead time in weeks, and how its lots are sized."""

    on_hand: int = 0
    safety: int = 0
    lead: int = 0
    least: int = 0
    multiple: int = 1
    cover: int = 1
    passes: bool = False


@dataclass
class Sheet:
    """A planning problem: `uses` as (parent, child): (quantity, loss); needs and receipts by (name, week)."""

    things: dict[str, Thing]
    uses: dict[tuple[str, str], tuple[int, Fraction]] = field(default_factory=dict)
    demand: dict[tuple[str, int], int] = field(default_factory=dict)
    scheduled: dict[tuple[str, int], int] = field(default_factory=dict)
    weeks: int = 12

    def plan(self) -> Netted:
        """By the rules under test; a lead time of one week is seven days."""
        names, things = list(self.things), list(self.things.values())
        each = [Fraction(quantity) * (1 + loss) for quantity, loss in self.uses.values()]
        lines = Lines(
            _ints([names.index(parent) for parent, _child in self.uses]),
            _ints([names.index(child) for _parent, child in self.uses]),
            _ints([one.numerator for one in each]),
            _ints([one.denominator for one in each]),
            _ints([0] * len(each)),
        )
        plant = Plant(
            on_hand=_millions(thing.on_hand for thing in things),
            safety=_millions(thing.safety for thing in things),
            least=_millions(thing.least for thing in things),
            multiple=_millions(thing.multiple for thing in things),
            cover=_ints([thing.cover for thing in things]),
            lead=_ints([thing.lead * 7 for thing in things]),
            works=np.zeros(len(things), dtype=bool),
            passes=np.array([thing.passes for thing in things], dtype=bool),
            lines=lines,
            demand=self._dated(self.demand),
            scheduled=self._dated(self.scheduled),
        )
        return net_requirements(plant, WorkDays(MONDAY, self.weeks * 7), self.weeks)

    def releases(self, plan: Netted) -> dict[str, dict[int, int]]:
        """Name → week of release → quantity."""
        names = list(self.things)
        found: dict[str, dict[int, int]] = {}
        rows = zip(
            plan.planned.item.tolist(), plan.planned.release.tolist(), plan.planned.quantity.tolist(), strict=True
        )
        for item, day, quantity in rows:
            week = found.setdefault(names[item], {})
            week[day // 7] = week.get(day // 7, 0) + quantity // MILLION
        return found

    def receipts(self, plan: Netted) -> np.ndarray:
        """What is planned to arrive: a row an item, a column a week."""
        found = np.zeros((len(self.things), self.weeks), dtype=np.int64)
        found[plan.planned.item, plan.planned.week] = plan.planned.quantity
        return found

    def available(self, plan: Netted) -> np.ndarray:
        """What is projected to be there at the end of each week, of things that nothing else is made of."""
        on_hand = _millions(thing.on_hand for thing in self.things.values())
        moved = self._table(self.scheduled) + self.receipts(plan) - self._table(self.demand)
        return np.asarray(on_hand[:, None] + np.cumsum(moved, axis=1))

    def _table(self, wanted: dict[tuple[str, int], int]) -> np.ndarray:
        return _millions(wanted.get((name, week), 0) for name in self.things for week in range(self.weeks)).reshape(
            len(self.things), self.weeks
        )

    def _dated(self, wanted: dict[tuple[str, int], int]) -> Dated:
        names = list(self.things)
        return Dated(
            _ints([names.index(name) for name, _week in wanted]),
            _ints([week * 7 for _name, week in wanted]),
            _millions(wanted.values()),
        )


def _ints(numbers: object) -> np.ndarray:
    return np.array(list(numbers), dtype=np.int64)  # type: ignore[call-overload]  # any iterable of whole numbers


def _millions(numbers: object) -> np.ndarray:
    return _ints([number * MILLION for number in numbers])  # type: ignore[attr-defined]  # any iterable of numbers
