"""The list of orders, and entering one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from production.orders import queries, services
from production.orders.forms import NewOrderForm
from production.orders.panels import order_chip
from production.orders.views.common import LONGEST, MANAGE, VIEW

FIELDS = {
    "item_not_in_use": "item", "bad_quantity": "quantity", "start_after_due": "start_at", "bad_priority": "priority",
}  # fmt: skip


@never_cache
@require_GET
@door(VIEW)
def orders(request: HttpRequest) -> HttpResponse:
    """Orders; `?show=` open, planned, released, running, late, ended, all; `?line=`, `?item=`; `?q=` as one types.

    `?bom=` and `?routing=` list whom a change of a version does not reach: the orders frozen with it.
    """
    user, at, show = signed_in(request), now(), request.GET.get("show", "open")
    given = {name: request.GET.get(name, "").strip()[:LONGEST] for name in ("q", "line", "item")}
    frozen = {name: said for name in ("bom", "routing") if (said := _key(request.GET.get(name, "")))}
    seen = queries.orders_seen(
        user, at=at, text=given["q"], show=show, line=given["line"], item=given["item"], **frozen
    )
    page = page_of(request, seen, newest_first=show not in queries.BY_DAY)
    lines = list(queries.lines_for_orders(user, VIEW))
    context = {
        "page": page,
        "rows": [(row, order_chip(row.order.status)) for row in queries.rows_of(page.rows, at)],
        "show": show,
        "given": given,
        "lines": lines,
        "keep": {"show": show, "line": given["line"], "item": given["item"], **frozen},
        "frozen": bool(frozen),
        "tabs": [
            ("open", _("Open")), ("late", _("Late")), ("planned", _("Planned")), ("released", _("Released")),
            ("running", _("Running")), ("ended", _("Ended")), ("all", _("All")),
        ],
        "may_manage": may(user, MANAGE),
    }  # fmt: skip
    with timezone.override(lines[0].area.site.zone if lines else timezone.get_current_timezone()):
        return render(request, "production/orders/orders.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def new(request: HttpRequest) -> HttpResponse:
    """Enter an order of an item, with the orders that make its material if wanted."""
    user = signed_in(request)
    form = NewOrderForm(user, request.POST or None, initial={"item": request.GET.get("item", "")[:60]})
    if request.method == "POST" and form.is_valid():
        try:
            with acting(user, channel="web"):
                order = services.plan_item(actor=user, at=now(), **form.cleaned_data)
            return redirect("production-order", number=order.number)
        except Refusal as refusal:
            form.take(refusal, FIELDS.get(refusal.code))
    status = 422 if form.errors else 200
    return render(request, "production/orders/new.html", {"form": form}, status=status)


@never_cache
@require_GET
@door(MANAGE)
def choices(request: HttpRequest) -> HttpResponse:
    """Items that are made here, proposed as one types."""
    found = queries.items_made(signed_in(request), request.GET.get("item", "").strip()[:LONGEST])
    return render(request, "production/orders/_choices.html", {"found": found})


def _key(said: str) -> int | None:
    return int(said) if said.isdecimal() and len(said) < 19 else None
