"""What is planned, and where a planning run stands. Plain Python."""

from enum import StrEnum


class PlanKind(StrEnum):
    MAKE = "MAKE"
    BUY = "BUY"


class RunStatus(StrEnum):
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
