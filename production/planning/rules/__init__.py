"""Net requirements on arrays: plain figures in, plain figures out."""

from production.planning.rules.days import FURTHEST_BACK, WorkDays
from production.planning.rules.levels import as_planned, levels_of, spread
from production.planning.rules.netting import net_requirements
from production.planning.rules.plants import (
    LARGEST,
    MILLION,
    NOBODY,
    WEEK,
    Dated,
    Levels,
    Lines,
    Netted,
    Planned,
    Plant,
    TooMuch,
)

__all__ = [
    "FURTHEST_BACK", "LARGEST", "MILLION", "NOBODY", "WEEK", "Dated", "Levels", "Lines", "Netted", "Planned", "Plant",
    "TooMuch", "WorkDays", "as_planned", "levels_of", "net_requirements", "spread",
]  # fmt: skip
