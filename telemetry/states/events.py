"""What happens to a machine's time line, and to the rule behind it."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from factory_core.web.display import display_state, display_word
from telemetry.states.states import MachineState

# Payload: machine_id, state, word, since (of the newest interval), redrawn_from, redrawn_to (null: up to
# the present). One event a pass: who needs more reads the intervals of the redrawn stretch.
MACHINE_STATE_CHANGED = EventType(
    "telemetry.machine_state_changed",
    _("{about[0]}: {state} since {since}"),
    {"state": {state.value: display_word(state, display_state(state)) for state in MachineState}},
)

# Payload: machine_id, number, valid_from.
STATE_RULE_SET = EventType("telemetry.state_rule_set", _("{about[1]} got state rule {number}"))
