"""When this happened, these react. The whole wiring of the house, readable in one table."""

from collections.abc import Mapping, Sequence

from factory_core.events.types import EventType
from factory_core.jobs.wiring import Reaction
from factory_core.plant.events import PLACE_ADDED
from production.downtime import events as downtime
from production.downtime.reactions import follow_machine_state
from production.materials.reactions import follow_count
from production.oee.reactions import follow_changed_stop, follow_corrected_stop, follow_late_states
from production.orders import events as orders
from telemetry.devices.reactions import enrol_plant_gateway
from telemetry.states.events import MACHINE_STATE_CHANGED

WIRING: Mapping[EventType, Sequence[Reaction]] = {
    PLACE_ADDED: [Reaction(enrol_plant_gateway)],
    MACHINE_STATE_CHANGED: [Reaction(follow_machine_state, in_order_of="machine_id"), Reaction(follow_late_states)],
    downtime.DOWNTIME_FOUND: [Reaction(follow_changed_stop)],
    downtime.DOWNTIME_EXPLAINED: [Reaction(follow_changed_stop)],
    downtime.REASON_CHANGED: [Reaction(follow_changed_stop)],
    downtime.REASON_FROM_MACHINE: [Reaction(follow_changed_stop)],
    downtime.REASON_TAKEN_BACK: [Reaction(follow_changed_stop)],
    downtime.DOWNTIME_SPLIT: [Reaction(follow_changed_stop)],
    downtime.DOWNTIMES_MERGED: [Reaction(follow_changed_stop)],
    downtime.SPLIT_UNDONE: [Reaction(follow_corrected_stop)],
    downtime.MERGE_UNDONE: [Reaction(follow_corrected_stop)],
    downtime.DOWNTIME_CORRECTED: [Reaction(follow_corrected_stop)],
    orders.GOOD_REPORTED: [Reaction(follow_count)],
    orders.SCRAP_REPORTED: [Reaction(follow_count)],
    orders.COUNT_CORRECTED: [Reaction(follow_count)],
}
