"""Dispatch tracking: what is due, being picked, packed, under way, delivered; and beginning a dispatch."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from inventory.dispatch import queries, services
from inventory.dispatch.panels import status_chip
from inventory.dispatch.queries import DueRow
from inventory.dispatch.services import DispatchWish
from inventory.dispatch.views.common import LONGEST, PICK, VIEW, text_of, today_at
from inventory.sales.queries import order_or_missing


@never_cache
@require_GET
@door(VIEW)
def tracking(request: HttpRequest) -> HttpResponse:
    """What is due, and where every dispatch is; `?show=`, and `?q=` finds as one types. Late comes first."""
    user, today = signed_in(request), today_at()
    # Who may not see orders would read an empty list as "nothing is due".
    sees_sales = may(user, "inventory.sales.view")
    show = request.GET.get("show", "due" if sees_sales else "picking")
    text = request.GET.get("q", "").strip()[:LONGEST]
    context: dict[str, Any] = {
        "show": show,
        "keep": {"show": show},
        "may_pick": may(user, PICK),
        "sees_sales": sees_sales,
        "tabs": [
            *([("due", _("Due"))] if sees_sales else []),
            ("picking", _("Being picked")), ("packed", _("Packed")), ("underway", _("Under way")),
            ("delivered", _("Delivered")), ("cancelled", _("Cancelled")), ("all", _("All")),
        ],
    }  # fmt: skip
    if show == "due" and sees_sales:
        context["groups"] = queries.due_by_customer(queries.due_rows(user, today, text=text))
    else:
        page = page_of(request, queries.dispatches_seen(user, show=show, text=text))
        context["page"] = page
        context["rows"] = [(row, status_chip(row.dispatch.status)) for row in queries.rows_of(page.rows, today)]
    return render(request, "inventory/dispatch/tracking.html", context)


@never_cache
@require_GET
@door(VIEW)
def of_order(request: HttpRequest, number: str) -> HttpResponse:
    """The dispatches of a sales order, for its page."""
    user = signed_in(request)
    order = order_or_missing(user, number)
    rows = queries.rows_of(list(queries.dispatches_of(user, order)[:50]), today_at(order.site))
    context = {"rows": [(row, status_chip(row.dispatch.status)) for row in rows]}
    return render(request, "inventory/dispatch/_of_order.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@door(PICK)
def new(request: HttpRequest) -> HttpResponse:
    """Begin a dispatch of what is due to one customer; `?customer=` their id, `?order=` ticks that order only."""
    user = signed_in(request)
    said = request.GET.get("customer", "")
    customer_id = int(said) if said.isdecimal() and len(said) < 19 else 0
    due = queries.due_rows(user, today_at(), customer_id=customer_id)
    places = list(queries.staging_places(user, [row.open.line.order.site_id for row in due]))
    refusal, status = "", 200
    if request.method == "POST":
        try:
            with acting(user, channel="web"):
                made = services.create_dispatch(
                    actor=user,
                    staging=next(place for place in places if str(place.pk) == request.POST.get("staging")),
                    wishes=_wishes(request, due),
                    planned_on=parse_date(text_of(request, "planned_on")) if request.POST.get("planned_on") else None,
                    carrier=text_of(request, "carrier", 80),
                    at=now(),
                )
            return redirect("dispatch", number=made.number)
        except (StopIteration, ValueError, InvalidOperation):
            refusal, status = _("Look at the quantities, the day and the staging place again."), 422
        except Refusal as no:
            refusal, status = no.sentence, no.status
    only = request.GET.get("order", "")
    rows = [
        {
            "due": row,
            "ticked": request.POST.get(f"take-{row.open.key}") == "yes"
            if request.method == "POST"
            else not only or row.open.line.order.number == only,
            "quantity": request.POST.get(f"quantity-{row.open.key}") or f"{row.left.normalize():f}",
        }
        for row in due
    ]
    context = {
        "rows": rows,
        "customer": due[0].open.line.order.customer if due else None,
        "places": places,
        "refusal": refusal,
        "carrier": request.POST.get("carrier", ""),
        "planned_on": request.POST.get("planned_on", today_at().isoformat()),
        "staging": request.POST.get("staging", ""),
    }
    return render(request, "inventory/dispatch/new.html", context, status=status)


def _wishes(request: HttpRequest, due: list[DueRow]) -> list[DispatchWish]:
    """The ticked rows. Raises InvalidOperation for what is no number."""
    return [
        DispatchWish(
            row.open.line.pk,
            Decimal(text_of(request, f"quantity-{row.open.key}", 30).replace(",", ".")),
            row.open.call_off.pk if row.open.call_off else None,
        )
        for row in due
        if request.POST.get(f"take-{row.open.key}") == "yes"
    ]
