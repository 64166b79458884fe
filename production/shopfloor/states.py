"""Who can be called to a machine, and where a handover stands."""

from enum import StrEnum


class HelpKind(StrEnum):
    SUPERVISOR = "supervisor"
    MAINTENANCE = "maintenance"
    QUALITY = "quality"
    MATERIAL = "material"


class HandoverStatus(StrEnum):
    DRAFT = "DRAFT"
    SIGNED = "SIGNED"
    # Somebody of the next shift has read it.
    TAKEN = "TAKEN"
