"""What a wall display can show. Plain Python."""

from enum import StrEnum


class BoardKind(StrEnum):
    FLOOR = "floor"
    FIGURES = "figures"
    HOURS = "hours"
    LOSSES = "losses"
    TODAY = "today"
    CALLS = "calls"


# A board nobody can read in the time it stands, and one that hides the next for an hour, are mistakes of set-up.
SHORTEST_S, LONGEST_S, USUAL_S = 5, 3600, 20
MOST_BOARDS = 12
