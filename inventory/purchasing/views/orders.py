"""Purchase orders: the list, one order with its lines and receipts, its steps, and its paper."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.policy import may, visible
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.partners.models import PartnerAddress
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from factory_core.web.stories import story_for
from inventory.items.queries.stated import stated_sums
from inventory.purchasing import services
from inventory.purchasing.forms import HeadForm, LineForm, OrderForm, PromiseForm
from inventory.purchasing.models import PurchaseOrder
from inventory.purchasing.queries import orders as queries
from inventory.purchasing.queries.receiving import receipts_of
from inventory.purchasing.states import PurchaseStatus
from inventory.purchasing.views.common import (
    COST,
    MANAGE,
    RECEIVE,
    REQUEST,
    VIEW,
    acted,
    at_site,
    chip,
    clash_of,
    number_of,
    sees_prices,
    today_at,
    typed,
)

STEPS = ("release", "promise", "cancel", "close", "reopen")


@never_cache
@require_GET
@door(VIEW)
def orders(request: HttpRequest) -> HttpResponse:
    """The orders, newest first; `?show=` open, late, drafts, closed, all; `?q=` finds as one types."""
    user, today, show = signed_in(request), today_at(), request.GET.get("show", "open")
    supplier = request.GET.get("supplier", "")[:40]
    seen = queries.orders_seen(user, text=typed(request), show=show, today=today, supplier=supplier)
    page = page_of(request, seen, newest_first=True)
    context = {
        "page": page,
        "rows": [(row, chip(row.order.status)) for row in queries.summaries(user, page.rows, today)],
        "sums": stated_sums(user, seen) if sees_prices(request) else [],
        "show": show,
        "keep": {"show": show, "supplier": supplier},
        "tabs": [
            ("open", _("Open")), ("late", _("Late")), ("drafts", _("Drafts")), ("closed", _("Closed")),
            ("all", _("All")),
        ],
        "sees_prices": sees_prices(request),
        "may_manage": may(user, MANAGE),
        "may_receive": may(user, RECEIVE),
        "may_request": may(user, REQUEST),
    }  # fmt: skip
    return render(request, "inventory/purchasing/orders.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def new(request: HttpRequest) -> HttpResponse:
    """Draft an order: its head first, the lines on its page."""
    form = OrderForm(signed_in(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            order = acted(request, services.create_order, **form.cleaned_data)
            return redirect("purchase-order", number=order.number)
        except Refusal as refusal:
            form.take(refusal)
    context = {"form": form, "title": _("New purchase order"), "back": "purchase-orders"}
    return render(request, "inventory/purchasing/new.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
@door(VIEW)
def order(request: HttpRequest, number: str) -> HttpResponse:
    """One order: lines with what came, receipts with lots, what happened, and what can be done."""
    return _page(request, queries.order_or_missing(signed_in(request), number))


@never_cache
@require_POST
@door(MANAGE)
def step(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Send, promise, cancel, close or open the order again; a refusal is told on its page."""
    order = queries.order_or_missing(signed_in(request), number)
    wish: dict[str, Any] = {"order_id": order.pk, "version": number_of(request.POST.get("version"))}
    if act == "promise":
        form = PromiseForm(signed_in(request), request.POST)
        if not form.is_valid():
            return _page(request, order, promise_form=form, status=422)
        wish |= form.cleaned_data
    elif act not in STEPS:
        raise queries.NoSuchOrder(_("There is no such step."))
    elif act != "release":
        wish["reason"] = request.POST.get("reason", "")
    services_of: dict[str, Callable[..., Any]] = {
        "release": services.release_order, "promise": services.promise, "cancel": services.cancel_order,
        "close": services.close_order, "reopen": services.reopen_order,
    }  # fmt: skip
    try:
        acted(request, services_of[act], **wish)
    except Refusal as refusal:
        return _page(request, queries.order_or_missing(signed_in(request), number), refusal=refusal)
    return redirect("purchase-order", number=number)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change the head. Somebody else's change meanwhile is shown beside one's own, not overwritten."""
    order = queries.order_or_missing(signed_in(request), number, MANAGE)
    form, clash = HeadForm(signed_in(request), order, request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            acted(
                request, services.change_order, order_id=order.pk, version=number_of(request.POST.get("version")),
                **form.cleaned_data,
            )  # fmt: skip
            return redirect("purchase-order", number=number)
        except Refusal as refusal:
            clash = clash_of(refusal, form)
            if clash is None:
                form.take(refusal)
            order.refresh_from_db()
    status = 412 if clash else 422 if form.errors else 200
    return at_site(request, order.site, "edit.html", {"order": order, "form": form, "clash": clash}, status=status)


@never_cache
@require_POST
@door(MANAGE)
def add_line(request: HttpRequest, number: str) -> HttpResponse:
    """Put a line on the order."""
    order = queries.order_or_missing(signed_in(request), number, MANAGE)
    form = LineForm(signed_in(request), request.POST)
    if form.is_valid():
        try:
            acted(request, services.add_line, order_id=order.pk, wish=form.wish())
            return redirect("purchase-order", number=number)
        except Refusal as refusal:
            form.take(refusal)
    return _page(request, order, line_form=form, status=422)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def line(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """Change a line. The second of two who change it sees both values."""
    order = queries.order_or_missing(signed_in(request), number, MANAGE)
    found = queries.line_or_missing(order, position)
    form, clash = LineForm(signed_in(request), request.POST or None, line=found), None
    if request.method == "POST" and form.is_valid():
        try:
            acted(
                request, services.change_line, line_id=found.pk, version=number_of(request.POST.get("version")),
                **form.changes(),
            )  # fmt: skip
            return redirect("purchase-order", number=number)
        except Refusal as refusal:
            clash = clash_of(refusal, form)
            if clash is None:
                form.take(refusal, "quantity" if refusal.code == "already_received" else None)
            found = queries.line_or_missing(order, position)
    context = {
        "order": order,
        "line": found,
        "form": form,
        "clash": clash,
        "is_draft": order.status == PurchaseStatus.DRAFT,
        "history_url": f"/history/inventory.purchaseline/{found.pk}/" if may(request.user, "trail.view", found) else "",
    }
    return at_site(request, order.site, "line.html", context, status=412 if clash else 422 if form.errors else 200)


@never_cache
@require_POST
@door(MANAGE)
def line_step(request: HttpRequest, number: str, position: int, act: str) -> HttpResponse:
    """Take a line off a draft, or expect nothing more of it."""
    order = queries.order_or_missing(signed_in(request), number, MANAGE)
    found = queries.line_or_missing(order, position)
    wish = {"line_id": found.pk, "version": number_of(request.POST.get("version"))}
    try:
        if act == "remove":
            acted(request, services.remove_line, **wish)
        elif act == "close":
            acted(request, services.close_line, reason=request.POST.get("reason", ""), **wish)
        else:
            raise queries.NoSuchOrder(_("There is no such step."))
    except Refusal as refusal:
        return _page(request, queries.order_or_missing(signed_in(request), number), refusal=refusal)
    return redirect("purchase-order", number=number)


@never_cache
@require_GET
@door(VIEW)
def paper(request: HttpRequest, number: str) -> HttpResponse:
    """The order as it is sent to the supplier; without prices for those who may not see them."""
    user = signed_in(request)
    order = queries.order_or_missing(user, number)
    rows = queries.line_rows(user, order, today_at(order.site))
    addresses = visible(user, PartnerAddress.objects.filter(partner=order.supplier_id, is_active=True))
    context = {
        "order": order,
        "rows": rows,
        "total": queries.total_of(rows),
        "address": addresses.first(),
        "printed_at": now(),
    }
    return at_site(request, order.site, "paper.html", context)


@never_cache
@require_GET
@door(REQUEST)
def choices(request: HttpRequest, what: str) -> HttpResponse:
    """Proposals for a field as one types: suppliers or items that are bought."""
    user = signed_in(request)
    asked = ("item", "supplier", "suppliers", "text")
    text = next((typed(request, name) for name in asked if request.GET.get(name)), "")
    if what == "suppliers":
        words = text.replace(",", " ").split()
        found = [(one.code, one.name) for one in queries.suppliers_found(user, words[-1] if words else "")[:12]]
    else:
        found = [(one.number, f"{one.name} ({one.unit.code})") for one in queries.items_bought(user, text)[:12]]
    return render(request, "inventory/purchasing/_choices.html", {"found": found})


def _page(
    request: HttpRequest,
    order: PurchaseOrder,
    *,
    line_form: LineForm | None = None,
    promise_form: PromiseForm | None = None,
    refusal: Refusal | None = None,
    status: int = 0,
) -> HttpResponse:
    user, today = signed_in(request), today_at(order.site)
    rows = queries.line_rows(user, order, today)
    may_manage = may(user, MANAGE, order)
    runs = order.status in (PurchaseStatus.DRAFT, PurchaseStatus.RELEASED)
    receipts = list(receipts_of(order)[:100])
    context = {
        "order": order,
        "chip": chip(order.status),
        "rows": rows,
        "total": queries.total_of(rows),
        "receipts": receipts,
        "late": max((row for row in rows if row.is_late), key=lambda row: today - (row.due_on or today), default=None),
        "is_draft": order.status == PurchaseStatus.DRAFT,
        "is_released": order.status == PurchaseStatus.RELEASED,
        "is_closed": order.status == PurchaseStatus.CLOSED,
        "something_came": bool(receipts),
        "line_form": (line_form or LineForm(user)) if may_manage and runs else None,
        "promise_form": (promise_form or PromiseForm(user)) if may_manage and order.status == "RELEASED" else None,
        "refusal": refusal,
        "key": uuid.uuid4().hex,
        "may_see_cost": may(user, COST),
        "history_url": f"/history/inventory.purchaseorder/{order.pk}/" if may(user, "trail.view", order) else "",
        **story_for(user, order),
    }
    return at_site(request, order.site, "order.html", context, status=refusal.status if refusal else status or 200)
