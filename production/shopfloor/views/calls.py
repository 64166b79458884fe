"""The calls for help of a shift, with how fast they were answered."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from factory_core.clock import now
from factory_core.web.doors import door, signed_in
from production.shopfloor.queries.calls import calls_of, figures_by_kind, rows_of
from production.shopfloor.queries.floor import machines_seen_by

# A shift and its handover; the lines of a plant need not change shifts together.
SHOWN = timedelta(hours=8)


@never_cache
@ensure_csrf_cookie
@require_GET
@door("production.view")
def shift_calls(request: HttpRequest) -> HttpResponse:
    """The calls of the last eight hours and those still open, and response times by kind."""
    user, at = signed_in(request), now()
    names = dict(machines_seen_by(user).values_list("pk", "name"))
    calls = calls_of(names, user, at - SHOWN, at)
    context = {
        "rows": rows_of(calls, names, at),
        "figures": figures_by_kind(calls),
        "now": at,
        "live_topics": ["floor"],
    }
    template = "_shift_calls.html" if "HX-Request" in request.headers else "calls.html"
    return render(request, f"production/shopfloor/{template}", context)
