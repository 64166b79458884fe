"""When this happened, these react. The whole wiring of the house, readable in one table.

Reactions stand here by name: every process tells what happened, and only the worker loads what follows from it.
"""

from collections.abc import Mapping, Sequence

from factory_core.events.types import EventType
from factory_core.jobs.wiring import Reaction
from factory_core.plant.events import PLACE_ADDED
from inventory.purchasing import events as purchasing
from inventory.sales import events as sales
from production.downtime import events as downtime
from production.orders import events as orders
from telemetry.states.events import MACHINE_STATE_CHANGED

FORECAST_AGAIN = Reaction("production.promises.reactions.forecast_again")
FOLLOW_CHANGED_STOP = Reaction("production.oee.reactions.follow_changed_stop")
FOLLOW_CORRECTED_STOP = Reaction("production.oee.reactions.follow_corrected_stop")
FOLLOW_LATE_ORDER = Reaction("production.oee.reactions.follow_late_order")
FOLLOW_COUNT = Reaction("production.materials.reactions.follow_count")

# What moves the expected end of orders and sales lines; looked at together after a few seconds.
MOVES_PROMISES = (
    downtime.DOWNTIME_STARTED, downtime.DOWNTIME_ENDED,
    orders.ORDER_PLANNED, orders.ORDER_RELEASED, orders.QUANTITY_CHANGED, orders.PRIORITY_CHANGED, orders.ORDER_SPLIT,
    orders.ORDER_MERGED, orders.ORDER_CANCELLED, orders.ORDER_WITHDRAWN, orders.ORDER_FINISHED,
    orders.OPERATION_PLACED,
    purchasing.ORDER_RELEASED, purchasing.ORDER_PROMISED, purchasing.ORDER_CANCELLED, purchasing.ORDER_CLOSED_SHORT,
    purchasing.GOODS_RECEIVED, sales.ORDER_CONFIRMED, sales.ORDER_CANCELLED, sales.LINE_CHANGED, sales.CALLED_OFF,
)  # fmt: skip

WIRING: Mapping[EventType, Sequence[Reaction]] = {
    **{moved: [FORECAST_AGAIN] for moved in MOVES_PROMISES},
    PLACE_ADDED: [Reaction("telemetry.devices.reactions.enrol_plant_gateway")],
    MACHINE_STATE_CHANGED: [
        Reaction("production.downtime.reactions.follow_machine_state", in_order_of="machine_id"),
        Reaction("production.oee.reactions.follow_late_states"),
    ],
    downtime.DOWNTIME_FOUND: [FOLLOW_CHANGED_STOP],
    downtime.DOWNTIME_EXPLAINED: [FOLLOW_CHANGED_STOP],
    downtime.REASON_CHANGED: [FOLLOW_CHANGED_STOP],
    downtime.REASON_FROM_MACHINE: [FOLLOW_CHANGED_STOP],
    downtime.REASON_TAKEN_BACK: [FOLLOW_CHANGED_STOP],
    downtime.DOWNTIME_SPLIT: [FOLLOW_CHANGED_STOP],
    downtime.DOWNTIMES_MERGED: [FOLLOW_CHANGED_STOP],
    downtime.SPLIT_UNDONE: [FOLLOW_CORRECTED_STOP],
    downtime.MERGE_UNDONE: [FOLLOW_CORRECTED_STOP],
    downtime.DOWNTIME_CORRECTED: [FOLLOW_CORRECTED_STOP],
    orders.ORDER_STARTED: [FOLLOW_LATE_ORDER],
    orders.ORDER_PAUSED: [FOLLOW_LATE_ORDER],
    orders.ORDER_FINISHED: [
        FORECAST_AGAIN,
        FOLLOW_LATE_ORDER,
        Reaction("production.materials.reactions.follow_finish"),
    ],
    orders.OPERATION_STARTED: [FOLLOW_LATE_ORDER],
    orders.OPERATION_PAUSED: [FOLLOW_LATE_ORDER],
    orders.OPERATION_FINISHED: [FOLLOW_LATE_ORDER],
    orders.ORDER_CLOSED: [Reaction("production.costing.reactions.freeze_cost")],
    orders.GOOD_REPORTED: [FOLLOW_COUNT],
    orders.SCRAP_REPORTED: [FOLLOW_COUNT],
    orders.COUNT_CORRECTED: [FOLLOW_COUNT],
}
