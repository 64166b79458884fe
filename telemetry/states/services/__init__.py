"""The acts of this room: deriving states, rebuilding them, and setting the rule they follow."""

from telemetry.states.services.derive import (
    Derived,
    derive_machine,
    derive_machines,
    rebuild_states,
)
from telemetry.states.services.rules import RuleAlreadyThere, UnusableRule, set_state_rule

__all__ = [
    "Derived",
    "RuleAlreadyThere",
    "UnusableRule",
    "derive_machine",
    "derive_machines",
    "rebuild_states",
    "set_state_rule",
]
