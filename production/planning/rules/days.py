"""Days as numbers: day 0 is the plan's first day, weeks are seven days from there, working days counted back."""

from collections.abc import Collection
from datetime import date, timedelta

import numpy as np

from production.planning.rules.plants import WEEK, Whole

# Monday to Friday, where no shift says otherwise (ISO 8601: Monday is 1).
USUAL_DAYS = frozenset({1, 2, 3, 4, 5})
# Nothing is planned further back than this: a lead time of more than ten years is a typing error.
FURTHEST_BACK = 3660


class WorkDays:
    """The days of a site around a first day: which are worked, and so many working days before another.

    Days outside the table count as its ends. `latest`: the last day asked for, as a number.
    """

    def __init__(
        self,
        first: date,
        latest: int,
        *,
        weekdays: Collection[int] = USUAL_DAYS,
        closed: Collection[date] = (),
    ) -> None:
        self.first, self.latest = first, latest
        numbers = np.arange(-FURTHEST_BACK, latest + 1, dtype=np.int64)
        works = np.isin((numbers + first.isoweekday() - 1) % WEEK + 1, sorted(weekdays or USUAL_DAYS))
        for day in closed:
            number = (day - first).days + FURTHEST_BACK
            if 0 <= number < len(works):
                works[number] = False
        self._worked = numbers[works].astype(np.int32)
        # before[n]: how many worked days lie before day n.
        self._before: Whole = np.concatenate(([0], np.cumsum(works)))[:-1].astype(np.int32)

    def number(self, day: date) -> int:
        """A day as a number."""
        return (day - self.first).days

    def date(self, number: int) -> date:
        """A number as a day."""
        return self.first + timedelta(days=number)

    def back(self, days: Whole, leads: Whole) -> Whole:
        """So many working days before each day; a lead of nothing is the day itself."""
        place = np.clip(days, -FURTHEST_BACK, self.latest) + FURTHEST_BACK
        at = self._before.take(place) - leads
        if not len(self._worked):
            return days - leads
        found: Whole = self._worked.take(at, mode="clip")
        return np.where(leads > 0, found, days)
