"""What a person does on an operation, and how a stretch of it ended. Plain Python."""

from enum import StrEnum


class LabourKind(StrEnum):
    SETUP = "SETUP"
    RUN = "RUN"
    REWORK = "REWORK"


class EndedBy(StrEnum):
    """PAUSE: the person will go on. DONE: the person's part is done. HANDOVER: somebody took over. FIXED: put right
    by a supervisor."""

    PAUSE = "PAUSE"
    DONE = "DONE"
    HANDOVER = "HANDOVER"
    FIXED = "FIXED"
