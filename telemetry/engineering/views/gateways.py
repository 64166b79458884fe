"""The list of gateways, one gateway with its devices, and tags that nobody reads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.web.doors import door, signed_in
from telemetry.devices.services import switch_tag
from telemetry.engineering import queries
from telemetry.engineering.views.common import LIVE, MANAGE, VIEW, at_site, gateway_or_missing


@never_cache
@require_GET
@door(VIEW)
def gateways(request: HttpRequest, part: str = "") -> HttpResponse:
    """Every gateway one may see: state, last seen, rows waiting, devices connected."""
    at = now()
    context = {
        "rows": queries.gateway_rows(signed_in(request), at),
        "now": at,
        "live_topics": LIVE,
        "may_enrol": may(request.user, "telemetry.gateway.enrol") and may(request.user, "admin.use"),
    }
    return render(request, f"telemetry/devices/{'_gateways' if part else 'gateways'}.html", context)


@never_cache
@require_GET
@door(VIEW)
def gateway(request: HttpRequest, code: str, part: str = "") -> HttpResponse:
    """One gateway and its devices with their health."""
    found, at = gateway_or_missing(request, code), now()
    context = {
        "row": queries.gateway_row(found, at),
        "devices": queries.device_rows(found, at),
        "certificate_until": queries.certificate_until(found, at),
    }
    return at_site(request, found, f"telemetry/devices/{'_devices' if part else 'gateway'}.html", context)


@never_cache
@require_GET
@door(VIEW)
def unused(request: HttpRequest) -> HttpResponse:
    """Tags collected for 90 days that no rule uses and nobody looked at."""
    at = now()
    context = {
        "unused": queries.unused_tags(signed_in(request), at),
        "mine": {row.tag.pk for row in queries.unused_tags(signed_in(request), at, MANAGE)}
        if may(request.user, MANAGE)
        else set(),
        "days": queries.UNREAD_FOR.days,
        "now": at,
    }
    return render(request, "telemetry/devices/unused.html", context)


@require_POST
@door(MANAGE)
def stop_unused(request: HttpRequest) -> HttpResponse:
    """Stop collecting the chosen of the unused tags, all in one act."""
    user, at = signed_in(request), now()
    chosen = set(request.POST.getlist("tag"))
    reason = _("nobody read it for %(days)d days") % {"days": queries.UNREAD_FOR.days}
    with acting(user, channel="web", reason=reason):
        for row in queries.unused_tags(user, at, MANAGE):
            if str(row.tag.pk) in chosen:
                switch_tag(actor=user, tag_id=row.tag.pk, enabled=False, reason=reason, at=at)
    return redirect("gateways-unused")
