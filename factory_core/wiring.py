"""When this happened, these react. The whole wiring of the house, readable in one table."""

from collections.abc import Mapping, Sequence

from factory_core.events.types import EventType
from factory_core.jobs.wiring import Reaction
from factory_core.plant.events import PLACE_ADDED
from inventory.purchasing import events as purchasing
from inventory.sales import events as sales
from production.costing.reactions import freeze_cost
from production.downtime import events as downtime
from production.downtime.reactions import follow_machine_state
from production.materials.reactions import follow_count, follow_finish
from production.oee.reactions import (
    follow_changed_stop,
    follow_corrected_stop,
    follow_late_order,
    follow_late_states,
)
from production.orders import events as orders
from production.promises.reactions import forecast_again
from telemetry.devices.reactions import enrol_plant_gateway
from telemetry.states.events import MACHINE_STATE_CHANGED

# What moves the expected end of orders and sales lines; looked at together after a few seconds.
MOVES_PROMISES = (
    downtime.DOWNTIME_STARTED, downtime.DOWNTIME_ENDED,
    orders.ORDER_PLANNED, orders.ORDER_RELEASED, orders.QUANTITY_CHANGED, orders.PRIORITY_CHANGED, orders.ORDER_SPLIT,
    orders.ORDER_MERGED, orders.ORDER_CANCELLED, orders.ORDER_FINISHED, orders.OPERATION_PLACED,
    purchasing.ORDER_RELEASED, purchasing.ORDER_PROMISED, purchasing.ORDER_CANCELLED, purchasing.ORDER_CLOSED_SHORT,
    purchasing.GOODS_RECEIVED, sales.ORDER_CONFIRMED, sales.ORDER_CANCELLED, sales.LINE_CHANGED, sales.CALLED_OFF,
)  # fmt: skip

WIRING: Mapping[EventType, Sequence[Reaction]] = {
    **{moved: [Reaction(forecast_again)] for moved in MOVES_PROMISES},
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
    orders.ORDER_STARTED: [Reaction(follow_late_order)],
    orders.ORDER_PAUSED: [Reaction(follow_late_order)],
    orders.ORDER_FINISHED: [Reaction(forecast_again), Reaction(follow_late_order), Reaction(follow_finish)],
    orders.OPERATION_STARTED: [Reaction(follow_late_order)],
    orders.OPERATION_PAUSED: [Reaction(follow_late_order)],
    orders.OPERATION_FINISHED: [Reaction(follow_late_order)],
    orders.ORDER_CLOSED: [Reaction(freeze_cost)],
    orders.GOOD_REPORTED: [Reaction(follow_count)],
    orders.SCRAP_REPORTED: [Reaction(follow_count)],
    orders.COUNT_CORRECTED: [Reaction(follow_count)],
}
