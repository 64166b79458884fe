"""The station of a machine and its fragments: what runs, what waits, what a scan means, and who is here."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Invalid
from factory_core.people.models import User, UserKind
from factory_core.people.services import PIN_LENGTH, note_arrival, person_of_badge, person_of_pin
from factory_core.people.tokens import author_pass
from factory_core.plant.models import Machine
from factory_core.web.doors import door, signed_in
from production.downtime.queries import reason_groups
from production.shopfloor.queries.loading import read_code
from production.shopfloor.queries.look import StationLook
from production.shopfloor.queries.station import people_here
from production.shopfloor.queries.work import loss_reasons, pause_reasons
from production.shopfloor.screens import HELP_KINDS
from production.shopfloor.views.common import NoSuchMachine, at_site, machine_or_missing

IDLE_S = 600
GLANCE_S = 45


class NobodyNamed(Invalid):
    """Neither a badge nor a person with a PIN was sent."""

    code = "nobody_named"


# What each fragment shows of a look at the station; the template is named after the part.
PARTS = {
    "band": ("band", "work"),
    "calls": ("calls",),
    "order": ("order", "workers", "queued", "waiting"),
    "queue": ("queue", "running"),
    "reasons": ("reasons", "todo"),
    "recent": ("recent",),
    "work": ("sheet", "workers"),
}
PAGE = ("band", "reasons", "order", "recent", "calls", "work", "todo", "workers", "queued", "waiting")
OF_SHIFT = {"order", "recent"}
# The floor's list of calls has the plain name.
TEMPLATES = {"calls": "_station_calls"}


@never_cache
@ensure_csrf_cookie
@require_GET
@door("production.view")
def station(request: HttpRequest, code: str) -> HttpResponse:
    """One machine for its operator; state and instructions are seen without anybody signed in at the terminal.

    What stands behind a tap comes right after it, as `sheets`.
    """
    machine, at = machine_or_missing(request, code), now()
    user = signed_in(request)
    is_person = user.kind == UserKind.PERSON
    context = {
        "station": {
            **_named_here(machine),
            "own_pass": author_pass(user, user, at) if is_person else "",
            "pass_name": user.name if is_person else "",
            "idle_seconds": IDLE_S,
            "glance_seconds": GLANCE_S,
        },
        **_seen(machine, at, PAGE),
        "here": _here(machine),
        "help_kinds": HELP_KINDS,
        "live_topics": [f"machine:{machine.code}"],
    }
    return at_site(request, machine, "production/shopfloor/station.html", context)


@never_cache
@require_GET
@door("production.view")
def sheets(request: HttpRequest, code: str) -> HttpResponse:
    """What the station's page needs behind its taps, with network and without: names, reasons, queue and work."""
    machine, at = machine_or_missing(request, code), now()
    context = {
        "station": _named_here(machine),
        **_seen(machine, at, ("queue", "running", "sheet", "workers")),
        "here": _people(request, machine),
        "reason_groups": reason_groups(),
        "losses": loss_reasons(),
        "pauses": pause_reasons(),
    }
    return at_site(request, machine, "production/shopfloor/_sheets.html", context)


@never_cache
@require_GET
@door("production.view")
def station_part(request: HttpRequest, code: str, part: str) -> HttpResponse:
    """One fragment of the station: band, reasons, order, queue, work, recent or calls."""
    if part not in PARTS:
        raise NoSuchMachine(_("A station has the parts band, reasons, order, queue, work, recent and calls."))
    machine, at = machine_or_missing(request, code), now()
    context = {"station": _named_here(machine), **_seen(machine, at, PARTS[part])}
    return at_site(request, machine, f"production/shopfloor/{TEMPLATES.get(part, f'_{part}')}.html", context)


@never_cache
@require_GET
@door("production.view")
def load(request: HttpRequest, code: str) -> HttpResponse:
    """What a scanned order or operation means here: shown because it runs, or how to start it."""
    machine = machine_or_missing(request, code)
    loaded = read_code(signed_in(request), machine, request.GET.get("code", ""))
    step = loaded.operation
    label = f"{step.order.number}/{step.number}"
    if loaded.runs_here:
        return JsonResponse({"what": _("%(order)s is running here") % {"order": label}})
    return JsonResponse(
        {
            "what": _("Start %(order)s") % {"order": label},
            "url": f"/api/v1/machines/{machine.pk}/start-operation",
            "body": {"operation": step.pk},
        }
    )


@never_cache
@ensure_csrf_cookie
@require_http_methods(["GET", "POST", "DELETE"])
@door("production.view")
def here(request: HttpRequest, code: str) -> HttpResponse:
    """Who is here: by badge, or by name and PIN; answers with the pass under which the person's taps go out."""
    machine, at = machine_or_missing(request, code), now()
    if request.method == "DELETE":
        request.session.pop("here", None)
        return HttpResponse(status=204)
    if request.method == "GET":
        context = {
            "station": _named_here(machine),
            **_seen(machine, at, ("band",)),
            "here": {**_people(request, machine), "next_url": f"/station/{machine.code}/"},
            "live_topics": [f"machine:{machine.code}"],
        }
        return at_site(request, machine, "factory_core/people/here.html", context)
    person, terminal = _named(request, machine), signed_in(request)
    with acting(person, channel="station"):
        note_arrival(person=person, terminal=terminal, at=at)
        request.session["here"] = {"user": person.pk, "at": at.isoformat()}
        if person.language and terminal.kind == UserKind.TERMINAL:
            request.session["language"] = person.language
    who = {"id": person.pk, "name": person.name, "language": person.language}
    return JsonResponse({"pass": author_pass(person, terminal, at), "person": who})


def _named_here(machine: Machine) -> dict[str, Any]:
    return {"code": machine.code, "name": machine.name, "machine_id": machine.pk}


def _seen(machine: Machine, at: datetime, names: Sequence[str]) -> dict[str, Any]:
    look = StationLook(machine, at, of_shift=not OF_SHIFT.isdisjoint(names))
    # The sheet is the work with all that belongs to it.
    return {name.replace("sheet", "work"): getattr(look, name) for name in names}


def _here(machine: Machine) -> dict[str, Any]:
    return {"url": f"/station/{machine.code}/here/", "next_url": "", "pin_length": PIN_LENGTH}


def _people(request: HttpRequest, machine: Machine) -> dict[str, Any]:
    recent, others = people_here(machine, signed_in(request))
    return {**_here(machine), "recent": recent, "others": others}


def _named(request: HttpRequest, machine: Machine) -> User:
    try:
        said = json.loads(request.body or b"{}")
    except ValueError:
        said = None
    if isinstance(said, dict):
        if isinstance(said.get("badge"), str):
            return person_of_badge(badge=said["badge"], machine=machine)
        if type(said.get("person")) is int and isinstance(said.get("pin"), str) and said["person"] < 2**63:
            return person_of_pin(user_id=said["person"], pin=said["pin"], machine=machine)
    raise NobodyNamed(_('Send {"badge": …} or {"person": …, "pin": …}.'))
