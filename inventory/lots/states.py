"""What a lot may be used for, and the moves between."""

from enum import StrEnum


class LotStatus(StrEnum):
    """OPEN: nobody has judged it (usable unless the item is inspected); HOLD and REJECTED block every use."""

    OPEN = "OPEN"
    HOLD = "HOLD"
    RELEASED = "RELEASED"
    REJECTED = "REJECTED"


USABLE = frozenset({LotStatus.OPEN, LotStatus.RELEASED})

LOT_MOVES: dict[LotStatus, frozenset[LotStatus]] = {
    LotStatus.OPEN: frozenset({LotStatus.HOLD, LotStatus.RELEASED, LotStatus.REJECTED}),
    LotStatus.HOLD: frozenset({LotStatus.RELEASED, LotStatus.REJECTED}),
    LotStatus.RELEASED: frozenset({LotStatus.HOLD, LotStatus.REJECTED}),
    LotStatus.REJECTED: frozenset({LotStatus.HOLD}),
}
