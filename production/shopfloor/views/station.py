"""The station of a machine and its fragments: what runs, what waits, what a scan means, and who is here."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods

from factory_core.access.identity import acting
from factory_core.calendar.rules import ShiftWindow
from factory_core.clock import now
from factory_core.errors import Invalid
from factory_core.people.models import User, UserKind
from factory_core.people.services import PIN_LENGTH, note_arrival, person_of_badge, person_of_pin
from factory_core.people.tokens import author_pass
from factory_core.plant.models import Machine
from factory_core.web.doors import door, signed_in
from production.downtime.queries import reason_groups, shift_at
from production.labour.queries import open_entries
from production.orders.queries import running_operation
from production.shopfloor.queries import station as shown
from production.shopfloor.queries.calls import station_calls
from production.shopfloor.queries.loading import queue_of, read_code
from production.shopfloor.queries.work import loss_reasons, pause_reasons, work_of
from production.shopfloor.screens import HELP_KINDS
from production.shopfloor.views.common import NoSuchMachine, at_site, machine_or_missing

IDLE_S = 600
GLANCE_S = 45
# As many as a card holds that is read at arm's length; the others stand behind "Up next".
NEXT_ORDERS = 3


class NobodyNamed(Invalid):
    """Neither a badge nor a person with a PIN was sent."""

    code = "nobody_named"


@never_cache
@ensure_csrf_cookie
@require_GET
@door("production.view")
def station(request: HttpRequest, code: str) -> HttpResponse:
    """One machine for its operator; state and instructions are seen without anybody signed in at the terminal."""
    machine, at = machine_or_missing(request, code), now()
    shift = shift_at(machine.line, at)
    return at_site(
        request,
        machine,
        "production/shopfloor/station.html",
        {
            "station": _station(request, machine, at),
            "band": shown.station_band(machine, at),
            "reasons": shown.station_reasons(machine, at, shift),
            "recent": shown.station_recent(machine, at, shift),
            "calls": station_calls(machine, at),
            **_running(machine, at, shift),
            "reason_groups": reason_groups(),
            "here": _here(request, machine),
            "help_kinds": HELP_KINDS,
            "losses": loss_reasons(),
            "pauses": pause_reasons(),
            "live_topics": [f"machine:{machine.code}"],
        },
    )


@never_cache
@require_GET
@door("production.view")
def station_part(request: HttpRequest, code: str, part: str) -> HttpResponse:
    """One fragment of the station: band, reasons, order, queue, work, recent or calls."""
    if part not in PARTS:
        raise NoSuchMachine(_("A station has the parts band, reasons, order, queue, work, recent and calls."))
    machine, at = machine_or_missing(request, code), now()
    context: dict[str, Any] = {"station": {"code": machine.code, "name": machine.name, "machine_id": machine.pk}}
    shift = shift_at(machine.line, at)
    if part in SIMPLE:
        context[part] = SIMPLE[part](machine, at, shift)
    if part not in ("recent", "calls"):
        context |= _running(machine, at, shift)
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
            "station": {"code": machine.code, "name": machine.name},
            "band": shown.station_band(machine, at),
            "here": {**_here(request, machine), "next_url": f"/station/{machine.code}/"},
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


SIMPLE: dict[str, Callable[[Machine, datetime, ShiftWindow], Any]] = {
    "band": lambda machine, at, _shift: shown.station_band(machine, at),
    "reasons": shown.station_reasons,
    "recent": shown.station_recent,
    "calls": lambda machine, at, _shift: station_calls(machine, at),
}
PARTS = (*SIMPLE, "order", "queue", "work")
# The floor's list of calls has the plain name.
TEMPLATES = {"calls": "_station_calls"}


def _running(machine: Machine, at: datetime, shift: ShiftWindow) -> dict[str, Any]:
    """The running operation with all that belongs to it, and what waits."""
    operation, zone = running_operation(machine), machine.line.area.site.zone
    queue = queue_of(machine, zone)
    order = shown.station_order(machine, operation, at, shift)
    return {
        "order": order,
        "work": work_of(operation, at, zone) if operation else None,
        "workers": list(open_entries(operation)) if operation else [],
        "queue": queue,
        "waiting": [] if order else queue[:NEXT_ORDERS],
    }


def _station(request: HttpRequest, machine: Machine, at: datetime) -> dict[str, Any]:
    user = signed_in(request)
    is_person = user.kind == UserKind.PERSON
    return {
        "code": machine.code,
        "name": machine.name,
        "machine_id": machine.pk,
        "own_pass": author_pass(user, user, at) if is_person else "",
        "pass_name": user.name if is_person else "",
        "idle_seconds": IDLE_S,
        "glance_seconds": GLANCE_S,
    }


def _here(request: HttpRequest, machine: Machine) -> dict[str, Any]:
    recent, others = shown.people_here(machine, signed_in(request))
    return {
        "url": f"/station/{machine.code}/here/",
        "next_url": "",
        "pin_length": PIN_LENGTH,
        "recent": recent,
        "others": others,
    }


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
