"""Who can be called to a machine."""

from enum import StrEnum


class HelpKind(StrEnum):
    SUPERVISOR = "supervisor"
    MAINTENANCE = "maintenance"
    QUALITY = "quality"
    MATERIAL = "material"
