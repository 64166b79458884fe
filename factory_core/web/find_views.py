"""The field that finds: a code leads straight to its thing, a text to a list."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from factory_core.access.policy import may
from factory_core.web.doors import door, signed_in
from factory_core.web.finders import finders

LONGEST = 200


@never_cache
@require_GET
@door("plant.view")
def find(request: HttpRequest) -> HttpResponse:
    """What a typed or scanned text may mean; a single exact answer is opened at once."""
    # Only blanks: the separator of a scanned label would count as one, and is part of what was read.
    user, text = signed_in(request), request.GET.get("q", "").strip(" \t\r\n")[:LONGEST]
    found = []
    if text:
        for capability, finder in finders():
            if may(user, capability):
                found += finder(user, text)
    exact = [one for one in found if one.exact]
    if len(exact) == 1:
        return redirect(exact[0].url)
    return render(request, "parts/find.html", {"text": text, "found": exact + [one for one in found if not one.exact]})
