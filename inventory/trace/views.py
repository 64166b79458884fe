"""A lot both ways on one screen, and its recall on one page."""

from collections import defaultdict
from datetime import date
from functools import cache
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.display import quantity
from factory_core.web.doors import door, signed_in
from inventory.lots.panels import STATUS_FAMILIES, STATUS_ICONS, status_word
from inventory.lots.queries import lot_or_missing
from inventory.trace import services
from inventory.trace.queries import Branch, Known, Lying, Recall, Sent, lying, recall, sent, trace

VIEW, JUDGE = "inventory.stock.view", "inventory.lot.judge"
# A screen nobody scrolls to the end of; all of it is one tap away, and on paper.
SHOWN = 500
DEEPEST_INDENT = 8


class _Drawer:
    """Draws the same few chips, days and quantities of thousands of lines once each."""

    def __init__(self) -> None:
        self.chip, self.day, self.amount = cache(self._chip), cache(self._day), cache(quantity)

    def __call__(self, lot: Known) -> dict[str, Any]:
        return {"known": lot, "chip": self.chip(lot.status)}

    def _chip(self, status: str) -> SafeString:
        drawn = {"status": status_word(status), "family": STATUS_FAMILIES[status], "icon_name": STATUS_ICONS[status]}
        return render_to_string("inventory/lots/_status.html", drawn)

    def _day(self, on: date) -> str:
        return date_format(on, "SHORT_DATE_FORMAT")


@never_cache
@require_GET
@door(VIEW)
def trace_page(request: HttpRequest, number: int) -> HttpResponse:
    """What a lot was made of and what was made of it; `?all=1` however long, `?paper=1` for the printer."""
    user = signed_in(request)
    lot, on_paper = lot_or_missing(user, number), "paper" in request.GET
    found, drawer = trace(lot), _Drawer()
    limit = None if on_paper or "all" in request.GET else SHOWN
    branches = [branch for branch in (found.up, found.down) if branch is not None]
    shown = {number}.union(*({step.lot_id for step in islice(branch.steps(), limit)} for branch in branches))
    places = _by_lot(lying(user, shown), sent(user, shown))
    context = {
        "lot": lot,
        "drawn": {**drawer(found.lot), **places[number]},
        "ways": [_way(branch, places, limit, drawer) for branch in branches],
        "printed_at": now(),
    }
    return render(request, f"inventory/trace/{'trace_paper' if on_paper else 'trace'}.html", context)


@never_cache
@require_GET
@door(VIEW)
def recall_page(request: HttpRequest, number: int) -> HttpResponse:
    """Everything made from a lot, what is still here, and who got the rest; `?paper=1` for the printer."""
    return _recalled(request, number)


@require_POST
@door(JUDGE)
def hold_all(request: HttpRequest, number: int) -> HttpResponse:
    """Hold the lot and every lot made from it."""
    user, reason = signed_in(request), request.POST.get("reason", "").strip()[:200]
    try:
        with acting(user, channel="web", reason=reason):
            services.hold_all(actor=user, lot_id=number, reason=reason, at=now())
    except Refusal as refusal:
        if refusal.status in {403, 404}:
            raise
        return _recalled(request, number, sentence=refusal.sentence, status=refusal.status)
    return redirect("lot-recall", number=number)


def _recalled(request: HttpRequest, number: int, *, sentence: str = "", status: int = 200) -> HttpResponse:
    user = signed_in(request)
    lot = lot_or_missing(user, number)
    found = recall(lot, user)
    context = {
        "lot": lot,
        "recall": found,
        **_told(found),
        "may_hold": bool(found.to_hold) and may(user, JUDGE),
        "sentence": sentence,
        "reason": request.POST.get("reason", ""),
        "printed_at": now(),
    }
    template = "recall_paper" if "paper" in request.GET else "recall"
    return render(request, f"inventory/trace/{template}.html", context, status=status)


def _told(found: Recall) -> dict[str, Any]:
    lots, drawer = found.by_id, _Drawer()
    customers: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in found.sent:
        customers[one.customer].append({"sent": one, **drawer(lots[one.lot_id])})
    return {
        "customers": sorted(customers.items()),
        "here": [{"lies": one, **drawer(lots[one.lot_id])} for one in found.here],
        "at_production": [{"left": left, **drawer(lots[key])} for key, left in found.at_production.items()],
        "lots": [{"level": found.levels[one.id], **drawer(one)} for one in found.lots],
    }


def _way(branch: Branch, places: dict[int, dict[str, Any]], limit: int | None, drawer: _Drawer) -> dict[str, Any]:
    rows = [
        {
            "depth": step.depth,
            "indent": min(step.depth, DEEPEST_INDENT),
            "quantity": drawer.amount(step.use.quantity),
            "unit": branch.lots[step.use.input_id].unit,
            "used_on": drawer.day(timezone.localdate(step.use.last_at)),
            "again": step.again,
            **drawer(branch.lots[step.lot_id]),
            **places[step.lot_id],
        }
        for step in islice(branch.steps(), limit)
    ]
    return {
        "direction": branch.direction.value,
        "rows": rows,
        "lots": len(branch.lots_reached),
        "depth": branch.depth,
        "hidden": max(len(branch.uses) - len(rows), 0),
    }


def _by_lot(here: list[Lying], went: list[Sent]) -> defaultdict[int, dict[str, Any]]:
    found: defaultdict[int, dict[str, Any]] = defaultdict(lambda: {"here": [], "sent": []})
    for lies in here:
        found[lies.lot_id]["here"].append(lies)
    for one in went:
        found[one.lot_id]["sent"].append(one)
    return found
