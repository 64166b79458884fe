"""What happens to dispatches, told as a person would."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from inventory.dispatch.states import DispatchStatus

CREATED = EventType("dispatch.created", _("Dispatch {about[0]} to {about[1]} was begun; it is collected at {staging}"))
PICKED = EventType("dispatch.picked", _("{what} was picked at {place} for {about[0]}"))
OTHER_LOT = EventType(
    "dispatch.other_lot", _("{what} was picked at {place} for {about[0]} instead of {instead}: {note}")
)
PUT_BACK = EventType("dispatch.put_back", _("{what} of {about[0]} was put back to {place}"))
SHORT = EventType("dispatch.short", _("Less is sent with {about[0]}: {missing} {unit} of {item} are missing, {reason}"))
ON_PALLET = EventType("dispatch.on_pallet", _("{what} of {about[0]} was put on pallet {pallet}"))
PACKED = EventType("dispatch.packed", _("Dispatch {about[0]} was packed"))
UNPACKED = EventType("dispatch.unpacked", _("Dispatch {about[0]} was opened again"))
CANCELLED = EventType("dispatch.cancelled", _("Dispatch {about[0]} was cancelled: {reason}"))
SENT = EventType("dispatch.sent", _("Dispatch {about[0]} left for {about[1]} with {carrier}"))
DELIVERED = EventType(
    "dispatch.delivered", _("Dispatch {about[0]} was delivered to {about[1]}, received by {received_by}")
)
CAME_BACK = EventType("dispatch.came_back", _("{about[1]} sent {what} of {about[0]} back to {place}: {reason}"))

STATUS_WORDS = {
    DispatchStatus.PICKING: _("being picked"),
    DispatchStatus.PACKED: _("packed"),
    DispatchStatus.DISPATCHED: _("under way"),
    DispatchStatus.DELIVERED: _("delivered"),
    DispatchStatus.CANCELLED: _("cancelled"),
}
