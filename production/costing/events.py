"""What happens to rates, rolled-up costs and cost sheets. Amounts are never told: they have their own right."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from production.costing.states import CostKind

RATE_SET = EventType("costing.rate_set", _("The rates of {about[0]} from {valid_from} were set"))
LABOUR_RATE_SET = EventType("costing.labour_rate_set", _("An hour of labour at {about[0]} from {valid_from} was set"))
ENERGY_PRICE_SET = EventType("costing.energy_price_set", _("The energy price of {about[0]} from {valid_from} was set"))
ROLLED_UP = EventType(
    "costing.rolled_up", _("The cost of {about[0]} was rolled up for {on}, {findings} things have no price")
)
ALL_ROLLED_UP = EventType(
    "costing.all_rolled_up", _("The costs of {count} items were rolled up for {on}, {findings} of them lack a price")
)
ROLL_UP_FAILED = EventType("costing.roll_up_failed", _("The costs for {on} could not be rolled up: {reason}"))
ROLLUP_ACCEPTED = EventType(
    "costing.rollup_accepted", _("The rolled-up cost of {about[0]} for {on} became its standard cost")
)
ORDER_SETTLED = EventType("costing.order_settled", _("The cost of order {about[0]} was settled"))

KIND_WORDS = {
    CostKind.MATERIAL: _("material"),
    CostKind.LABOUR: _("labour"),
    CostKind.MACHINE: _("machine"),
    CostKind.OVERHEAD: _("overhead"),
    CostKind.ENERGY: _("energy"),
    CostKind.BESIDE: _("beside"),
}
VARIANCE_WORDS = {
    "material_price": _("material price"),
    "material_usage": _("material usage"),
    "labour_rate": _("labour rate"),
    "labour_efficiency": _("labour efficiency"),
    "machine_rate": _("machine rate"),
    "machine_efficiency": _("machine efficiency"),
    "overhead_spending": _("overhead spending"),
    "overhead_efficiency": _("overhead efficiency"),
    "energy": _("energy"),
}
FINDING_WORDS = {
    "price": _("{what} has no price"),
    "rate": _("{what} has no rate"),
    "cycle": _("{what} is made of itself"),
}
