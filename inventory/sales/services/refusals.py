"""What selling refuses, each with its code."""

from factory_core.errors import Invalid, Missing, Refused


class NoSuchSalesOrder(Missing):
    """The order does not exist, or the asker may not see it."""

    code = "no_such_sales_order"


class NoSuchSalesLine(Missing):
    """The line or call-off does not exist, or the asker may not see it."""

    code = "no_such_sales_line"


class SalesStatusForbids(Refused):
    """The order's status does not allow the act."""

    code = "sales_status_forbids"


class NothingOrdered(Refused):
    """An order without lines cannot be confirmed."""

    code = "nothing_ordered"


class SomethingLeft(Refused):
    """Something of it left the plant already."""

    code = "something_left"


class BeingPicked(Refused):
    """A dispatch that has not left yet carries it."""

    code = "being_picked"


class NotACustomer(Invalid):
    """The partner is no customer, or no longer in use."""

    code = "not_a_customer"


class NotSold(Invalid):
    """The item is not sold, or no longer in use."""

    code = "not_sold"


class BadSalesQuantity(Invalid):
    """A quantity must be above zero and fit what was sent or called off already."""

    code = "bad_sales_quantity"


class BadPrice(Invalid):
    """A price is zero or more."""

    code = "bad_price"


class NotAFrame(Refused):
    """Call-offs belong to frame orders, and to them only."""

    code = "not_a_frame"


class CalledTooMuch(Refused):
    """The call-offs of a line would exceed what the frame order holds."""

    code = "called_too_much"


class ReasonNeeded(Invalid):
    """The act needs a reason for the trail."""

    code = "reason_needed"
