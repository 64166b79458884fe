"""How kinds of places and moves are called."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inventory.stock.states import LocationKind, MoveKind, OldMoveKind

MOVE_WORDS: dict[str, str | Promise] = {
    MoveKind.OPENING: _("Opening stock"),
    MoveKind.RECEIVE: _("Receipt"),
    MoveKind.RETURN_TO_SUPPLIER: _("Return to supplier"),
    MoveKind.TRANSFER: _("Transfer"),
    MoveKind.ISSUE: _("Issue"),
    MoveKind.RETURN: _("Return to stock"),
    MoveKind.OUTPUT: _("Output of production"),
    MoveKind.REGRADE: _("Regrade"),
    MoveKind.SCRAP: pgettext_lazy("a move", "Scrap"),
    MoveKind.ADJUST: _("Count difference"),
    MoveKind.DISPATCH: _("Dispatch"),
    MoveKind.RETURN_FROM_CUSTOMER: _("Return from customer"),
}
OLD_MOVE_WORDS: dict[str, str | Promise] = {
    OldMoveKind.PURCHASE: _("Purchase"),
    OldMoveKind.SALE: _("Sale"),
    OldMoveKind.PRODUCTION: _("Output of production"),
    OldMoveKind.ISSUE: _("Issue"),
    OldMoveKind.TRANSFER: _("Transfer"),
    OldMoveKind.COUNT: _("Count difference"),
    OldMoveKind.OTHER: pgettext_lazy("a move", "Other"),
}
PLACE_WORDS: dict[str, str | Promise] = {
    LocationKind.STORE: _("Store"),
    LocationKind.LOCATION: _("Place"),
    LocationKind.BIN: _("Bin"),
    LocationKind.PALLET: _("Pallet"),
    LocationKind.STAGING: _("Staging"),
    LocationKind.QUARANTINE: _("Quarantine"),
    LocationKind.SCRAP: pgettext_lazy("a place", "Scrap"),
    LocationKind.TRANSIT: _("In transit"),
    LocationKind.SUBCONTRACTOR: _("At a subcontractor"),
    LocationKind.SUPPLIER: _("Supplier"),
    LocationKind.CUSTOMER: _("Customer"),
    LocationKind.PRODUCTION: _("Production"),
    LocationKind.ADJUSTMENT: _("Counting"),
    LocationKind.OPENING: _("Opening stock"),
}


def move_word(kind: str) -> str:
    """The plain word of a kind of move."""
    return str(MOVE_WORDS.get(kind, kind))


def place_word(kind: str) -> str:
    """The plain word of a kind of place."""
    return str(PLACE_WORDS.get(kind, kind))
