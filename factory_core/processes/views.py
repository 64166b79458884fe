"""Alive, ready, and numbers for monitoring."""

import ipaddress

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.processes.metrics import as_prometheus
from factory_core.processes.queries import health, readiness
from factory_core.processes.rules import Colour


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """200 `ok` as long as the process answers at all."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Whether pages can be served: JSON per part, 503 if not. Colours only: anybody may ask."""
    parts = readiness()
    is_ready = all(part.colour is not Colour.RED for part in parts)
    body = {"ready": is_ready, "parts": [{"part": part.name, "colour": part.colour} for part in parts]}
    return JsonResponse(body, status=200 if is_ready else 503, headers={"Cache-Control": "no-store"})


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for this machine and for people who may see the health of the system."""
    if not (_is_local(request) or may(request.user, "health.view")):
        raise PermissionDenied(_("Metrics are for this machine and for people who may see the health of the system."))
    return HttpResponse(as_prometheus(health(now()), now()), content_type="text/plain; version=0.0.4; charset=utf-8")


def _is_local(request: HttpRequest) -> bool:
    # Behind a proxy on the same machine everybody comes from here: then only the capability counts.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
