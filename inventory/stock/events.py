"""What happens to stock. `what` is quantity, unit, item and lot; `ref` the document behind, led in by a dot."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from inventory.stock.states import CountStatus, MoveKind

MOVED = {
    MoveKind.OPENING: EventType("stock.opened", _("{what} lay in {to} when the books were opened{ref}")),
    MoveKind.RECEIVE: EventType("stock.received", _("{what} received into {to}{ref}")),
    MoveKind.RETURN_TO_SUPPLIER: EventType("stock.returned_to_supplier", _("{what} went back to the supplier{ref}")),
    MoveKind.TRANSFER: EventType("stock.transferred", _("{what} went from {origin} to {to}{ref}")),
    MoveKind.ISSUE: EventType("stock.issued", _("{what} issued from {origin} to production{ref}")),
    MoveKind.RETURN: EventType("stock.taken_back", _("{what} came back from production into {to}{ref}")),
    MoveKind.OUTPUT: EventType("stock.made", _("{what} made and put into {to}{ref}")),
    MoveKind.REGRADE: EventType("stock.regraded", _("{what} regraded, from {origin} to {to}{ref}")),
    MoveKind.SCRAP: EventType("stock.scrapped", _("{what} scrapped from {origin}: {reason}{ref}")),
    MoveKind.ADJUST: EventType("stock.adjusted", _("{what} adjusted, from {origin} to {to}: {reason}{ref}")),
    MoveKind.DISPATCH: EventType("stock.dispatched", _("{what} left {origin} for {partner}{ref}")),
    MoveKind.RETURN_FROM_CUSTOMER: EventType(
        "stock.returned_by_customer", _("{what} came back from {partner} into {to}{ref}")
    ),
}
CORRECTED = EventType("stock.move_corrected", _("{what}: the move from {to} to {origin} was taken back: {reason}{ref}"))
RESERVED = EventType("stock.reserved", _("{what} in {place} reserved{ref}"))
FREED = EventType("stock.freed", _("{what} in {place} no longer reserved{ref}"))

PLACE_CREATED = EventType("stock.place_created", _("Place {about[0]} was set up{inside}"))
PLACE_CHANGED = EventType("stock.place_changed", _("Place {about[0]} was changed"))
PLACE_RETIRED = EventType("stock.place_retired", _("Place {about[0]} is no longer in use"))
PALLET_CREATED = EventType("stock.pallet_created", _("Pallet {about[0]} was begun, SSCC {sscc}"))
PALLET_MOVED = EventType("stock.pallet_moved", _("Pallet {about[0]} went from {origin} to {to}"))
COUNT_STARTED = EventType("stock.count_started", _("Count {about[0]} of {place} was begun: {lines} lines"))
LINE_COUNTED = EventType("stock.line_counted", _("{what} counted at {place} ({about[0]})"))
LINE_AGAIN = EventType("stock.line_to_count_again", _("{item} at {place} is to be counted again ({about[0]})"))
COUNT_FINISHED = EventType(
    "stock.count_finished", _("Count {about[0]} of {place} is finished and waits for acceptance")
)
COUNT_ACCEPTED = EventType(
    "stock.count_accepted", _("Count {about[0]} of {place} was accepted: {differences} differences")
)
COUNT_CANCELLED = EventType("stock.count_cancelled", _("Count {about[0]} of {place} was cancelled"))

COUNT_WORDS = {
    CountStatus.OPEN: _("being counted"),
    CountStatus.COUNTED: _("waiting for acceptance"),
    CountStatus.POSTED: _("accepted"),
    CountStatus.CANCELLED: _("cancelled"),
}
