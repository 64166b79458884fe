"""How stock is refilled, how lots are sized, and where a suggestion stands."""

from enum import StrEnum


class Method(StrEnum):
    """REORDER_POINT orders by the lot rule when stock falls to the point; MIN_MAX fills up to the most."""

    REORDER_POINT = "REORDER_POINT"
    MIN_MAX = "MIN_MAX"


class LotRule(StrEnum):
    LOT_FOR_LOT = "LOT_FOR_LOT"
    FIXED = "FIXED"
    EOQ = "EOQ"
    PERIOD = "PERIOD"


class SuggestionStatus(StrEnum):
    OPEN = "OPEN"
    TAKEN = "TAKEN"
    DISMISSED = "DISMISSED"
    GONE = "GONE"
