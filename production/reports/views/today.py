"""Today: the owner's board of answers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from factory_core.clock import now
from factory_core.web.doors import door, signed_in
from production.reports.queries.today import Day, answers


@never_cache
@ensure_csrf_cookie
@require_GET
@door("production.view")
def today(request: HttpRequest) -> HttpResponse:
    """Question, answer, detail; `?line=` one line, `?wall=1` fills a wall display."""
    return _answer(request, "production/reports/today.html")


@never_cache
@require_GET
@door("production.view")
def rows(request: HttpRequest) -> HttpResponse:
    """The rows alone."""
    return _answer(request, "production/reports/_today.html")


def _answer(request: HttpRequest, template: str) -> HttpResponse:
    day = Day(signed_in(request), now(), request.GET.get("line", ""))
    wall = request.GET.get("wall") == "1"
    query = {"line": day.line_code, "wall": "1" if wall else ""}
    context: dict[str, Any] = {
        "answers": answers(day),
        "at": day.at,
        "silent": day.silent,
        "machines": len(day.machines),
        "wall": wall,
        "rows_query": urlencode({name: value for name, value in query.items() if value}),
        "default_theme": "dark" if wall else "",
        "live_topics": ["floor"],
    }
    site = next((line.area.site for line in day.lines.values()), None)
    with timezone.override(site.zone if site else timezone.get_current_timezone()):
        return render(request, template, context)
