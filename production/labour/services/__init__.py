"""Acts on working time."""

from production.labour.services.clock import begin_work, end_work, hand_over, pause_work
from production.labour.services.correcting import add_entry, correct_entry, void_entry
from production.labour.services.refusals import (
    AlreadyEnded,
    BeforeBegin,
    EntryOverlaps,
    KeyOfOther,
    NobodyNamed,
    NothingChanged,
    NotYet,
    NotYourTime,
    PausedWork,
    ReasonNeeded,
    StepOver,
    WrongPlace,
)

__all__ = [
    "AlreadyEnded",
    "BeforeBegin",
    "EntryOverlaps",
    "KeyOfOther",
    "NobodyNamed",
    "NotYet",
    "NotYourTime",
    "NothingChanged",
    "PausedWork",
    "ReasonNeeded",
    "StepOver",
    "WrongPlace",
    "add_entry",
    "begin_work",
    "correct_entry",
    "end_work",
    "hand_over",
    "pause_work",
    "void_entry",
]
