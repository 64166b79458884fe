"""What a machine's words mean: the short way to its first state rule. The long way is the page on its states."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.plant.models import Machine
from factory_core.web.display import display_state, display_word
from factory_core.web.doors import door, signed_in
from telemetry.devices.models import Tag, TagKind, TagRole
from telemetry.engineering import queries
from telemetry.engineering.services import map_words
from telemetry.engineering.views.common import NothingHere, at_site, device_or_missing
from telemetry.states.states import MachineState

RULE = "telemetry.rule.edit"
BLANK_WORDS = 3
COUNTS = ("pieces", "scrap")


@never_cache
@require_http_methods(["GET", "POST"])
@door(RULE)
def mapping(request: HttpRequest, code: str, device: str, machine: str) -> HttpResponse:
    """Each word the chosen tag said, and what it means for the machine; which counters count pieces."""
    found = device_or_missing(request, code, device)
    subject = next((m for m in queries.machines_of(found) if m.code == machine), None)
    if subject is None or not may(request.user, RULE, subject):
        raise NothingHere(_("There is no machine %(code)s here whose states you may set.") % {"code": machine})
    tags = queries.tags_to_map(subject)
    sentence = ""
    if request.method == "POST":
        try:
            _save(request, subject, tags)
            return redirect("device", code=code, device=device)
        except Refusal as refusal:
            sentence = refusal.sentence
    context = {
        "device": found,
        "machine": subject,
        "sentence": sentence,
        **_shown(request, subject, tags),
    }
    return at_site(request, found.gateway, "telemetry/devices/map.html", context, status=422 if sentence else 200)


def _save(request: HttpRequest, machine: Machine, tags: list[Tag]) -> None:
    user, said = signed_in(request), request.POST
    tag = next((tag for tag in tags if tag.name == said.get("tag")), None)
    if tag is None:
        raise NothingHere(_("Choose the tag that says what the machine does."))
    pairs = zip(said.getlist("word"), said.getlist("state"), strict=False)
    counts = {one.name: said.get(f"counts-{one.pk}", "") for one in tags}
    with acting(user, channel="web", reason=said.get("reason", "")[:200]):
        map_words(
            actor=user, machine=machine, tag=tag.name, words=dict(pairs),
            otherwise=said.get("otherwise", ""),
            counts={name: counted for name, counted in counts.items() if counted in COUNTS}, at=now(),
        )  # fmt: skip


def _shown(request: HttpRequest, machine: Machine, tags: list[Tag]) -> dict[str, Any]:
    """The form, with what was typed where a refusal gives it back."""
    said, at = request.POST, now()
    speakers = [tag for tag in tags if tag.role == TagRole.STATE or tag.kind in (TagKind.TEXT, TagKind.BOOL)]
    wanted = said.get("tag") or request.GET.get("tag", "")
    tag = next((tag for tag in speakers if tag.name == wanted), speakers[0] if speakers else None)
    if "word" in said:
        pairs = list(zip(said.getlist("word"), said.getlist("state"), strict=False))
    elif tag is not None and tag.kind == TagKind.BOOL:
        pairs = [("1", MachineState.PRODUCING.value), ("0", MachineState.IDLE.value)]
    else:
        pairs = [(word, "") for word in (queries.words_said(tag, at) if tag else [])] + [("", "")] * BLANK_WORDS
    counters = [one for one in tags if one.kind in (TagKind.COUNTER, TagKind.NUMBER) and one.role == TagRole.COUNT]
    return {
        "tags": speakers,
        "tag": tag,
        "pairs": pairs,
        "states": [(state.value, display_word(state, display_state(state))) for state in MachineState],
        "otherwise": said.get("otherwise") or MachineState.STOPPED.value,
        "counters": [(one, said.get(f"counts-{one.pk}", "pieces" if len(counters) == 1 else "")) for one in counters],
        "rule": queries.rule_in_force(machine, at),
        "other_ways": _other_ways(machine, tags),
    }


def _other_ways(machine: Machine, tags: list[Tag]) -> list[tuple[str, str]]:
    """Where rules are made that need more than words: templates, thresholds with their preview, pulses."""
    address = f"/machines/{machine.code}/rule/"
    energy = next((tag for tag in tags if tag.role == TagRole.ENERGY), None)
    count = next((tag for tag in tags if tag.role == TagRole.COUNT), None)
    ways = [(_("Templates: PackML, MTConnect, OPC UA"), address)]
    if energy:
        asked = urlencode({"kind": "current", "tag": energy.name})
        ways.append((_("By current or power: %(tag)s") % {"tag": energy.name}, f"{address}?{asked}"))
    if count:
        asked = urlencode({"kind": "counter", "tag": count.name})
        ways.append((_("By its pulses: %(tag)s") % {"tag": count.name}, f"{address}?{asked}"))
    return ways
