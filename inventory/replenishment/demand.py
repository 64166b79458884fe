"""Who asks for stock: rooms and apps above say at start what they want, since replenishment knows none of them."""

from collections.abc import Callable, Collection, Iterable
from datetime import date
from decimal import Decimal

# item id, quantity in base units, the day it is due (None: now)
Wanted = tuple[int, Decimal, date | None]
# (item ids, site id) → everything wanted of them there and not yet delivered
Demand = Callable[[Collection[int], int], Iterable[Wanted]]

_offered: dict[Demand, frozenset[str]] = {}


def offer_demand(demand: Demand, covers: Collection[str] = ()) -> None:
    """Count this demand (called when an app starts).

    `covers`: kinds of sources whose reservations this demand speaks for already, so that they do not count twice.
    """
    _offered[demand] = frozenset(covers)


def demands() -> list[Demand]:
    """Everybody who wants something."""
    return list(_offered)


def covered() -> frozenset[str]:
    """The kinds of sources that some demand speaks for."""
    return frozenset().union(*_offered.values())


# (item ids, site id, whether to keep plans of the site away until the transaction ends) → how much of each is planned,
# or asked for by the plan's people already, and for which day
Planned = dict[int, tuple[Decimal, date]]
Planner = Callable[[Collection[int], int, bool], Planned]
_planners: list[Planner] = []


def offer_planner(planner: Planner) -> None:
    """Say which items are ordered by a plan (called when an app starts): no rule suggests them besides."""
    _planners.append(planner)


def planned(items: Collection[int], site_id: int, *, hold: bool = False) -> Planned:
    """Which of these items a plan orders. `hold`: no plan of the site is made until the transaction ends."""
    found: Planned = {}
    for planner in _planners:
        found |= planner(items, site_id, hold)
    return found
