"""What the engineer's pages share: finding what the asker may see, and answering in the time of the site."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Missing
from factory_core.web.doors import signed_in
from telemetry.devices.models import Device, Gateway, Tag
from telemetry.engineering import queries

VIEW, MANAGE = "telemetry.device.view", "telemetry.device.manage"
# The socket tells whether the page still hears the server; the values themselves are asked for.
LIVE = ["floor", "health"]


class NothingHere(Missing):
    """There is no gateway, device or tag of that name that the asker may see or set up."""

    code = "nothing_to_show"


def gateway_or_missing(request: HttpRequest, code: str, capability: str = VIEW) -> Gateway:
    """The gateway of an address. Raises NothingHere."""
    gateway = queries.gateway_of(signed_in(request), code, capability)
    if gateway is None:
        raise NothingHere(_("There is no gateway %(code)s that you may see.") % {"code": code})
    return gateway


def device_or_missing(request: HttpRequest, code: str, device: str, capability: str = VIEW) -> Device:
    """The device of an address, with its gateway. Raises NothingHere."""
    found = queries.device_of(gateway_or_missing(request, code, capability), device)
    if found is None:
        raise NothingHere(_("There is no device %(code)s that you may see.") % {"code": device})
    return found


def tag_or_missing(request: HttpRequest, code: str, number: int) -> Tag:
    """The tag of an address, for whoever may change it. Raises NothingHere."""
    tag = queries.tag_of(gateway_or_missing(request, code, MANAGE), number)
    if tag is None:
        raise NothingHere(_("There is no such tag that you may change."))
    return tag


def at_site(
    request: HttpRequest, gateway: Gateway, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render with the clock of the gateway's site."""
    zone = gateway.site.zone
    with timezone.override(zone):
        whole = {
            "now": now().astimezone(zone),
            "gateway": gateway,
            "may_manage": may(request.user, MANAGE, gateway),
            "live_topics": LIVE,
            **context,
        }
        return render(request, template, whole, status=status)
