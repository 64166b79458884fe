"""What becomes of promises, told when it changes."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from production.promises.states import Cause, Risk

ORDER_BROKEN = EventType("promises.order_broken", _("Order {about[0]} will be late: expected {finish}, due {due}"))
ORDER_KEPT = EventType("promises.order_kept", _("Order {about[0]} will be in time again: expected {finish}"))
ORDER_UNKNOWN = EventType("promises.order_unknown", _("Nobody can tell any more when order {about[0]} will be done"))
LINE_BROKEN = EventType(
    "promises.line_broken",
    _("Position {position} of {about[0]} ({item}) will be late: expected {ready}, promised {due}"),
)
LINE_KEPT = EventType(
    "promises.line_kept", _("Position {position} of {about[0]} ({item}) will be in time again: expected {ready}")
)
LINE_UNKNOWN = EventType(
    "promises.line_unknown", _("Nobody can tell any more when position {position} of {about[0]} ({item}) will be ready")
)

RISK_WORDS = {
    Risk.NONE: _("in time"),
    Risk.TIGHT: _("tight"),
    Risk.LATE: _("late"),
    Risk.UNKNOWN: _("unknown"),
}
CAUSE_WORDS = {
    Cause.MATERIAL: _("material"),
    Cause.STOP: _("stop"),
    Cause.QUEUE: _("queue"),
    Cause.CAPACITY: _("capacity"),
    Cause.CHILD: _("order before it"),
    Cause.HOLD: _("held lots"),
    Cause.NOTHING_MADE: _("nothing made"),
    Cause.STARTED_LATE: _("started late"),
    Cause.NOT_SENT: _("not sent"),
}
