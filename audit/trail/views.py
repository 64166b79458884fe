"""The history panel of a record, and the page of the whole trail."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from audit.trail.forms import TrailForm
from audit.trail.queries import history_of, page_of, thing_of, trail
from audit.trail.wording import told
from factory_core.web.doors import door


@require_GET
@door("trail.view")
def history(request: HttpRequest, label: str, key: int) -> HttpResponse:
    """The changes of one record, a fragment that any page can load."""
    thing = thing_of(request.user, label, key)
    rows, older = page_of(history_of(request.user, thing), _before(request))
    return render(
        request,
        "audit/trail/_history.html",
        {
            "entries": told(request.user, rows),
            "older_url": f"{request.path}?before={older}" if older else "",
            "is_first": _before(request) is None,
        },
    )


@require_GET
@door("trail.all")
def whole_trail(request: HttpRequest) -> HttpResponse:
    """Every change in the plant, by person, thing, time and channel."""
    form = TrailForm(request.GET)
    rows, older = page_of(trail(request.user, form.wanted()), _before(request))
    return render(
        request,
        "audit/trail/trail.html",
        {
            "form": form,
            "entries": told(request.user, rows),
            "older": older,
            "is_first": _before(request) is None,
        },
    )


def _before(request: HttpRequest) -> int | None:
    given = request.GET.get("before", "")
    return int(given) if given.isdecimal() and len(given) < 19 else None
