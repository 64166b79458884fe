"""How orders and lines are worded and drawn."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from factory_core.people.models import User
from factory_core.web.finders import MOST_FOUND, Found
from inventory.sales.events import LINE_WORDS, STATUS_WORDS
from inventory.sales.queries import orders_seen
from inventory.sales.states import LineState, SalesStatus

# Display family of the house: colour, glyph and pattern together.
LINE_FAMILIES = {
    LineState.OPEN: "plan",
    LineState.PARTLY: "setup",
    LineState.SENT: "run",
    LineState.LATE: "stop",
    LineState.CLOSED: "off",
}
STATUS_FAMILIES = {
    SalesStatus.DRAFT: "plan",
    SalesStatus.CONFIRMED: "setup",
    SalesStatus.CLOSED: "run",
    SalesStatus.CANCELLED: "off",
}
LINE_ICONS = {
    LineState.OPEN: "square",
    LineState.PARTLY: "right",
    LineState.SENT: "check",
    LineState.LATE: "alert",
    LineState.CLOSED: "cross",
}
STATUS_ICONS = {
    SalesStatus.DRAFT: "note",
    SalesStatus.CONFIRMED: "flag",
    SalesStatus.CLOSED: "check",
    SalesStatus.CANCELLED: "cross",
}


def line_chip(state: str) -> dict[str, Any]:
    """The word, colour and icon of a line."""
    known = LineState(state)
    return {"word": LINE_WORDS[known], "family": LINE_FAMILIES[known], "icon": LINE_ICONS[known]}


def status_chip(status: str) -> dict[str, Any]:
    """The word, colour and icon of an order."""
    known = SalesStatus(status)
    return {"word": STATUS_WORDS[known], "family": STATUS_FAMILIES[known], "icon": STATUS_ICONS[known]}


def order_link(_key: int, label: str) -> str:
    """The page of a sales order."""
    return reverse("sales-order", args=[label])


def find_sales_orders(actor: User, text: str) -> list[Found]:
    """Sales orders by number, customer or the customer's reference."""
    return [
        Found(
            _("Sales order"), order.number, order.customer.name, order_link(order.pk, order.number),
            order.number.upper() == text.upper(),
        )
        for order in orders_seen(actor, text=text)[:MOST_FOUND]
    ]  # fmt: skip
