"""What happens to the material and the goods of orders."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType

MATERIAL_ISSUED = EventType("materials.issued", _("{what} from {origin} went into order {about[0]}{why}"))
MATERIAL_GIVEN_BACK = EventType("materials.given_back", _("{what} of order {about[0]} came back to {to}{why}"))
MATERIAL_SHORT = EventType(
    "materials.short", _("Order {about[0]} used {missing} {unit} {item} that could not be taken from stock")
)
ISSUE_UNDONE = EventType(
    "materials.issue_undone", _("The booking of {what} on order {about[0]} was taken back: {reason}")
)
GOODS_OUT = EventType("materials.goods_out", _("{what} of order {about[0]} went to {to}"))
OUTPUT_UNDONE = EventType(
    "materials.output_undone", _("The output of {what} of order {about[0]} was taken back: {reason}")
)
ALTERNATE_USED = EventType("materials.alternate_used", _("Order {about[0]} uses {item} instead of {before}{why}"))
