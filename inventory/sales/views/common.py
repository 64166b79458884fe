"""What the pages of selling share."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from factory_core.access.policy import hidden_fields, may
from factory_core.clock import now
from factory_core.plant.models import Site
from inventory.sales.models import SalesLine, SalesOrder

VIEW, MANAGE = "inventory.sales.view", "inventory.sales.manage"


def today_at(site: Site | None = None) -> date:
    """The day at a site; without one the day in UTC."""
    return (now().astimezone(site.zone) if site else now()).date()


def sees_prices(request: HttpRequest) -> bool:
    """Whether the asker may know sales prices."""
    return "price" not in hidden_fields(request.user, SalesLine)


def version_of(request: HttpRequest) -> int | None:
    """The version the page was drawn from."""
    said = request.POST.get("version", "")
    return int(said) if said.isdecimal() and len(said) < 10 else None


def reason_of(request: HttpRequest) -> str:
    """Why, for the trail."""
    return request.POST.get("reason", "")[:200]


def at_site(
    request: HttpRequest, order: SalesOrder, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render with the clock of the order's site."""
    with timezone.override(order.site.zone):
        whole = {
            "order": order,
            "may_manage": may(request.user, MANAGE, order),
            "sees_prices": sees_prices(request),
            **context,
        }
        return render(request, template, whole, status=status)
