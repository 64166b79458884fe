"""How dispatches are worded and drawn."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from factory_core.people.models import User
from factory_core.web.finders import MOST_FOUND, Found
from inventory.dispatch.events import STATUS_WORDS
from inventory.dispatch.queries import dispatches_seen
from inventory.dispatch.states import DispatchStatus

FAMILIES = {
    DispatchStatus.PICKING: "setup",
    DispatchStatus.PACKED: "wait",
    DispatchStatus.DISPATCHED: "slow",
    DispatchStatus.DELIVERED: "run",
    DispatchStatus.CANCELLED: "off",
}
ICONS = {
    DispatchStatus.PICKING: "hand",
    DispatchStatus.PACKED: "square",
    DispatchStatus.DISPATCHED: "right",
    DispatchStatus.DELIVERED: "check",
    DispatchStatus.CANCELLED: "cross",
}


def status_chip(status: str) -> dict[str, Any]:
    """The word, colour and icon of a dispatch."""
    known = DispatchStatus(status)
    return {"word": STATUS_WORDS[known], "family": FAMILIES[known], "icon": ICONS[known]}


def dispatch_link(_key: int, label: str) -> str:
    """The page of a dispatch; reservations for its lines and picks carry its number too."""
    return reverse("dispatch", args=[label])


def find_dispatches(actor: User, text: str) -> list[Found]:
    """Dispatches by number, customer or tracking number."""
    return [
        Found(
            _("Dispatch"), one.number, one.customer.name, dispatch_link(one.pk, one.number),
            text.upper() in (one.number.upper(), one.tracking_number.upper() or None),
        )
        for one in dispatches_seen(actor, text=text)[:MOST_FOUND]
    ]  # fmt: skip
