"""The floor and a machine for whoever wants to understand it; and where each role begins."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from factory_core.access.policy import grants_of, may
from factory_core.clock import now
from factory_core.people.models import UserKind
from factory_core.web.doors import door, signed_in
from production.shopfloor.queries import machine_page
from production.shopfloor.queries.calls import open_calls
from production.shopfloor.queries.floor import board as board_of
from production.shopfloor.queries.floor import machines_seen_by, placed_machines
from production.shopfloor.queries.look import StationLook
from production.shopfloor.screens import Tab
from production.shopfloor.views.common import at_site, machine_or_missing

# Where those begin who work with stock and papers rather than at machines.
HOMES = {
    "owner": "/today/",
    "dispatcher": "/dispatch/",
    "buyer": "/purchasing/",
    "planner": "/plan/",
    "sales": "/sales/",
    "storekeeper": "/stock/",
    "migrator": "/imports/",
}


@never_cache
@require_GET
@door("plant.view")
def home(request: HttpRequest) -> HttpResponse:
    """Each role's home: a terminal's or operator's only machine, the floor, or health for IT."""
    user = signed_in(request)
    machines = list(machines_seen_by(user)[:2])
    at_a_machine = user.kind == UserKind.TERMINAL or grants_of(user).roles == {"operator"}
    if at_a_machine and len(machines) == 1:
        return redirect("station", code=machines[0].code)
    for role, address in HOMES.items():
        if role in grants_of(user).roles and not may(user, "production.downtime.explain"):
            return redirect(address)
    if not machines and may(user, "health.view"):
        return redirect("/health/")
    return redirect("floor")


@never_cache
@ensure_csrf_cookie
@require_GET
@door("production.view")
def floor(request: HttpRequest) -> HttpResponse:
    """All machines of one's places in flow order; `?line=` shows one line, `?wall=1` fills a wall display."""
    context = _board(request)
    lines = context.pop("all_lines")
    chosen = request.GET.get("line", "")
    tabs = [
        Tab(_("All"), "/floor/", not chosen),
        *(Tab(name, f"/floor/?line={code}", code == chosen) for code, name in lines.items()),
    ]
    return render(
        request,
        "production/shopfloor/floor.html",
        {
            **context,
            "lines": tabs if len(lines) > 1 else [],
            "wall": request.GET.get("wall") == "1",
            "live_topics": ["floor"],
        },
    )


@never_cache
@require_GET
@door("production.view")
def board(request: HttpRequest) -> HttpResponse:
    """The tiles alone."""
    return render(request, "production/shopfloor/_board.html", _board(request))


@never_cache
@require_GET
@door("production.view")
def calls(request: HttpRequest) -> HttpResponse:
    """The calls for help that nobody answered yet."""
    chosen = request.GET.get("line", "")
    machines = machines_seen_by(signed_in(request))
    if chosen:
        machines = machines.filter(line__code=chosen)
    query = f"?{urlencode({'line': chosen})}" if chosen else ""
    waiting = open_calls(dict(machines.values_list("pk", "name")), signed_in(request))
    context = {"board_query": query, "now": now(), "calls": waiting}
    return render(request, "production/shopfloor/_calls.html", context)


@never_cache
@require_GET
@door("telemetry.view")
def machine(request: HttpRequest, code: str) -> HttpResponse:
    """One machine for whoever wants to understand it: states, trends, intervals, history."""
    subject, at = machine_or_missing(request, code, "telemetry.view"), now()
    span, page = request.GET.get("span", ""), request.GET.get("page", "")
    context = machine_page.machine_page(subject, at, span, int(page) if page.isdecimal() and len(page) < 6 else 0)
    if not may(request.user, "production.view", subject):
        context["machine"]["station_url"] = context["machine"]["queue_url"] = ""
    if may(request.user, "telemetry.rule.edit", subject):
        context["machine"]["rule_url"] = f"/machines/{subject.code}/rule/"
    return at_site(
        request,
        subject,
        "telemetry/states/machine.html",
        {**context, "band": StationLook(subject, at, of_shift=False).band, "live_topics": [f"machine:{subject.code}"]},
    )


def _board(request: HttpRequest) -> dict[str, Any]:
    user, at = signed_in(request), now()
    lines, machines = placed_machines(user)
    chosen = request.GET.get("line", "")
    if chosen:
        machines = [machine for machine in machines if lines[machine.line_id].code == chosen]
    address = "/machines/%s/" if may(user, "production.downtime.edit") else "/station/%s/"
    waiting = open_calls({machine.pk: machine.name for machine in machines}, user)
    names = {line.code: line.name for line in lines.values()}
    return {
        "groups": board_of(lines, machines, at, address, waiting),
        "calls": waiting,
        "board_query": f"?line={chosen}" if chosen in names else "",
        "all_lines": names,
        "now": at,
    }
