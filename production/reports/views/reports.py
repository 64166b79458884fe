"""The list of reports, making one, opening one, taking it away."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.reporting.definition import report_or_missing, reports_for, title_of
from factory_core.reporting.page import as_page
from factory_core.reporting.parameters import names_of
from factory_core.reporting.rendering import SUFFIXES
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from factory_core.web.stories import story_for
from production.reports import services
from production.reports.files import answer_file
from production.reports.queries.asking import fields_of
from production.reports.queries.runs import (
    changed_since,
    content_of,
    is_untouched,
    made_before,
    run_or_missing,
    runs_seen,
)

VIEW = "production.report.view"


@never_cache
@ensure_csrf_cookie
@require_GET
@door(VIEW)
def reports(request: HttpRequest) -> HttpResponse:
    """What can be made, and what was made lately by whom; `?report=` one kind."""
    user, chosen = signed_in(request), request.GET.get("report", "")
    rows = runs_seen(user)
    page = page_of(request, rows.filter(report=chosen) if chosen else rows, newest_first=True)
    kinds = reports_for(user)
    told = [(run, title_of(run.report)) for run in page.rows]
    context = {"kinds": kinds, "chosen": chosen, "rows": told, "page": page}
    return render(request, "production/reports/reports.html", context)


@never_cache
@ensure_csrf_cookie
@require_http_methods(["GET", "POST"])
@door(VIEW)
def new(request: HttpRequest, code: str) -> HttpResponse:
    """The form of a report, and its making. What was wrong is said at each field."""
    user, at = signed_in(request), now()
    report = report_or_missing(user, code)
    said = request.POST if request.method == "POST" else request.GET
    given = {name: said[name] for name in names_of(report) if name in said}
    errors: dict[str, str] = {}
    refusal, status = "", 200
    if request.method == "POST":
        try:
            with acting(user, channel="web"):
                run = services.make_report(actor=user, code=code, given=given, at=at)
            return _gone(request, reverse("report", args=[run.pk]))
        except Refusal as refused:
            told = refused.details.get("errors", [])
            errors = {one["pointer"].removeprefix("/"): one["message"] for one in told}
            # What htmx is refused it does not show.
            status = 200 if "HX-Request" in request.headers else refused.status
            refusal = "" if errors else refused.sentence
    fields = fields_of(user, report, given, at, errors)
    loose = [sentence for name, sentence in errors.items() if name not in {one.name for one in fields}]
    context = {"report": report, "fields": fields, "refusal": refusal or " ".join(loose)}
    return render(request, "production/reports/new.html", context, status=status)


@never_cache
@ensure_csrf_cookie
@require_GET
@door(VIEW)
def report(request: HttpRequest, run_id: int) -> HttpResponse:
    """A report as it was made, with what changed since the one before it."""
    user = signed_in(request)
    run = run_or_missing(user, run_id)
    before = made_before(user, run)
    content = content_of(run)
    context: dict[str, Any] = {
        "run": run,
        "content": content,
        "parts": as_page(content),
        "is_untouched": is_untouched(run),
        "kind": title_of(run.report),
        "suffixes": SUFFIXES,
        "before": before,
        "changes": changed_since(before, run) if before else [],
        **story_for(user, run),
    }
    with timezone.override(run.site.zone):
        return render(request, "production/reports/report.html", context)


@never_cache
@require_GET
@door(VIEW)
def check(request: HttpRequest, run_id: int) -> HttpResponse:
    """Whether the report comes out the same when it is built for its moment once more."""
    again = services.reproduce(actor=signed_in(request), run_id=run_id)
    return render(request, "production/reports/_check.html", {"again": again})


@never_cache
@require_POST
@door(VIEW)
def anew(request: HttpRequest, run_id: int) -> HttpResponse:
    """The same report from the data of now."""
    user = signed_in(request)
    with acting(user, channel="web"):
        run = services.make_anew(actor=user, run_id=run_id, at=now())
    return _gone(request, reverse("report", args=[run.pk]))


@never_cache
@require_GET
@door(VIEW)
def file(request: HttpRequest, run_id: int, suffix: str) -> HttpResponse:
    """The report as a file; the rights are asked each time, and the trail says who took it."""
    user = signed_in(request)
    run = run_or_missing(user, run_id)
    return answer_file(user, run, suffix)


def _gone(request: HttpRequest, address: str) -> HttpResponse:
    """Lead on; a form that htmx sent is told by a header, since a redirected answer would be swapped in."""
    if "HX-Request" in request.headers:
        return HttpResponse(status=200, headers={"HX-Redirect": address})
    return redirect(address)
