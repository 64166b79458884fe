"""What the pages of dispatching share."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.plant.models import Site
from inventory.dispatch.models import Dispatch

VIEW, PICK, SEND = "inventory.dispatch.view", "inventory.dispatch.pick", "inventory.dispatch.send"
LONGEST = 80


def today_at(site: Site | None = None) -> date:
    """The day at a site; without one the day in UTC."""
    return (now().astimezone(site.zone) if site else now()).date()


def version_of(request: HttpRequest) -> int | None:
    """The version the page was drawn from."""
    said = request.POST.get("version", "")
    return int(said) if said.isdecimal() and len(said) < 10 else None


def text_of(request: HttpRequest, name: str, longest: int = 200) -> str:
    """What was typed into a field."""
    return request.POST.get(name, "").strip()[:longest]


def at_site(
    request: HttpRequest, dispatch: Dispatch, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render with the clock of the dispatch's site."""
    with timezone.override(dispatch.site.zone):
        whole = {
            "dispatch": dispatch,
            "now": now().astimezone(dispatch.site.zone),
            "may_pick": may(request.user, PICK, dispatch),
            "may_send": may(request.user, SEND, dispatch),
            **context,
        }
        return render(request, template, whole, status=status)
