"""Rates, rolled-up costs, and what orders cost. Without the right to see costs nothing of it is drawn."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from production.costing import services
from production.costing.events import FINDING_WORDS, KIND_WORDS, VARIANCE_WORDS
from production.costing.forms import EnergyForm, LabourForm, RateForm
from production.costing.models import SEE
from production.costing.queries import everything, pages
from production.costing.queries.pages import Costed
from production.costing.rules.sheet import Sheet
from production.costing.states import CostKind, RollupStatus, SheetStatus
from production.costing.tasks import roll_up_everything
from production.orders.states import OrderStatus

MANAGE = "production.cost.manage"
FORMS: dict[str, tuple[type[Any], Callable[..., Any]]] = {
    "rate": (RateForm, services.set_rate),
    "labour": (LabourForm, services.set_labour_rate),
    "energy": (EnergyForm, services.set_energy_price),
}
MOST_RATES = 200


@never_cache
@require_GET
@door(SEE)
def costs(request: HttpRequest) -> HttpResponse:
    """Settled orders with the largest variances first."""
    page = page_of(request, pages.sheets_seen(signed_in(request)))
    return _render(request, "costs.html", {"page": page, "tab": "orders"})


@never_cache
@require_GET
@door(SEE)
def rollups(request: HttpRequest) -> HttpResponse:
    """Rolled-up costs, the newest first, each with what has no price."""
    return _rollups(request)


@never_cache
@require_GET
@door(SEE)
def progress(request: HttpRequest) -> HttpResponse:
    """Whether everything is still being rolled up; once it is done the page shows it."""
    run = everything.latest_run(signed_in(request))
    if run is None or run.status != RollupStatus.RUNNING:
        return HttpResponse(headers={"HX-Redirect": reverse("cost-rollups")})
    return _render(request, "_progress.html", {"run": run})


@never_cache
@require_http_methods(["GET", "POST"])
@door(SEE)
def rates(request: HttpRequest) -> HttpResponse:
    """Rates and prices with the day each is valid from; who manages costs sets them here."""
    user, today = signed_in(request), now().date()
    shown = {name: form(user, today, prefix=name) for name, (form, _act) in FORMS.items()}
    status, refusal = 200, ""
    what = request.POST.get("what", "")
    if request.method == "POST" and what in FORMS:
        kind, act = FORMS[what]
        given = kind(user, today, request.POST, prefix=what)
        shown[what], status = given, 422
        if given.is_valid():
            try:
                with acting(user, channel="web"):
                    act(actor=user, at=now(), **given.cleaned_data)
                return redirect("cost-rates")
            except Refusal as no:
                refusal, status = no.sentence, no.status
    context = {
        "rates": pages.rates_seen(user)[:MOST_RATES], "labour": pages.labour_rates_seen(user)[:MOST_RATES],
        "energy": pages.energy_prices_seen(user)[:MOST_RATES], "forms": shown, "refusal": refusal, "tab": "rates",
    }  # fmt: skip
    return _render(request, "rates.html", context, status)


@never_cache
@require_POST
@door(MANAGE)
def roll_up_all(request: HttpRequest) -> HttpResponse:
    """Reckon every item that is made, for today: at once, or by the worker where they are many."""
    user, at = signed_in(request), now()
    on = at.date()
    try:
        with acting(user, channel="web"):
            roll_up_everything(actor=user, on=on, at=at, later=everything.is_large(on))
    except Refusal as no:
        return _rollups(request, no.sentence, no.status)
    return redirect("cost-rollups")


@never_cache
@require_POST
@door(MANAGE)
def accept(request: HttpRequest, rollup_id: int) -> HttpResponse:
    """Take a rolled-up cost as the item's standard cost."""
    user = signed_in(request)
    said = request.POST.get("version", "")
    try:
        with acting(user, channel="web"):
            row = services.accept_rollup(
                actor=user, rollup_id=rollup_id, at=now(),
                version=int(said) if said.isdecimal() and len(said) < 10 else None,
            )  # fmt: skip
    except Refusal as no:
        return _rollups(request, no.sentence, no.status)
    return redirect("item-cost", number=row.item.number)


