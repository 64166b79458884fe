"""Work centres: the list, one to set up or change."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from production.products import services
from production.products.forms import CentreForm
from production.products.queries import centre_or_missing
from production.products.queries.pages import centres_listed, machines_of
from production.products.views.common import MANAGE, VIEW, sheet


@never_cache
@require_GET
@door(VIEW)
def centres(request: HttpRequest) -> HttpResponse:
    """Work centres by code, narrowed while typing."""
    user = signed_in(request)
    page = page_of(request, centres_listed(user, request.GET.get("q", "").strip()[:60]))
    machines = machines_of(page.rows)
    context = {
        "rows": [(one, machines.get(one.pk, [])) for one in page.rows],
        "page": page,
        "may_manage": may(user, MANAGE),
    }
    return render(request, "production/products/centres.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def new(request: HttpRequest) -> HttpResponse:
    """Set up a work centre."""

    def act(user: Any, facts: dict[str, Any], _version: int | None) -> None:
        services.create_centre(actor=user, at=now(), **facts)

    form = CentreForm(signed_in(request), request.POST or None)
    return sheet(request, form, act, reverse("work-centres"), title=_("New work centre"))


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change a work centre, and which machines belong to it."""
    user = signed_in(request)
    found = centre_or_missing(user, code)

    def act(user: Any, facts: dict[str, Any], version: int | None) -> None:
        machines = facts.pop("machines")
        services.change_centre(actor=user, centre_id=found.pk, wish=facts, machines=machines, at=now(), version=version)

    form = CentreForm(user, request.POST or None, record=found)
    return sheet(
        request, form, act, reverse("work-centres"), title=f"{found.code} · {found.name}", record=found,
        afresh=lambda: centre_or_missing(user, code),
    )  # fmt: skip
