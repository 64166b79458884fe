"""One item over the weeks of the plan: each figure with the rows behind it."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from factory_core.web.doors import door, signed_in
from inventory.items.queries import item_or_missing
from production.planning.queries.listing import latest_run
from production.planning.queries.wants import net_of_item
from production.planning.views.common import VIEW, at_site, chosen_site


@never_cache
@require_GET
@door(VIEW)
def item(request: HttpRequest, number: str) -> HttpResponse:
    """Gross needs, receipts, proposals and what is available at the end of each week."""
    site, sites = chosen_site(request)
    found, run = item_or_missing(signed_in(request), number), latest_run(site)
    net = net_of_item(found, run) if run else None
    context = {
        "item": found, "run": run, "net": net, "sites": sites, "all_weeks": request.GET.get("weeks") == "all",
        "weeks": [w for w in net.weeks if not w.is_empty or request.GET.get("weeks") == "all"] if net else [],
    }  # fmt: skip
    return at_site(request, site, "item.html", context)
