"""Why an act of buying may not happen."""

from factory_core.errors import Invalid, Missing, Refused


class NoSuchPurchase(Missing):
    """The request, enquiry, order or line does not exist, or the asker may not see it."""

    code = "no_such_purchase"


class WrongPurchaseStatus(Refused):
    """The status of the request, enquiry or order does not allow the act."""

    code = "wrong_purchase_status"


class BadPurchase(Invalid):
    """A quantity, price, date or partner that cannot be."""

    code = "bad_purchase"


class NoLines(Refused):
    """An order without lines cannot be sent."""

    code = "no_lines"


class AlreadyOrdered(Refused):
    """A request is ordered once."""

    code = "already_ordered"


class AlreadyReceived(Refused):
    """Something came in already."""

    code = "already_received"


class OverDelivery(Refused):
    """More came than the line waits for, and nobody said that it is taken."""

    code = "over_delivery"


class ReceiptKeyReused(Invalid):
    """The key of a receipt came with another receipt."""

    code = "key_reused"


class NotReturnable(Refused):
    """More is to go back than came in and stayed."""

    code = "not_returnable"
