"""The kinds of cost and what overhead is laid on. Plain Python."""

from enum import StrEnum


class CostKind(StrEnum):
    MATERIAL = "MATERIAL"
    LABOUR = "LABOUR"
    MACHINE = "MACHINE"
    OVERHEAD = "OVERHEAD"
    ENERGY = "ENERGY"
    # What co- and by-products take away.
    BESIDE = "BESIDE"


class OverheadBase(StrEnum):
    LABOUR_HOURS = "LABOUR_HOURS"
    MACHINE_HOURS = "MACHINE_HOURS"


class RollupStatus(StrEnum):
    """Where a roll-up of everything stands."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


class SheetStatus(StrEnum):
    """OPEN: follows the facts. SETTLED: frozen with the order's closing."""

    OPEN = "OPEN"
    SETTLED = "SETTLED"
