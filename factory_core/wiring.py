"""When this happened, these react. The whole wiring of the house, readable in one table."""

from collections.abc import Mapping, Sequence

from factory_core.events.types import EventType
from factory_core.jobs.wiring import Reaction
from factory_core.plant.events import PLACE_ADDED
from production.downtime.reactions import follow_machine_state
from telemetry.devices.reactions import enrol_plant_gateway
from telemetry.states.events import MACHINE_STATE_CHANGED

WIRING: Mapping[EventType, Sequence[Reaction]] = {
    PLACE_ADDED: [Reaction(enrol_plant_gateway)],
    MACHINE_STATE_CHANGED: [Reaction(follow_machine_state, in_order_of="machine_id")],
}
