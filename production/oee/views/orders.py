"""The figures of one order, over all machines it was on."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from factory_core.clock import now
from factory_core.web.display import duration
from factory_core.web.doors import door, signed_in
from production.oee.panels import RULES, findings_of, shown
from production.oee.queries.accounts import targets_of
from production.oee.queries.orders import time_of_order
from production.oee.rules.figures import figures_of, order_figures, total
from production.oee.states import RuleSet
from production.oee.views.common import VIEW
from production.orders.queries import order_or_missing

OWN = ("allocation_ratio", "production_process_ratio")
OF_MACHINES = (
    "effectiveness", "quality", "utilisation_efficiency", "technical_efficiency", "setup_ratio", "energy_per_good",
)  # fmt: skip


@never_cache
@require_GET
@door(VIEW)
def figures(request: HttpRequest, number: str) -> HttpResponse:
    """Allocation ratio, production process ratio and throughput of an order, each with what is behind it."""
    found = order_or_missing(signed_in(request), number)
    site = found.line.area.site
    rules = RuleSet(targets_of(site.pk).rule_set)
    time = time_of_order(found, now())
    whole = figures_of(total(sums for _machine, sums in time.machines), rules)
    own = order_figures(whole.sums, time.execution_s, time.produced)
    context = {
        "order": found,
        "rule_name": RULES[rules][0],
        "big": [shown(own[key]) for key in OWN],
        "small": [shown(own["order_throughput"]), *(shown(whole[key]) for key in OF_MACHINES)],
        "time": time,
        "findings": findings_of(whole),
        "machines": [
            (machine, *(duration(float(one)) for one in (sums.busy_s, sums.producing_s, sums.setup_s, sums.delay_s)))
            for machine, sums in time.machines
        ],
    }
    with timezone.override(site.zone):
        return render(request, "production/oee/order.html", context)
