"""What will be late and why; the slots on the pages of orders; a date for who asks."""

from decimal import Decimal, InvalidOperation

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from inventory.items.queries import item_or_missing, to_base, unit_or_missing
from production.promises import sentences
from production.promises.queries import pages
from production.promises.services import when_could
from production.promises.services.forecasting import told
from production.promises.states import Risk

SHOWN = {
    "risk": (Risk.LATE, Risk.UNKNOWN, Risk.TIGHT),
    "late": (Risk.LATE,),
    "unknown": (Risk.UNKNOWN,),
    "all": tuple(Risk),
}
# Of each kind on a page; both are turned over together.
ROWS = 25


@never_cache
@require_GET
@door("production.view")
def promises(request: HttpRequest) -> HttpResponse:
    """Sales lines and production orders that will be late, the most serious first, each with its causes."""
    user = signed_in(request)
    show = request.GET.get("show", "risk")
    risks = SHOWN.get(show, SHOWN["risk"])
    late_lines = page_of(request, pages.lines_at_risk(user, risks), size=ROWS)
    late_orders = page_of(request, pages.orders_at_risk(user, risks), size=ROWS)
    lines = [sentences.of_line(one, one.site.zone) for one in late_lines.rows]
    orders = [sentences.of_order(one, one.order.line.area.site.zone) for one in late_orders.rows]
    return render(
        request,
        "production/promises/promises.html",
        {"lines": lines, "orders": orders, "page": max(late_lines, late_orders, key=lambda page: page.next_url),
         "show": show if show in SHOWN else "risk",
         "live_topics": ["stock"] if may(user, "inventory.stock.view") else []},
    )  # fmt: skip


@never_cache
@require_GET
@door("production.view")
def of_order(request: HttpRequest, number: str) -> HttpResponse:
    """The slot on an order's page: expected end and what makes it late."""
    order = pages.order_of(signed_in(request), number=number)
    forecast = getattr(order, "forecast", None)
    row = sentences.of_order(forecast, order.line.area.site.zone) if forecast else None
    return render(request, "production/promises/_order.html", {"order": order, "row": row})


@never_cache
@require_GET
@door("inventory.sales.view")
def of_sale(request: HttpRequest, number: str) -> HttpResponse:
    """The slot on a sales order's page: when each line is ready, from what, and what makes it late."""
    user = signed_in(request)
    order = pages.sale_of(user, number=number)
    rows = [sentences.of_line_alone(one, order.site.zone) for one in pages.forecasts_of_sale(user, order)]
    return render(request, "production/promises/_sale.html", {"order": order, "rows": rows})


@never_cache
@require_GET
@door("inventory.sales.manage")
def could(request: HttpRequest, number: str) -> HttpResponse:
    """When what is being typed could be ready; says nothing until item and quantity can be read."""
    user = signed_in(request)
    order = pages.sale_of(user, number=number)
    given = {name: request.GET.get(f"line-{name}", "").strip()[:60] for name in ("item", "quantity", "unit")}
    try:
        item = item_or_missing(user, given["item"])
        unit = unit_or_missing(user, given["unit"]) if given["unit"] else item.unit
        quantity = to_base(item, Decimal(given["quantity"].replace(",", ".")), unit)
    except (Refusal, InvalidOperation):
        return HttpResponse("")
    if not quantity.is_finite() or quantity <= 0:
        return HttpResponse("")
    proposal = when_could(item, quantity, order.site, now())
    zone = order.site.zone
    return render(
        request,
        "production/promises/_could.html",
        {
            "item": item, "proposal": proposal, "on": proposal.on(order.site),
            "from_stock": not proposal.made and not proposal.bought and all(one.id is None for one in proposal.covers),
            "chain": sentences.chain_told([told(one) for one in proposal.reasons], zone),
        },
    )  # fmt: skip
