"""What a downtime, its reason and its correction can be."""

from enum import StrEnum


class DowntimeStatus(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    # Became part of another downtime; kept, so that a merge can be undone and the story stays.
    MERGED = "MERGED"
    # Late data showed that the machine ran; kept, since people may have seen it.
    VOID = "VOID"


# A downtime in one of these occupies its machine's time line.
STANDING = (DowntimeStatus.OPEN, DowntimeStatus.CLOSED)


class ReasonKind(StrEnum):
    PLANNED = "PLANNED"
    UNPLANNED = "UNPLANNED"
    SETUP = "SETUP"


class ReasonSource(StrEnum):
    OPERATOR = "OPERATOR"
    MACHINE = "MACHINE"
    SUPERVISOR = "SUPERVISOR"


class CorrectionKind(StrEnum):
    MOVE = "MOVE"
    REMOVE = "REMOVE"


class CorrectionStatus(StrEnum):
    PROPOSED = "PROPOSED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


# Machine states in which a machine that is meant to work does not. Set-up and maintenance are kept apart, being off
# and being silent are not downtime: nobody knows what the machine did.
STOP_STATES = frozenset({"IDLE", "BLOCKED", "STARVED", "STOPPED", "FAULT"})
