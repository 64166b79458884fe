"""Which values of a device are collected: naming the chosen ones, adding some by hand, changing and stopping one."""

import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.plant.models import Machine
from factory_core.web.doors import door, signed_in
from telemetry.devices.models import Device, Tag, TagKind
from telemetry.devices.services import add_tags, change_tag, switch_tag
from telemetry.devices.services.tags import MOST_AT_ONCE
from telemetry.engineering import queries
from telemetry.engineering.forms import DECISIONS, TagForm, initial_of
from telemetry.engineering.rules import proposed_kind, proposed_name, proposed_role
from telemetry.engineering.views.common import MANAGE, at_site, device_or_missing, tag_or_missing

BLANK_ROWS = 3


@never_cache
@require_POST
@door(MANAGE)
def choose(request: HttpRequest, code: str, device: str) -> HttpResponse:
    """The chosen values, each with a proposal to be looked at; nothing is saved yet."""
    found = device_or_missing(request, code, device, MANAGE)
    machines = queries.machines_at(signed_in(request), found.gateway)
    picks = [pick for pick in map(_pick, request.POST.getlist("pick")[:MOST_AT_ONCE]) if pick]
    owner = next((m for m in machines if str(m.pk) == request.POST.get("machine")), None)
    forms = [
        TagForm(found, machines, prefix=f"t{row}", initial=_proposal(found, owner, pick))
        for row, pick in enumerate(picks or [{}] * (1 if found.protocol == "scanner" else BLANK_ROWS))
    ]
    return _page(request, found, forms, by_hand=not picks)


@never_cache
@require_POST
@door(MANAGE)
def save(request: HttpRequest, code: str, device: str) -> HttpResponse:
    """Collect the values of the rows, all or none."""
    found, user = device_or_missing(request, code, device, MANAGE), signed_in(request)
    machines = queries.machines_at(user, found.gateway)
    said = request.POST.get("rows", "")
    count = min(int(said), MOST_AT_ONCE) if said.isdecimal() and len(said) < 6 else 0
    rows = [row for row in range(count) if _was_filled(request, row)]
    forms = [TagForm(found, machines, request.POST, prefix=f"t{row}") for row in rows]
    by_hand = request.POST.get("by_hand") == "yes"
    if not forms:
        blank = [TagForm(found, machines, prefix=f"t{row}") for row in range(BLANK_ROWS)]
        return _page(request, found, blank, by_hand=True, sentence=_("Choose or type at least one value."))
    # Each form is asked, so that all mistakes are told at once.
    if [form for form in forms if not form.is_valid()]:
        return _page(request, found, forms, by_hand=by_hand)
    try:
        with acting(user, channel="web"):
            add_tags(actor=user, device_id=found.pk, wishes=[form.wish() for form in forms], at=now())
    except Refusal as refusal:
        for error in refusal.details.get("errors", ()):
            forms[int(error["pointer"].split("/")[2])].take(error)
        return _page(request, found, forms, by_hand=by_hand, sentence=refusal.sentence)
    return redirect("device", code=code, device=device)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def edit(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Change what a tag is and how it is read."""
    tag, user = tag_or_missing(request, code, number), signed_in(request)
    machines = queries.machines_at(user, tag.gateway)
    form = TagForm(tag.device, machines, request.POST or None, tag=tag, initial=initial_of(tag))
    if tag.device is None or not tag.address:
        # A program sends it by its name: there is nothing to be read from a device.
        for name in ("address", "type", "period_s", "scale", "offset", "deadband", "values"):
            form.fields.pop(name, None)
    if request.method == "POST" and form.is_valid():
        form.cleaned_data.setdefault("address", tag.address)
        try:
            with acting(user, channel="web", reason=request.POST.get("reason", "")[:200]):
                change_tag(actor=user, tag_id=tag.pk, wish=form.wish(), at=now())
            return (
                redirect("device", code=code, device=tag.device.code) if tag.device else redirect("gateway", code=code)
            )
        except Refusal as refusal:
            for error in refusal.details.get("errors", ()):
                form.take(error)
            if not refusal.details.get("errors"):
                form.add_error(None, refusal.sentence)
    context = {"tag": tag, "form": form, "decisions": DECISIONS}
    return at_site(request, tag.gateway, "telemetry/devices/tag.html", context, status=422 if form.errors else 200)


@require_POST
@door(MANAGE)
def switch(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Collect the tag again, or no longer (with the reason)."""
    tag, user = tag_or_missing(request, code, number), signed_in(request)
    reason, enabled = request.POST.get("reason", "")[:200], request.POST.get("enabled") == "yes"
    with acting(user, channel="web", reason=reason):
        switch_tag(actor=user, tag_id=tag.pk, enabled=enabled, reason=reason, at=now())
    return _back(code, tag)


def _back(code: str, tag: Tag) -> HttpResponse:
    return redirect("device", code=code, device=tag.device.code) if tag.device else redirect("gateway", code=code)


def _page(
    request: HttpRequest, device: Device, forms: Sequence[TagForm], *, by_hand: bool, sentence: str = ""
) -> HttpResponse:
    faulty = bool(sentence) or any(form.is_bound and form.errors for form in forms)
    # Rows keep their numbers where some were left empty.
    rows = 1 + max(int((form.prefix or "t0")[1:]) for form in forms)
    context = {
        "device": device, "forms": forms, "rows": rows, "by_hand": by_hand, "decisions": DECISIONS,
        "sentence": sentence or (_("Nothing was saved: please look at the marked fields.") if faulty else ""),
    }  # fmt: skip
    return at_site(request, device.gateway, "telemetry/devices/choose.html", context, status=422 if faulty else 200)


def _was_filled(request: HttpRequest, row: int) -> bool:
    """The beginning of a name is proposed in rows nobody touched."""
    typed = {name: request.POST.get(f"t{row}-{name}", "").strip() for name in ("address", "name", "decision")}
    named = typed["name"] and not typed["name"].endswith(".")
    return bool(typed["address"] or typed["decision"] or named)


def _pick(text: str) -> dict[str, str] | None:
    """What a ticked box says of its value; the browser could have changed it, so it is only a proposal."""
    try:
        said = json.loads(text)
    except ValueError:
        return None
    if not isinstance(said, dict) or not isinstance(said.get("address"), str):
        return None
    return {name: str(said.get(name) or "")[:400] for name in ("address", "name", "kind", "type", "unit", "meaning")}


def _proposal(device: Device, owner: Machine | None, pick: dict[str, str]) -> dict[str, Any]:
    if not pick:
        blank = {"machine": str(owner.pk) if owner else "", "name": f"{owner.code if owner else device.code}."}
        if device.protocol == "scanner":
            return {**blank, "address": "scan", "name": f"{blank['name']}scan", "kind": TagKind.TEXT}
        return blank
    role = proposed_role(pick["name"], pick["kind"], pick["unit"], pick["meaning"])
    return {
        "address": pick["address"],
        "name": proposed_name(owner.code if owner else device.code, pick["name"]),
        "role": role,
        "kind": proposed_kind(pick["kind"], role),
        "unit": pick["unit"][:20],
        "machine": str(owner.pk) if owner else "",
        "type": pick["type"],
    }
