"""The states a machine can be in, and the few faces a screen shows for them."""

from enum import StrEnum
from typing import Final


class MachineState(StrEnum):
    """What a machine does, in the words of the contracts (section 4)."""

    PRODUCING = "PRODUCING"
    SETUP = "SETUP"
    IDLE = "IDLE"
    BLOCKED = "BLOCKED"
    STARVED = "STARVED"
    STOPPED = "STOPPED"
    FAULT = "FAULT"
    MAINTENANCE = "MAINTENANCE"
    OFF = "OFF"
    NO_DATA = "NO_DATA"


# "slow" and "ask" need an order and a downtime: production adds them, telemetry cannot know.
DISPLAY_FAMILY: Final[dict[str, str]] = {
    MachineState.PRODUCING: "run",
    MachineState.SETUP: "setup",
    MachineState.IDLE: "wait",
    MachineState.BLOCKED: "wait",
    MachineState.STARVED: "wait",
    MachineState.STOPPED: "stop",
    MachineState.FAULT: "stop",
    MachineState.MAINTENANCE: "plan",
    MachineState.OFF: "off",
    MachineState.NO_DATA: "off",
}

# Words of our own for stretches about which the machine itself said nothing.
SILENT: Final = "SILENT"
NOTHING_SAID: Final = ""
