"""Looking into a device: the gateway is asked what lies under an address, and what it is worth now."""

import hashlib
import json
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.display import quantity
from factory_core.web.doors import door, signed_in
from telemetry.devices.models import Device, Source, TagKind
from telemetry.devices.services import edge_settings
from telemetry.edge.questions import Answer, Found
from telemetry.engineering import queries
from telemetry.engineering.shown import quality_word
from telemetry.engineering.views.common import MANAGE, NothingHere, at_site, device_or_missing
from telemetry.questions.queries import look
from telemetry.questions.rules import Progress
from telemetry.questions.services import ask_gateway
from telemetry.sparkplug.queries import births_of, born_values
from telemetry.wire import Quality

MOST_READ = 200
LONGEST_ADDRESS = 400


@never_cache
@require_POST
@door(MANAGE)
def browse(request: HttpRequest, code: str, device: str) -> HttpResponse:
    """Ask what lies under `address` (empty: at the top); the answer comes when the gateway has it."""
    found = device_or_missing(request, code, device, MANAGE)
    address = request.POST.get("address", "")[:LONGEST_ADDRESS]
    if found.protocol == Source.SPARKPLUG:
        return _answered(request, found, births_of(found.gateway, address), address)
    return _ask(request, found, kind="browse", address=address)


@never_cache
@require_POST
@door(MANAGE)
def read(request: HttpRequest, code: str, device: str) -> HttpResponse:
    """Ask for the present values at some addresses."""
    found = device_or_missing(request, code, device, MANAGE)
    addresses = [address[:LONGEST_ADDRESS] for address in request.POST.getlist("address")[:MOST_READ]]
    if found.protocol == Source.SPARKPLUG:
        return _answered(request, found, born_values(found.gateway, addresses), kind="read")
    return _ask(request, found, kind="read", addresses=addresses)


@never_cache
@require_GET
@door(MANAGE)
def answer(request: HttpRequest, code: str, device: str, number: int) -> HttpResponse:
    """What the gateway answered; until then, the fragment that asks again."""
    found = device_or_missing(request, code, device, MANAGE)
    seen = look(signed_in(request), number, now())
    if seen is None or seen.question.gateway_id != found.gateway_id:
        raise NothingHere(_("There is no such question to this gateway."))
    if seen.progress == Progress.WAITING:
        context = {"device": found, "question": seen.question}
        return at_site(request, found.gateway, "telemetry/devices/_asking.html", context)
    question = seen.question
    return _answered(request, found, seen.answer, question.address, kind=question.kind, trouble=seen.trouble)


def _answered(
    request: HttpRequest, device: Device, answer: Answer, address: str = "", *, kind: str = "browse", trouble: str = ""
) -> HttpResponse:
    known = queries.addresses_of(device)
    context = {
        "device": device,
        "found": [_shown(one, known) for one in answer.found],
        "more": answer.more,
        "has_values": any(_can_be_picked(one) for one in answer.found),
        "trouble": trouble or answer.trouble,
        "where": json.dumps({"address": address}, ensure_ascii=False),
    }
    template = "_values.html" if kind == "read" else "_found.html"
    return at_site(request, device.gateway, f"telemetry/devices/{template}", context)


def _ask(request: HttpRequest, device: Device, *, kind: str, **more: Any) -> HttpResponse:
    user = signed_in(request)
    context: dict[str, Any] = {"device": device}
    try:
        with acting(user, channel="web"):
            context["question"] = ask_gateway(
                actor=user, gateway_id=device.gateway_id, kind=kind, device=edge_settings(device), at=now(), **more
            )
    except Refusal as refusal:
        # A fragment: the sentence stands where the answer would.
        context["trouble"], context["where"] = refusal.sentence, json.dumps({"address": more.get("address", "")})
        return at_site(request, device.gateway, "telemetry/devices/_found.html", context)
    return at_site(request, device.gateway, "telemetry/devices/_asking.html", context)


def _can_be_picked(one: Found) -> bool:
    """A folder has neither kind nor type; what no tag can hold is wrongly configured by its driver's own word."""
    return not one.has_children and (bool(one.kind) or (bool(one.type) and one.quality != Quality.CONFIGURATION_ERROR))


def _shown(one: Found, known: dict[str, str]) -> dict[str, Any]:
    """A thing found, with what a ticked box carries, and the tag it already is, if it is one."""
    carried = {name: getattr(one, name) for name in ("address", "name", "kind", "type", "unit", "meaning")}
    return {
        **msgspec.to_builtins(one),
        "key": hashlib.sha1(one.address.encode(), usedforsecurity=False).hexdigest()[:12],
        "can_be_picked": _can_be_picked(one),
        "value": _text(one.value),
        "poor": "" if one.quality >= 192 else quality_word(one.quality),
        "kind_word": dict(TagKind.choices).get(one.kind, ""),
        "pick": json.dumps(carried, ensure_ascii=False),
        "where": json.dumps({"address": one.address}, ensure_ascii=False),
        "tag": known.get(one.address, ""),
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return quantity(value) if isinstance(value, int | float) else str(value)[:120]
