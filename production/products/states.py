"""Where a bill of materials and a routing stand, and the words of their lines. Plain Python."""

from enum import StrEnum


class DesignStatus(StrEnum):
    """Only a draft changes; a released one is used from its day on; an obsolete one is kept for what was made by it."""

    DRAFT = "DRAFT"
    RELEASED = "RELEASED"
    OBSOLETE = "OBSOLETE"


DESIGN_MOVES: dict[DesignStatus, frozenset[DesignStatus]] = {
    DesignStatus.DRAFT: frozenset({DesignStatus.RELEASED}),
    DesignStatus.RELEASED: frozenset({DesignStatus.OBSOLETE}),
    DesignStatus.OBSOLETE: frozenset(),
}


class LineKind(StrEnum):
    """What a line of a bill of materials is: it goes in, or it comes out beside the item."""

    COMPONENT = "COMPONENT"
    CO_PRODUCT = "CO_PRODUCT"
    BY_PRODUCT = "BY_PRODUCT"


class IssuePolicy(StrEnum):
    """How material is taken: by itself with each report at its step, by itself at the end, or real lots by hand."""

    STEP = "STEP"
    END = "END"
    PICKED = "PICKED"


class CountBy(StrEnum):
    """Who counts the pieces of an operation. BOTH: the machine counts, people report what it does not see."""

    MACHINE = "MACHINE"
    PERSON = "PERSON"
    BOTH = "BOTH"


class TimeRule(StrEnum):
    """When several people work on one operation: each counts fully, or they share the time that passed."""

    EACH = "EACH"
    SHARED = "SHARED"


class CheckKind(StrEnum):
    NUMBER = "NUMBER"
    YES_NO = "YES_NO"
    CHOICE = "CHOICE"
    DATE = "DATE"
    TEXT = "TEXT"
    PHOTO = "PHOTO"


class CheckWhen(StrEnum):
    """At the first piece of a run, every so many pieces, at the last piece."""

    FIRST = "FIRST"
    EVERY = "EVERY"
    LAST = "LAST"


def can_move(here: str, there: str) -> bool:
    """Whether a design may go from one status to another."""
    return DesignStatus(there) in DESIGN_MOVES[DesignStatus(here)]
