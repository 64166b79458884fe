"""What the pages of orders share."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from factory_core.web.stories import story_for
from production.orders.models import ProductionOrder

VIEW, MANAGE, RUN, SETTLE = (
    "production.view", "production.order.manage", "production.order.run", "production.cost.manage",
)  # fmt: skip
LONGEST = 80


def version_of(request: HttpRequest) -> int | None:
    """The version the page was drawn from."""
    said = request.POST.get("version", "")
    return int(said) if said.isdecimal() and len(said) < 10 else None


def reason_of(request: HttpRequest) -> str:
    """Why, for the trail."""
    return request.POST.get("reason", "")[:200]


def at_site(
    request: HttpRequest, order: ProductionOrder, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render by the clock of the order's site."""
    with timezone.override(order.line.area.site.zone):
        return render(request, template, {"order": order, **context}, status=status)


def last_hand(request: HttpRequest, order: ProductionOrder) -> str:
    """Who acted on the order last, for the notice of a clash."""
    told = story_for(request.user, order, limit=1)["story"]  # type: ignore[arg-type]  # the door let a person in
    return told[0].who if told else ""