@never_cache
@require_http_methods(["GET", "POST"])
@door(SEE)
def of_item(request: HttpRequest, number: str) -> HttpResponse:
    """The rolled-up cost of an item as a tree; POST reckons it anew for today."""
    user = signed_in(request)
    item, refusal, status = pages.item_costed(user, number), "", 200
    if request.method == "POST":
        try:
            with acting(user, channel="web"):
                services.roll_up(actor=user, item=item, on=now().date(), at=now())
            return redirect("item-cost", number=item.number)
        except Refusal as no:
            refusal, status = no.sentence, no.status
    row = pages.newest_rollup(user, item)
    tree = [(line, KIND_WORDS[line.kind], "–" * line.depth) for line in pages.tree_of(user, row)] if row else []
    context = {
        "item": item, "row": row, "tree": tree, "refusal": refusal,
        "findings": [finding(one) for one in row.findings] if row else [],
    }  # fmt: skip
    return _render(request, "item.html", context, status)


@never_cache
@require_GET
@door("production.view")
def of_order(request: HttpRequest, number: str) -> HttpResponse:
    """The slot on an order's page; empty for those who may not see what it costs."""
    user = signed_in(request)
    costed = pages.order_shown(user, number)
    return _sheet(request, costed) if costed.may_see else HttpResponse(status=204)


@never_cache
@require_POST
@door(MANAGE)
def settle(request: HttpRequest, number: str) -> HttpResponse:
    """Close a finished order and freeze what it cost."""
    user = signed_in(request)
    costed = pages.order_costed(user, number=number)
    try:
        with acting(user, channel="web"):
            services.settle_order(actor=user, order_id=costed.order.pk, at=now())
    except Refusal as no:
        return _sheet(request, costed, no.sentence, no.status)
    return _sheet(request, pages.order_costed(user, number=number))


def finding(one: Any) -> str:
    """What has no price, in a sentence."""
    kind, what = (one["kind"], one["what"]) if isinstance(one, dict) else (one.kind, one.what)
    return str(FINDING_WORDS[kind]).format(what=what or _("something without a name"))


def _rollups(request: HttpRequest, refusal: str = "", status: int = 200) -> HttpResponse:
    user = signed_in(request)
    page = page_of(request, pages.rollups_seen(user), newest_first=True)
    rows = [(row, [finding(one) for one in row.findings]) for row in page.rows]
    run = everything.latest_run(user)
    context = {"page": page, "rows": rows, "run": run, "tab": "rollups", "refusal": refusal}
    return _render(request, "rollups.html", context, status)


def _sheet(request: HttpRequest, costed: Costed, refusal: str = "", status: int = 200) -> HttpResponse:
    order = costed.order
    shown = pages.sheet_shown(order, now())
    context = {
        "order": order, "sheet": shown.sheet, "settled_at": shown.settled_at, "refusal": refusal,
        "is_settled": shown.status is SheetStatus.SETTLED,
        "lines": [
            (line, KIND_WORDS[line.kind], [(VARIANCE_WORDS[name], amount) for name, amount in line.variances.items()])
            for line in shown.sheet.lines
        ],
        "variances": _named(shown.sheet), "findings": [finding(one) for one in shown.sheet.findings],
        "may_settle": order.status == OrderStatus.FINISHED and costed.may_manage,
    }  # fmt: skip
    return _render(request, "_order.html", context, status)


def _named(sheet: Sheet) -> list[tuple[Any, Any]]:
    return [(VARIANCE_WORDS[name], amount) for name, amount in sheet.by_name().items() if amount]


def _render(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    whole = {
        "may_manage": may(request.user, MANAGE), "currency": settings.CURRENCY, "kinds": list(CostKind), "now": now(),
        **context,
    }  # fmt: skip
    return render(request, f"production/costing/{template}", whole, status=status)
