"""What is wanted of each item in each week, and who wants it first: two tables that the levels of a plan fill."""

import numpy as np

from production.planning.rules.days import FURTHEST_BACK
from production.planning.rules.plants import LARGEST, WEEK, Ints, TooMuch, Whole

_SAFE = 2**62


class Wants:
    """Items stand one after the other, each with its weeks: a cell is `item * weeks + week`.

    `missing`: what is wanted less what comes. `first`: how urgent the most urgent need of the week is, and whose it is,
    in one number that can be compared (the larger, the earlier; of the same day, the earlier cause); 0: nobody's.
    """

    def __init__(self, items: int, weeks: int, causes: int) -> None:
        """`causes`: how many there are; this number itself stands for nobody."""
        self.items, self.weeks, self.nobody = items, weeks, causes
        self._latest, self._bits = weeks * WEEK, causes.bit_length()
        most_urgent = (self._latest + FURTHEST_BACK + 1) << self._bits
        self.missing = np.zeros(items * weeks, dtype=np.int64)
        self.first: Whole = np.zeros(items * weeks, dtype=np.int32 if most_urgent < 2**31 else np.int64)
        self._most, self._sums = 0.0, np.zeros(0)

    def urgency(self, day: Whole, cause: Whole) -> Whole:
        """A day of need and who stands behind it as `first` holds it."""
        kind = self.first.dtype
        return ((self._latest - day.astype(kind)) << self._bits) | (self.nobody - cause.astype(kind))

    def first_of(self, cell: Ints) -> tuple[Whole, Whole]:
        """The day of the first need of these cells, and its cause; the first day of its week where nobody needs it."""
        first = self.first.take(cell)
        day = self._latest - (first >> self._bits)
        if not first.all():
            day = np.where(first == 0, cell % self.weeks * WEEK, day).astype(first.dtype)
        return day, self.nobody - (first & ((1 << self._bits) - 1))

    def add(self, cell: Ints, quantity: Ints, urgency: Whole) -> None:
        """So much more is wanted, so urgently. Raises TooMuch, with the place among the items of the tables."""
        self.bound(quantity, cell)
        np.add.at(self.missing, cell, quantity)
        np.maximum.at(self.first, cell, urgency)

    def take(self, cell: Ints, quantity: Ints) -> None:
        """So much comes. Raises TooMuch."""
        coming = quantity.sum(dtype=np.float64)
        self._most += coming
        if self._most >= _SAFE and coming > LARGEST:
            raise TooMuch(-1)
        np.subtract.at(self.missing, cell, quantity)

    def bound(self, quantity: Ints, cell: Ints) -> None:
        """Sums in 64 bits turn round without a word; what could come near is added up in floating point first."""
        self._most += quantity.sum(dtype=np.float64)
        if self._most < _SAFE:
            return
        if not len(self._sums):
            self._sums = self.missing.reshape(self.items, self.weeks).sum(axis=1, dtype=np.float64)
        self._sums += np.bincount(cell // self.weeks, weights=quantity.astype(np.float64), minlength=self.items)
        if self._sums.max() > LARGEST:
            raise TooMuch(int(self._sums.argmax()))
