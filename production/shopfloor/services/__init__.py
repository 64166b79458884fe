"""Acts of the shop floor: calls for help, instructions and checks, the work at a station, handovers."""

from production.shopfloor.services.calls import (
    NoSuchCall,
    UnknownHelp,
    answer_call,
    call_help,
    end_call,
    escalate_call,
)
from production.shopfloor.services.checking import confirm_step, record_check, take_back_check

__all__ = [
    "NoSuchCall",
    "UnknownHelp",
    "answer_call",
    "call_help",
    "confirm_step",
    "end_call",
    "escalate_call",
    "record_check",
    "take_back_check",
]
