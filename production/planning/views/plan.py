"""The planner's home: what is to be released, late first, with reasons; how full the lines are; a plan made anew."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.plant.models import Line
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import Page, page_of
from inventory.purchasing.views.common import typed
from production.planning.models import PlanningRun
from production.planning.queries.capacity import loads_of
from production.planning.queries.listing import (
    is_large,
    late_count,
    latest_runs,
    lines_of_site,
    proposals_found,
    run_under_way,
    runs_seen,
)
from production.planning.queries.proposals import Proposal
from production.planning.services import carry_out, start_run
from production.planning.states import PlanKind
from production.planning.tasks import compute_later
from production.planning.views.common import VIEW, NothingToPlan, at_site, chosen_site, may_firm, today_at

RUN = "production.planning.run"
WEEKS_SHOWN = 8
KINDS = [("", lazy("All")), (PlanKind.MAKE.value, lazy("Make")), (PlanKind.BUY.value, lazy("Buy"))]
WHEN = [
    ("", lazy("Whenever")), ("late", lazy("Late")), ("week", lazy("Within a week")),
    ("month", lazy("Within four weeks")),
]  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Proposals to be released in one week; without a first day: before today."""

    starts_on: date | None
    rows: list[Proposal]


@never_cache
@require_GET
@door(VIEW)
def plan(request: HttpRequest) -> HttpResponse:
    """What is to be released, and how full the lines are."""
    try:
        return show_plan(request)
    except NothingToPlan:
        if request.GET.get("site"):
            raise
        return render(request, "production/planning/nothing.html")


def show_plan(
    request: HttpRequest, *, refusal: Refusal | None = None, told: Any = (), status: int = 200
) -> HttpResponse:
    """The page, after an act with what it refused."""
    site, sites = chosen_site(request)
    (run, under_way), today = latest_runs(site), today_at(site)
    lines = lines_of_site(signed_in(request), site)
    kind, when = request.GET.get("kind", ""), request.GET.get("when", "")
    line = next((one for one in lines if one.code == request.GET.get("line", "")), None)
    page = _page(request, run, line, today) if run else Page([], "", "")
    context = {
        "run": run,
        "under_way": under_way,
        "sites": sites,
        "page": page,
        "groups": _groups(page.rows, today),
        "kinds": KINDS,
        "kind": kind,
        "whens": WHEN,
        "when": when,
        "lines": lines,
        "line": line,
        "keep": {"kind": kind, "when": when, "line": line.code if line else "", "site": request.GET.get("site", "")},
        "late": late_count(run, today) if run else 0,
        "is_old": run is not None and run.starts_on < today,
        "refusal": refusal,
        **may_firm(request, site),
        "told": told,
    }
    return at_site(request, site, "plan.html", context, status=status)


@require_POST
@door(RUN)
def run_now(request: HttpRequest) -> HttpResponse:
    """Plan the site from today on: at once, or by the worker where the plant is large."""
    site, _sites = chosen_site(request)
    user, at = signed_in(request), now()
    weeks = request.POST.get("weeks", "")
    with acting(user, channel="web"):
        run = start_run(
            actor=user, site=site, starts_on=today_at(site), at=at,
            weeks=int(weeks) if weeks.isdecimal() and len(weeks) < 4 else 52,
        )  # fmt: skip
        wait = not is_large()
        if not wait:
            compute_later(run)
    if wait:
        with acting(user, channel="web"):
            done = carry_out(actor=user, run_id=run.pk, at=at)
        messages.success(request, _("Planned: %(n)d proposals.") % {"n": done.proposals})
    return redirect(f"/plan/?{urlencode({'site': site.code})}")


@never_cache
@require_GET
@door(VIEW)
def progress(request: HttpRequest) -> HttpResponse:
    """How far the plan under way is; once it is done the page shows its proposals."""
    site, _sites = chosen_site(request)
    under_way = run_under_way(site)
    if under_way is None:
        return HttpResponse(status=200, headers={"HX-Redirect": f"/plan/?{urlencode({'site': site.code})}"})
    return at_site(request, site, "_progress.html", {"under_way": under_way})


@never_cache
@require_GET
@door(VIEW)
def capacity(request: HttpRequest) -> HttpResponse:
    """How full the lines are, week by week; a part of the page that is asked for when it is there."""
    site, _sites = chosen_site(request)
    run, _under_way = latest_runs(site)
    loads = loads_of(lines_of_site(signed_in(request), site), run, min(WEEKS_SHOWN, run.weeks)) if run else []
    over = sum(week.is_over for load in loads for week in load.weeks)
    return render(request, "production/planning/_capacity.html", {"loads": loads, "over": over})


@never_cache
@require_GET
@door(VIEW)
def runs(request: HttpRequest) -> HttpResponse:
    """The plans of before, the newest first, with what each could not plan."""
    site, sites = chosen_site(request)
    page = page_of(request, runs_seen(signed_in(request)).filter(site=site), newest_first=True)
    return at_site(request, site, "runs.html", {"page": page, "rows": page.rows, "sites": sites})


def _page(request: HttpRequest, run: PlanningRun, line: Line | None, today: date) -> Page:
    until = {"late": today, "week": today + timedelta(days=7), "month": today + timedelta(days=28)}
    kind = request.GET.get("kind", "")
    found: Any = proposals_found(
        run, kind=kind if kind in set(PlanKind) else "", text=typed(request), line=line,
        until=until.get(request.GET.get("when", "")),
    )  # fmt: skip
    return page_of(request, found)


def _groups(rows: list[Proposal], today: date) -> list[Group]:
    groups: list[Group] = []
    for row in rows:
        monday = row.release_on - timedelta(days=row.release_on.weekday())
        starts_on = None if row.release_on < today else monday
        if not groups or groups[-1].starts_on != starts_on:
            groups.append(Group(starts_on, []))
        groups[-1].rows.append(row)
    return groups
