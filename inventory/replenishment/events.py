"""What happens to rules and suggestions, and how their words read."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from inventory.replenishment.states import LotRule, Method, SuggestionStatus

RULE_SET = EventType("replenishment.rule_set", _("The replenishment rule of {about[1]} was set"))
SUGGESTED = EventType("replenishment.suggested", _("{quantity} {unit} of {about[1]} were suggested, to order on {on}"))
SUGGESTION_TAKEN = EventType(
    "replenishment.suggestion_taken", _("The suggestion of {quantity} {unit} of {about[1]} was ordered with {about[2]}")
)
SUGGESTION_DISMISSED = EventType(
    "replenishment.suggestion_dismissed",
    _("The suggestion of {quantity} {unit} of {about[1]} was dismissed: {reason}"),
)

METHOD_WORDS = {Method.REORDER_POINT: _("Reorder point"), Method.MIN_MAX: _("Fill up to a most")}
LOT_RULE_WORDS = {
    LotRule.LOT_FOR_LOT: _("What is missing"),
    LotRule.FIXED: _("Whole lots of one size"),
    LotRule.EOQ: _("Economic lots"),
    LotRule.PERIOD: _("What so many days need"),
}
STATUS_WORDS = {
    SuggestionStatus.OPEN: _("open"),
    SuggestionStatus.TAKEN: _("ordered"),
    SuggestionStatus.DISMISSED: _("dismissed"),
    SuggestionStatus.GONE: _("no longer needed"),
}
FIGURE_WORDS = {
    "reorder_point": _("order when at or under"),
    "safety_stock": _("safety stock"),
    "most": _("fill up to"),
    "lot_quantity": _("lot quantity"),
    "least_quantity": _("least quantity"),
    "multiple": _("multiple of"),
    "period_days": _("days covered"),
    "yearly_demand": _("demand in a year"),
    "order_cost": _("cost of one order"),
    "holding_cost": _("cost of holding one for a year"),
    "demand": _("demand"),
}
FAULT_WORDS = {
    "missing": _("is missing"),
    "negative": _("is less than zero"),
    "zero": _("must be more than zero"),
    "under_point": _("must be more than the reorder point"),
}
