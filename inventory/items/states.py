"""What an item is, how its pieces are told apart, and where a revision stands."""

from enum import StrEnum


class ItemKind(StrEnum):
    RAW = "RAW"
    COMPONENT = "COMPONENT"
    PRODUCT = "PRODUCT"
    CONSUMABLE = "CONSUMABLE"
    PACKAGING = "PACKAGING"
    SPARE = "SPARE"
    TOOL = "TOOL"


class Tracking(StrEnum):
    """Whether stock of an item is told apart: not at all, by lot, or piece by piece."""

    NONE = "NONE"
    LOT = "LOT"
    SERIAL = "SERIAL"


class PickRule(StrEnum):
    """Which stock is proposed first: what expires first, or what arrived first."""

    FEFO = "FEFO"
    FIFO = "FIFO"


class Valuation(StrEnum):
    AVERAGE = "AVERAGE"
    FIFO = "FIFO"


class RevisionStatus(StrEnum):
    DRAFT = "DRAFT"
    RELEASED = "RELEASED"
    OBSOLETE = "OBSOLETE"


REVISION_MOVES: dict[RevisionStatus, frozenset[RevisionStatus]] = {
    RevisionStatus.DRAFT: frozenset({RevisionStatus.RELEASED, RevisionStatus.OBSOLETE}),
    RevisionStatus.RELEASED: frozenset({RevisionStatus.OBSOLETE}),
    RevisionStatus.OBSOLETE: frozenset(),
}


class Dimension(StrEnum):
    """Units convert into each other only inside one of these."""

    COUNT = "COUNT"
    MASS = "MASS"
    LENGTH = "LENGTH"
    AREA = "AREA"
    VOLUME = "VOLUME"
    TIME = "TIME"
    ENERGY = "ENERGY"
