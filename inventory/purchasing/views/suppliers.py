"""How suppliers deliver."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from inventory.purchasing.queries import orders as order_queries
from inventory.purchasing.queries.performance import due_lines, performances
from inventory.purchasing.rules import performance
from inventory.purchasing.views.common import VIEW, number_of, today_at, typed

# Days back that are offered; a quarter is what buyers talk about.
PERIODS = (30, 90, 365, 730)
MOST_LINES = 200


@never_cache
@require_GET
@door(VIEW)
def suppliers(request: HttpRequest) -> HttpResponse:
    """Every supplier with their figures; `?days=` how far back."""
    user, since, until, days = signed_in(request), *_period(request)
    page = page_of(request, order_queries.suppliers_found(user, typed(request)))
    context = {
        "page": page,
        "rows": performances(user, page.rows, since, until),
        "periods": _periods(),
        "days": days,
        "keep": {"days": days},
        "since": since,
        "until": until,
    }
    return render(request, "inventory/purchasing/suppliers.html", context)


@never_cache
@require_GET
@door(VIEW)
def supplier(request: HttpRequest, code: str) -> HttpResponse:
    """One supplier: on time, in full, refused; and the lines these figures come from."""
    user, since, until, days = signed_in(request), *_period(request)
    found = order_queries.supplier_or_missing(user, code)
    lines = due_lines(user, [found], since, until)
    context = {
        "supplier": found,
        "figures": performance([row.due for row in lines]),
        "lines": lines[:MOST_LINES],
        "more": max(len(lines) - MOST_LINES, 0),
        "periods": _periods(),
        "days": days,
        "since": since,
        "until": until,
    }
    return render(request, "inventory/purchasing/supplier.html", context)


def _period(request: HttpRequest) -> tuple[date, date, int]:
    days = number_of(request.GET.get("days"))
    days = days if days in PERIODS else 365
    until = today_at()
    return until - timedelta(days=days), until, days


def _periods() -> list[tuple[int, str]]:
    return [(30, _("30 days")), (90, _("3 months")), (365, _("1 year")), (730, _("2 years"))]
