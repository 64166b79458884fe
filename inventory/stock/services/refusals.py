"""Why the ledger says no."""

from factory_core.errors import Busy, Invalid, Missing, Refused


class NotEnough(Refused):
    """Less lies there, or is free there, than was asked for."""

    code = "not_enough"


class LotBlocked(Refused):
    """The lot is on hold, rejected, or not yet judged."""

    code = "lot_blocked"


class LotNeeded(Invalid):
    """Stock of this item is told apart: the move must name the lot."""

    code = "lot_needed"


class LotOfOther(Invalid):
    """The lot belongs to another item, or the item is not kept by lots."""

    code = "lot_of_other_item"


class SerialIsOne(Invalid):
    """A serial number is one piece."""

    code = "serial_is_one"


class SerialInStock(Refused):
    """A piece with this serial number lies in stock already."""

    code = "serial_in_stock"


class InactivePlace(Refused):
    """The place is not in use any more."""

    code = "inactive_place"


class NoMove(Invalid):
    """From where to where makes no move of stock."""

    code = "no_move"


class BadQuantity(Invalid):
    """Quantities are numbers above zero with at most six digits behind the point."""

    code = "bad_quantity"


class NotYet(Invalid):
    """The move is said to happen in the future."""

    code = "move_in_future"


class KeyReused(Invalid):
    """The key of a move was used for another move."""

    code = "key_reused"


class ReasonNeeded(Invalid):
    """This act needs a reason."""

    code = "reason_needed"


class NoSuchMove(Missing):
    """The move does not exist, or the asker may not see it."""

    code = "no_such_move"


class AlreadyTakenBack(Refused):
    """A move can be taken back once."""

    code = "already_taken_back"


class NoSuchReservation(Missing):
    """The reservation does not exist, or the asker may not see it."""

    code = "no_such_reservation"


class ReservationOver(Refused):
    """The reservation was used or freed already."""

    code = "reservation_over"


class ReservedOther(Refused):
    """The reservation keeps other stock than the move takes."""

    code = "reservation_of_other_stock"


class StockBusy(Busy):
    """Two acts waited for each other's stock; this one gave way."""

    code = "stock_busy"
