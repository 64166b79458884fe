"""What happens to lots."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from inventory.lots.states import LotStatus

LOT_CREATED = EventType("lots.lot_created", _("Lot {about[0]} of {about[1]} was entered"))
LOT_COMPLETED = EventType("lots.lot_completed", _("Lot {about[0]} of {about[1]}: more became known of it"))
LOT_HELD = EventType("lots.lot_held", _("Lot {about[0]} of {about[1]} was put on hold: {reason}"))
LOT_RELEASED = EventType("lots.lot_released", _("Lot {about[0]} of {about[1]} was released"))
LOT_REJECTED = EventType("lots.lot_rejected", _("Lot {about[0]} of {about[1]} was rejected: {reason}"))
LOT_USED = EventType("lots.lot_used", _("{quantity} {unit} of lot {about[0]} went into lot {about[1]}"))
USE_TAKEN_BACK = EventType(
    "lots.use_taken_back", _("{quantity} {unit} of lot {about[0]} did not go into lot {about[1]} after all")
)

JUDGED = {
    LotStatus.HOLD: LOT_HELD,
    LotStatus.RELEASED: LOT_RELEASED,
    LotStatus.REJECTED: LOT_REJECTED,
}

STATUS_WORDS = {
    LotStatus.OPEN: _("open"),
    LotStatus.HOLD: _("on hold"),
    LotStatus.RELEASED: _("released"),
    LotStatus.REJECTED: _("rejected"),
}
