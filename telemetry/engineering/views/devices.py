"""One device: its health, its tags with live values; adding it, changing it, no longer reading it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from telemetry.devices.models import Source
from telemetry.devices.protocols import PROTOCOLS
from telemetry.devices.services import add_device, change_device, switch_device
from telemetry.engineering import queries
from telemetry.engineering.forms import DeviceForm
from telemetry.engineering.views.common import MANAGE, VIEW, at_site, device_or_missing, gateway_or_missing


@never_cache
@require_GET
@door(VIEW)
def device(request: HttpRequest, code: str, device: str, part: str = "") -> HttpResponse:
    """The device's page, or its live part alone."""
    found, at = device_or_missing(request, code, device), now()
    context = {
        "device": found,
        "row": queries.device_row(found, at),
        "tags": queries.tag_rows(found, at),
        "machines": queries.states_of(queries.machines_of(found)),
    }
    if not part:
        protocol = PROTOCOLS.get(found.protocol)
        can_choose = protocol is not None or found.protocol == Source.SPARKPLUG
        context |= {
            "can_choose": can_choose,
            "browses": protocol.browses if protocol else can_choose,
            "all_machines": queries.machines_at(signed_in(request), found.gateway) if can_choose else [],
            "may_map": may(request.user, "telemetry.rule.edit"),
            "losses": queries.losses_of(found),
        }
    return at_site(request, found.gateway, f"telemetry/devices/{'_device' if part else 'device'}.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def add(request: HttpRequest, code: str) -> HttpResponse:
    """Choose a protocol, answer its questions, and the gateway reads the device."""
    gateway = gateway_or_missing(request, code, MANAGE)
    protocol = PROTOCOLS.get(request.POST.get("protocol") or request.GET.get("protocol", ""))
    form = DeviceForm(protocol, request.POST or None) if protocol else None
    if request.method == "POST" and protocol and form is not None and form.is_valid():
        user, wanted = signed_in(request), form.cleaned_data["code"]
        try:
            with acting(user, channel="web"):
                add_device(
                    actor=user, gateway_id=gateway.pk, code=wanted, protocol=protocol.key, settings=form.settings(),
                    at=now(),
                )  # fmt: skip
            return redirect("device", code=gateway.code, device=wanted)
        except Refusal as refusal:
            _tell(form, refusal)
    context = {"form": form, "protocol": protocol, "protocols": PROTOCOLS.values()}
    return at_site(request, gateway, "telemetry/devices/add.html", context, status=422 if form and form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def edit(request: HttpRequest, code: str, device: str) -> HttpResponse:
    """Change how the device is reached. Somebody else's change meanwhile is told, not overwritten."""
    found = device_or_missing(request, code, device, MANAGE)
    protocol = PROTOCOLS.get(found.protocol)
    form = DeviceForm(protocol, request.POST or None, device=found) if protocol else None
    if request.method == "POST" and form is not None and form.is_valid():
        user, version = signed_in(request), request.POST.get("version", "")
        try:
            with acting(user, channel="web", reason=request.POST.get("reason", "")[:200]):
                change_device(
                    actor=user, device_id=found.pk, settings=form.settings(), at=now(),
                    version=int(version) if version.isdecimal() and len(version) < 10 else None,
                )  # fmt: skip
            return redirect("device", code=code, device=device)
        except Refusal as refusal:
            _tell(form, refusal)
    context = {"device": found, "form": form, "protocol": protocol}
    status = 422 if form and form.errors else 200
    return at_site(request, found.gateway, "telemetry/devices/edit.html", context, status=status)


@require_POST
@door(MANAGE)
def switch(request: HttpRequest, code: str, device: str) -> HttpResponse:
    """Read the device again, or no longer (with the reason)."""
    found, user = device_or_missing(request, code, device, MANAGE), signed_in(request)
    reason, enabled = request.POST.get("reason", "")[:200], request.POST.get("enabled") == "yes"
    with acting(user, channel="web", reason=reason):
        switch_device(actor=user, device_id=found.pk, enabled=enabled, reason=reason, at=now())
    return redirect("device", code=code, device=device)


def _tell(form: DeviceForm, refusal: Refusal) -> None:
    errors = refusal.details.get("errors")
    if errors:
        form.take(errors)
    else:
        form.add_error("code" if refusal.code == "code_taken" and "code" in form.fields else None, refusal.sentence)
