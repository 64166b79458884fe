"""What kinds of places and of moves there are, and where documents of stock stand."""

from enum import StrEnum


class LocationKind(StrEnum):
    """STORE, LOCATION and BIN make the tree; PALLET stands in it and can be moved; the rest have their own meaning.

    SUBCONTRACTOR holds our stock at a partner. The last five are outside the stock: what lies there is nobody's
    balance, they only say from where a move came and to where it went.
    """

    STORE = "STORE"
    LOCATION = "LOCATION"
    BIN = "BIN"
    PALLET = "PALLET"
    STAGING = "STAGING"
    QUARANTINE = "QUARANTINE"
    SCRAP = "SCRAP"
    TRANSIT = "TRANSIT"
    SUBCONTRACTOR = "SUBCONTRACTOR"
    SUPPLIER = "SUPPLIER"
    CUSTOMER = "CUSTOMER"
    PRODUCTION = "PRODUCTION"
    ADJUSTMENT = "ADJUSTMENT"
    OPENING = "OPENING"


OUTSIDE = frozenset(
    {
        LocationKind.SUPPLIER,
        LocationKind.CUSTOMER,
        LocationKind.PRODUCTION,
        LocationKind.ADJUSTMENT,
        LocationKind.OPENING,
    }
)
# From here stock is offered for picking and production.
PICKABLE = frozenset({LocationKind.STORE, LocationKind.LOCATION, LocationKind.BIN, LocationKind.PALLET})


class MoveKind(StrEnum):
    OPENING = "OPENING"
    RECEIVE = "RECEIVE"
    RETURN_TO_SUPPLIER = "RETURN_TO_SUPPLIER"
    TRANSFER = "TRANSFER"
    ISSUE = "ISSUE"
    RETURN = "RETURN"
    OUTPUT = "OUTPUT"
    REGRADE = "REGRADE"
    SCRAP = "SCRAP"
    ADJUST = "ADJUST"
    DISPATCH = "DISPATCH"
    RETURN_FROM_CUSTOMER = "RETURN_FROM_CUSTOMER"


class OldMoveKind(StrEnum):
    """What a move of the system used before was for."""

    PURCHASE = "PURCHASE"
    SALE = "SALE"
    PRODUCTION = "PRODUCTION"
    ISSUE = "ISSUE"
    TRANSFER = "TRANSFER"
    COUNT = "COUNT"
    OTHER = "OTHER"


class ReservationStatus(StrEnum):
    ACTIVE = "ACTIVE"
    USED = "USED"
    FREED = "FREED"


class CountStatus(StrEnum):
    OPEN = "OPEN"
    COUNTED = "COUNTED"
    POSTED = "POSTED"
    CANCELLED = "CANCELLED"


COUNT_MOVES: dict[CountStatus, frozenset[CountStatus]] = {
    CountStatus.OPEN: frozenset({CountStatus.COUNTED, CountStatus.CANCELLED}),
    CountStatus.COUNTED: frozenset({CountStatus.OPEN, CountStatus.POSTED, CountStatus.CANCELLED}),
    CountStatus.POSTED: frozenset(),
    CountStatus.CANCELLED: frozenset(),
}
