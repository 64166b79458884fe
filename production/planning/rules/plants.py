"""What a plan is made from and what comes of it, as arrays: one place in each is one item, order or line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
# Whole numbers in as few bytes as they need.
Whole = NDArray[np.signedinteger[Any]]
Flags = NDArray[np.bool_]

MILLION = 1_000_000
# What a quantity can be in the books: twelve digits before the point.
LARGEST = 10**12 * MILLION
NOBODY = 2**31 - 1
WEEK = 7


class TooMuch(ValueError):
    """More of an item (`place` in the arrays; -1 unknown) would be needed than a quantity can say."""

    def __init__(self, place: int) -> None:
        super().__init__(f"item at place {place} needs more than 10^12 units")
        self.place = place


def week_of(day: Whole) -> Whole:
    """The week a day counts in; what is overdue counts in the first."""
    return np.asarray(np.maximum(day, 0) // WEEK)


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

    def before(self, day: int) -> Ints:
        """The places of those that are due before a day."""
        return np.flatnonzero(self.day < day)


@dataclass(frozen=True)
class Lines:
    """What one base unit of a parent uses of a child: `numerator / denominator` with loss, plus `fixed` an order."""

    parent: Ints
    child: Ints
    numerator: Ints
    denominator: Ints
    fixed: Ints

    def among(self, chosen: Flags | Ints) -> "Lines":
        """Some of them."""
        return Lines(*(row[chosen] for row in (self.parent, self.child, self.numerator, self.denominator, self.fixed)))


@dataclass(frozen=True)
class Levels:
    """`of` each item its level, 0 on top. Lines of a loop are not followed: `followed` says which are.

    `loop` names the items of one loop in order, the first again at the end; empty: there is none.
    """

    of: Ints
    followed: Flags
    loop: list[int]


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
    # How deep the items stand, where it is known already.
    levels: Levels | None = None


@dataclass(frozen=True)
class Planned:
    """What is proposed: item places, quantity, day due, day of release; `cause` or NOBODY. No wider than needed."""

    item: Whole
    quantity: Whole
    due: Whole
    release: Whole
    cause: Whole

    @property
    def week(self) -> Whole:
        """In which it arrives."""
        return week_of(self.due)

    def among(self, chosen: Flags) -> "Planned":
        """Some of them."""
        if chosen.all():
            return self
        return Planned(*(row[chosen] for row in (self.item, self.quantity, self.due, self.release, self.cause)))

    @classmethod
    def joined(cls, parts: "Sequence[Planned]") -> "Planned":
        """All of them one after the other; of nothing, nothing."""
        if not parts:
            return cls(*(np.zeros(0, dtype=np.int64) for _ in range(5)))
        rows = zip(*((one.item, one.quantity, one.due, one.release, one.cause) for one in parts), strict=True)
        return cls(*(np.concatenate(row) for row in rows))


@dataclass(frozen=True)
class Netted:
    """The result: how deep each item stands, and the orders. `loop` names a loop."""

    level: Ints
    planned: Planned
    loop: list[int]
