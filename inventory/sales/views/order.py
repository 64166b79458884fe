"""One order: its head, its positions, its acts."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal, StaleVersion
from factory_core.web.doors import door, signed_in
from factory_core.web.stories import story_for
from inventory.sales import queries, services
from inventory.sales.forms import CallOffForm, LineForm, OrderForm, clash_of
from inventory.sales.models import SalesOrder
from inventory.sales.panels import line_chip, status_chip
from inventory.sales.states import SalesStatus
from inventory.sales.views.common import MANAGE, VIEW, at_site, reason_of, sees_prices, today_at, version_of

WITH_REASON = {
    "cancel": services.cancel_order,
    "close": services.close_order,
    "reopen": services.reopen_order,
}


@never_cache
@require_GET
@door(VIEW)
def order(request: HttpRequest, number: str) -> HttpResponse:
    """The order's page."""
    return order_page(request, queries.order_or_missing(signed_in(request), number))


@never_cache
@require_POST
@door(MANAGE)
def act(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """Confirm, cancel, close, reopen or copy."""
    user = signed_in(request)
    found = queries.order_or_missing(user, number)
    wish: dict[str, Any] = {"actor": user, "order_id": found.pk, "at": now()}
    try:
        with acting(user, channel="web", reason=reason_of(request)):
            if what == "copy":
                found = services.copy_order(**wish)
            elif what == "confirm":
                services.confirm_order(**wish, version=version_of(request))
            else:
                WITH_REASON[what](**wish, version=version_of(request), reason=reason_of(request))
    except Refusal as refusal:
        found = queries.order_or_missing(user, number)
        return order_page(request, found, refusal=refusal.sentence, status=refusal.status)
    return redirect("sales-order", number=found.number)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change the head. Somebody else's change meanwhile is shown beside one's own."""
    user = signed_in(request)
    found = queries.order_or_missing(user, number)
    form, clash = OrderForm(user, request.POST or None, order=found), None
    if request.method == "POST" and form.is_valid():
        try:
            with acting(user, channel="web", reason=reason_of(request)):
                services.change_order(
                    actor=user, order_id=found.pk, wish=form.cleaned_data, at=now(), version=version_of(request)
                )
            return redirect("sales-order", number=number)
        except StaleVersion:
            found = queries.order_or_missing(user, number)
            clash = clash_of(form, found, last_hand(request, found))
        except Refusal as refusal:
            form.take(refusal)
    status = 412 if clash else 422 if form.errors else 200
    return at_site(request, found, "inventory/sales/edit.html", {"form": form, "clash": clash}, status)


def last_hand(request: HttpRequest, order: SalesOrder) -> str:
    """Who acted on the order last, for the notice of a clash."""
    told = story_for(signed_in(request), order, limit=1)["story"]
    return told[0].who if told else ""


def order_page(
    request: HttpRequest,
    order: SalesOrder,
    *,
    line_form: LineForm | None = None,
    call_form: CallOffForm | None = None,
    call_position: int | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page with its forms; a refused act leads back here and says why."""
    user, today = signed_in(request), today_at(order.site)
    rows = queries.line_rows(order, today)
    can_change = order.status in (SalesStatus.DRAFT, SalesStatus.CONFIRMED) and may(user, MANAGE, order)
    runs = order.status == SalesStatus.CONFIRMED
    calls = can_change and runs and order.is_frame
    shown = [
        {
            "row": row,
            "line": row.line,
            "chip": line_chip(row.state),
            "calls": [(call, line_chip(call.state)) for call in row.call_offs],
            "form": _call_form(row.line.position, call_form, call_position) if calls and row.left else None,
        }
        for row in rows
    ]
    context = {
        "lines": shown,
        "chip": status_chip(order.status),
        "today": today,
        "can_change": can_change,
        "can_send": runs and may(user, "inventory.dispatch.pick", order) and any(row.left for row in rows),
        "sees_dispatches": may(user, "inventory.dispatch.view", order),
        "line_form": (line_form or LineForm(user, prefix="line")) if can_change else None,
        "can_call_off": calls,
        "refusal": refusal,
        "history_url": f"/history/{order._meta.label_lower}/{order.pk}/" if may(user, "trail.view", order) else "",
        **story_for(user, order),
    }
    if sees_prices(request):
        context["total"] = sum((row.line.quantity * row.line.price for row in rows if row.line.price is not None), 0)
    return at_site(request, order, "inventory/sales/order.html", context, status)


def _call_form(position: int, filled: CallOffForm | None, of_position: int | None) -> CallOffForm:
    return filled if filled is not None and of_position == position else CallOffForm(prefix=f"call{position}")
