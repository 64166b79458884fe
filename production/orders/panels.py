"""How orders and their steps are worded, drawn, found and linked."""

from datetime import datetime
from typing import Any

from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext_lazy as _

from factory_core.clock import now
from factory_core.people.models import User
from factory_core.web.finders import MOST_FOUND, Found
from production.orders.events import OPERATION_WORDS, STATUS_WORDS
from production.orders.models import ProductionOrder
from production.orders.queries import orders_seen
from production.orders.states import OperationStatus, OrderStatus

# Display family of the house and the icon: colour, glyph and pattern together.
ORDER_LOOKS = {
    OrderStatus.PLANNED: ("plan", "note"),
    OrderStatus.RELEASED: ("setup", "flag"),
    OrderStatus.RUNNING: ("run", "play"),
    OrderStatus.PAUSED: ("wait", "pause"),
    OrderStatus.FINISHED: ("run", "check"),
    OrderStatus.CLOSED: ("off", "check"),
    OrderStatus.CANCELLED: ("off", "cross"),
    OrderStatus.MERGED: ("off", "right"),
}
STEP_LOOKS = {
    OperationStatus.PENDING: ("plan", "square"),
    OperationStatus.RUNNING: ("run", "play"),
    OperationStatus.PAUSED: ("wait", "pause"),
    OperationStatus.FINISHED: ("run", "check"),
    OperationStatus.SKIPPED: ("off", "cross"),
}
# What higher rooms say of an order stands in fragments of their own, where there are such.
SLOTS = (
    ("material", _("Material")), ("time", _("Working time")), ("promise", _("Promise")), ("cost", _("Cost")),
)  # fmt: skip


def order_chip(status: str) -> dict[str, Any]:
    """The word, colour and icon of an order."""
    family, icon = ORDER_LOOKS[OrderStatus(status)]
    return {"word": STATUS_WORDS[OrderStatus(status)], "family": family, "icon": icon}


def step_chip(status: str) -> dict[str, Any]:
    """The word, colour and icon of a step."""
    family, icon = STEP_LOOKS[OperationStatus(status)]
    return {"word": OPERATION_WORDS[OperationStatus(status)], "family": family, "icon": icon}


def slots_of(order: ProductionOrder) -> list[dict[str, Any]]:
    """The fragments that exist for an order: address and title."""
    return [
        {"url": url, "title": title}
        for name, title in SLOTS
        if _exists(url := f"{order_link(order.pk, order.number)}{name}/")
    ]


def order_link(_key: int, label: str) -> str:
    """The page of an order."""
    return reverse("production-order", args=[label])


def operation_link(_key: int, label: str) -> str:
    """A step is shown on the page of its order: "PO-000017 · 20"."""
    return order_link(0, label.split(" · ")[0])


def find_orders(actor: User, text: str) -> list[Found]:
    """Production orders by number or by what they make; the code of a step ("PO-000017/20") finds its order."""
    text = text.split("/")[0]
    return [
        Found(
            _("Production order"), order.number, f"{order.item_text} · {_short(order.due_at)}",
            order_link(order.pk, order.number), order.number.upper() == text.upper(),
        )
        for order in orders_seen(actor, text=text, at=now())[:MOST_FOUND]
    ]  # fmt: skip


def _short(due_at: datetime | None) -> str:
    return f"{due_at:%Y-%m-%d}" if due_at else "–"


def _exists(address: str) -> bool:
    try:
        resolve(address)
    except Resolver404:
        return False
    return True
