"""What the pages of buying share."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from factory_core.access.identity import acting
from factory_core.access.policy import hidden_fields, may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.plant.models import Site
from factory_core.web.display import quantity
from factory_core.web.doors import signed_in
from inventory.purchasing.events import ENQUIRY_WORDS, REQUEST_WORDS, STATUS_WORDS
from inventory.purchasing.models import PurchaseLine
from inventory.purchasing.states import EnquiryStatus, PurchaseStatus, RequestStatus

VIEW, MANAGE, REQUEST, RECEIVE, COST = (
    "inventory.purchasing.view",
    "inventory.purchasing.manage",
    "inventory.purchasing.request",
    "inventory.stock.receive",
    "inventory.cost.view",
)
LONGEST = 80

# The display families of the house: colour, glyph and pattern together; the word stands beside it.
_CHIPS: dict[str, dict[str, Any]] = {
    **{status: {"word": STATUS_WORDS[status]} for status in PurchaseStatus},
    **{f"request-{status}": {"word": REQUEST_WORDS[status]} for status in RequestStatus},
    **{f"enquiry-{status}": {"word": ENQUIRY_WORDS[status]} for status in EnquiryStatus},
}
_ICONS = {
    "DRAFT": "note",
    "RELEASED": "right",
    "ORDERED": "right",
    "CLOSED": "check",
    "DECIDED": "check",
    "OPEN": "question",
}


def chip(status: str, of: str = "") -> dict[str, Any]:
    """Word and icon of a status; `of`: "request" or "enquiry"."""
    known = _CHIPS[f"{of}-{status}" if of else status]
    return {**known, "icon": _ICONS.get(status, "cross")}


def today_at(site: Site | None = None) -> date:
    """The day at a site; without one that of the server's time zone."""
    return now().astimezone(site.zone).date() if site else timezone.localdate(now())


def typed(request: HttpRequest, name: str = "q") -> str:
    """What was typed into a search field."""
    return request.GET.get(name, "").strip()[:LONGEST]


def sees_prices(request: HttpRequest) -> bool:
    """Whether the asker may know purchase prices."""
    return "price" not in hidden_fields(request.user, PurchaseLine)


def number_of(text: str | None) -> int | None:
    """A whole number out of a form or an address, if it is one."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def acted(request: HttpRequest, act: Callable[..., Any], **wish: Any) -> Any:
    """Run an act in the name of whoever asks, with the moment and the reason."""
    user = signed_in(request)
    with acting(user, channel="web", reason=request.POST.get("reason", "")[:200]):
        return act(actor=user, at=now(), **wish)


def at_site(
    request: HttpRequest, site: Site | None, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render with the clock of the site; who holds the right at no whole site gets the server's."""
    zone = site.zone if site else timezone.get_current_timezone()
    with timezone.override(zone):
        whole = {
            "now": now().astimezone(zone),
            "today": today_at(site),
            "may_manage": may(request.user, MANAGE, site),
            "may_receive": may(request.user, RECEIVE, site),
            "sees_prices": sees_prices(request),
            **context,
        }
        return render(request, f"inventory/purchasing/{template}", whole, status=status)


def clash_of(refusal: Refusal, form: forms.Form) -> dict[str, Any] | None:
    """Both values of each field in which what somebody typed and what stands there now differ."""
    current = refusal.details.get("current")
    if not isinstance(current, dict):
        return None
    rows = [
        {"label": field.label, "yours": _said(form.cleaned_data.get(name)), "theirs": _said(current.get(name))}
        for name, field in form.fields.items()
        if name in current and _said(form.cleaned_data.get(name)) != _said(current.get(name))
    ]
    same = _("the same as yours")
    return {"rows": rows or [{"label": _("Everything you typed"), "yours": same, "theirs": same}]}


def _said(value: Any) -> str:
    """A value as typed or as a refusal tells it, in one spelling."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        try:
            return _said(date.fromisoformat(value)) if len(value) == 10 else _said(Decimal(value))
        except (ValueError, ArithmeticError):
            return value
    if isinstance(value, Decimal):
        return quantity(value)
    return date_format(value, "SHORT_DATE_FORMAT") if isinstance(value, date) else str(value)
