"""What the pages of planning share."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Missing
from factory_core.plant.models import Site
from factory_core.web.doors import signed_in
from production.planning.queries.listing import sites_to_plan
from production.planning.services.firming import BUY, RUN

VIEW = "production.planning.view"


class NothingToPlan(Missing):
    """The asker may see the plan of no site, or not of the one named."""

    code = "nothing_to_plan"


def chosen_site(request: HttpRequest) -> tuple[Site, list[Site]]:
    """The site of the page (`?site=` its code, else the first) and all there are. Raises NothingToPlan."""
    sites = list(sites_to_plan(signed_in(request)))
    code = request.GET.get("site", "") or request.POST.get("site", "")
    found = next((site for site in sites if site.code == code), None) if code else next(iter(sites), None)
    if found is None:
        raise NothingToPlan(_("There is no site whose plan you may see."))
    return found, sites


def today_at(site: Site) -> date:
    """The day at a site."""
    return now().astimezone(site.zone).date()


def may_firm(request: HttpRequest, site: Site) -> dict[str, bool]:
    """What the asker may make orders of."""
    plans = may(request.user, RUN, site)
    return {"may_run": plans, "may_make": plans, "may_buy": plans or may(request.user, BUY, site)}


def at_site(
    request: HttpRequest, site: Site, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render with the clock of the site."""
    with timezone.override(site.zone):
        whole = {"site": site, "today": today_at(site), "now": now(), **context}
        return render(request, f"production/planning/{template}", whole, status=status)
