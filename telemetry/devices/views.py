"""The waiting list: who asks to be let in, and the two answers a person can give."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.errors import Invalid
from factory_core.plant.models import Site
from factory_core.web.doors import door, signed_in
from telemetry.devices.queries import newcomers
from telemetry.devices.services import admit_newcomer, dismiss_newcomer

ENROL = "telemetry.gateway.enrol"


class NoSite(Invalid):
    """Whoever is let in belongs to a site."""

    code = "no_site"


@never_cache
@require_GET
@door(ENROL)
def waiting(request: HttpRequest) -> HttpResponse:
    """Who waits, newest first, and who was sent away."""
    reader = signed_in(request)
    context = {
        "waiting": newcomers(reader),
        "dismissed": newcomers(reader, dismissed=True),
        "sites": visible(reader, Site.objects.order_by("code"), ENROL),
        "live_topics": ["health"],
    }
    return render(request, "telemetry/newcomers.html", context)


@require_POST
@door(ENROL)
def admit(request: HttpRequest, number: int) -> HttpResponse:
    """Let one in, under a code of the plant and at a site."""
    actor = signed_in(request)
    site = visible(actor, Site.objects.all(), ENROL).filter(code=request.POST.get("site", "")).first()
    if site is None:
        raise NoSite(_("Say to which site the sender belongs."))
    with acting(actor, channel="web"):
        admit_newcomer(actor=actor, newcomer_id=number, code=request.POST.get("code", "").strip(), site=site, at=now())
    return redirect("newcomers")


@require_POST
@door(ENROL)
def dismiss(request: HttpRequest, number: int) -> HttpResponse:
    """Send one away."""
    actor = signed_in(request)
    with acting(actor, channel="web"):
        dismiss_newcomer(actor=actor, newcomer_id=number, at=now())
    return redirect("newcomers")
