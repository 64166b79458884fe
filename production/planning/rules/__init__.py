"""Net requirements on arrays: plain figures in, plain figures out."""

from production.planning.rules.days import FURTHEST_BACK, WEEK, WorkDays
from production.planning.rules.levels import Levels, levels_of, spread
from production.planning.rules.netting import (
    LARGEST,
    MILLION,
    NOBODY,
    Dated,
    Lines,
    Netted,
    Planned,
    Plant,
    TooMuch,
    net_requirements,
)
from production.planning.rules.sizing import lots, needs_until, rounded_up

__all__ = [
    "FURTHEST_BACK", "LARGEST", "MILLION", "NOBODY", "WEEK", "Dated", "Levels", "Lines", "Netted", "Planned", "Plant",
    "TooMuch", "WorkDays", "levels_of", "lots", "needs_until", "net_requirements", "rounded_up", "spread",
]  # fmt: skip
