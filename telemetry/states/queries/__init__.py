"""What others may ask this room."""

from telemetry.states.queries.timeline import (
    ProgramCycle,
    StateSpan,
    current_states,
    cycles_of,
    intervals,
    piece_count,
    state_totals,
    unknown_words,
)

__all__ = [
    "ProgramCycle",
    "StateSpan",
    "current_states",
    "cycles_of",
    "intervals",
    "piece_count",
    "state_totals",
    "unknown_words",
]
