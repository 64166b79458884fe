"""Lists of orders, and what is late."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from inventory.items.queries.stated import stated_sums
from inventory.sales import queries, services
from inventory.sales.forms import OrderForm
from inventory.sales.panels import status_chip
from inventory.sales.views.common import MANAGE, VIEW, today_at

LONGEST = 80


@never_cache
@require_GET
@door(VIEW)
def orders(request: HttpRequest) -> HttpResponse:
    """Sales orders, the newest first; `?show=` drafts, open, late, closed, all; `?q=` finds as one types."""
    user, show, today = signed_in(request), request.GET.get("show", "open"), today_at()
    seen = queries.orders_seen(user, text=request.GET.get("q", "").strip()[:LONGEST], show=show, today=today)
    page = page_of(request, seen, newest_first=True)
    rows = [(row, status_chip(row.order.status)) for row in queries.summaries_of(page.rows, today)]
    context = {
        "page": page,
        "rows": rows,
        "sums": stated_sums(user, seen),
        "show": show,
        "keep": {"show": show},
        "tabs": [
            ("open", _("Open")), ("late", _("Late")), ("drafts", _("Drafts")), ("closed", _("Closed")),
            ("all", _("All")),
        ],
        "may_manage": may(user, MANAGE),
    }  # fmt: skip
    return render(request, "inventory/sales/orders.html", context)


@never_cache
@require_GET
@door(VIEW)
def late(request: HttpRequest) -> HttpResponse:
    """Positions and call-offs whose day has passed, the oldest first."""
    user, today = signed_in(request), today_at()
    rows = queries.open_rows(user, before=today, text=request.GET.get("q", "").strip()[:LONGEST], most=200)
    shown = [(row, (today - row.due_on).days) for row in rows if row.due_on is not None]
    return render(request, "inventory/sales/late.html", {"rows": shown, "today": today})


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def new(request: HttpRequest) -> HttpResponse:
    """Enter an order: its head first, the positions on its page."""
    user = signed_in(request)
    form = OrderForm(user, request.POST or None, initial={"ordered_on": today_at()})
    if request.method == "POST" and form.is_valid():
        try:
            with acting(user, channel="web"):
                order = services.create_order(actor=user, at=now(), **form.cleaned_data)
            return redirect("sales-order", number=order.number)
        except Refusal as refusal:
            form.take(refusal, "customer" if refusal.code == "not_a_customer" else None)
    return render(request, "inventory/sales/new.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_GET
@door(MANAGE)
def choices(request: HttpRequest, what: str) -> HttpResponse:
    """Proposals for a field as one types: customers or items sold."""
    user = signed_in(request)
    typed = (request.GET.get(name, "") for name in ("customer", "line-item"))
    text = next(filter(None, typed), "").strip()[:LONGEST]
    if what == "customers":
        found = [(one.code, one.name) for one in queries.customers_found(user, text)]
    else:
        found = [(one.number, f"{one.name} ({one.unit.code})") for one in queries.items_sold(user, text)]
    return render(request, "inventory/sales/_choices.html", {"found": found})
