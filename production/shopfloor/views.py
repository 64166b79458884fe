"""The screens of the shop floor: home, floor, station and its fragments, who is here, machine."""

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods

from factory_core.access.identity import acting
from factory_core.access.policy import grants_of, may
from factory_core.clock import now
from factory_core.errors import Invalid, Missing
from factory_core.people.models import User, UserKind
from factory_core.people.services import PIN_LENGTH, note_arrival, person_of_badge, person_of_pin
from factory_core.people.tokens import author_pass
from factory_core.plant.models import Machine
from factory_core.web.doors import door
from production.downtime.queries import reason_groups
from production.shopfloor.queries import machine_page
from production.shopfloor.queries import station as shown
from production.shopfloor.queries.calls import open_calls, station_calls
from production.shopfloor.queries.floor import board as board_of
from production.shopfloor.queries.floor import machines_seen_by, placed_machines
from production.shopfloor.screens import HELP_KINDS, SCRAP_REASONS, Tab

IDLE_S = 600
GLANCE_S = 45
# Where those begin who work with stock and papers rather than at machines.
HOMES = {"dispatcher": "/dispatch/", "buyer": "/purchasing/", "sales": "/sales/", "storekeeper": "/stock/"}


class NoSuchMachine(Missing):
    """The machine does not exist, or the asker may not see it."""

    code = "no_such_machine"


class NobodyNamed(Invalid):
    """Neither a badge nor a person with a PIN was sent."""

    code = "nobody_named"


@never_cache
@require_GET
@door("plant.view")
def home(request: HttpRequest) -> HttpResponse:
    """Each role's home: a terminal's or operator's only machine, the floor, or health for IT."""
    user = _user(request)
    machines = list(machines_seen_by(user)[:2])
    at_a_machine = user.kind == UserKind.TERMINAL or grants_of(user).roles == {"operator"}
    if at_a_machine and len(machines) == 1:
        return redirect("station", code=machines[0].code)
    for role, address in HOMES.items():
        if role in grants_of(user).roles and not may(user, "production.downtime.explain"):
            return redirect(address)
    if not machines and may(user, "health.view"):
        return redirect("/health/")
    return redirect("floor")


@never_cache
@ensure_csrf_cookie
@require_GET
@door("production.view")
def floor(request: HttpRequest) -> HttpResponse:
    """All machines of one's places in flow order; `?line=` shows one line, `?wall=1` fills a wall display."""
    context = _board(request)
    lines = context.pop("all_lines")
    chosen = request.GET.get("line", "")
    tabs = [
        Tab(_("All"), "/floor/", not chosen),
        *(Tab(name, f"/floor/?line={code}", code == chosen) for code, name in lines.items()),
    ]
    return render(
        request,
        "production/shopfloor/floor.html",
        {
            **context,
            "lines": tabs if len(lines) > 1 else [],
            "wall": request.GET.get("wall") == "1",
            "live_topics": ["floor"],
        },
    )


@never_cache
@require_GET
@door("production.view")
def board(request: HttpRequest) -> HttpResponse:
    """The tiles alone."""
    return render(request, "production/shopfloor/_board.html", _board(request))


@never_cache
@require_GET
@door("production.view")
def calls(request: HttpRequest) -> HttpResponse:
    """The calls for help that nobody answered yet."""
    chosen = request.GET.get("line", "")
    machines = machines_seen_by(_user(request))
    if chosen:
        machines = machines.filter(line__code=chosen)
    query = f"?{urlencode({'line': chosen})}" if chosen else ""
    waiting = open_calls(dict(machines.values_list("pk", "name")), _user(request))
    context = {"board_query": query, "now": now(), "calls": waiting}
    return render(request, "production/shopfloor/_calls.html", context)


@never_cache
@ensure_csrf_cookie
@require_GET
@door("production.view")
def station(request: HttpRequest, code: str) -> HttpResponse:
    """One machine for its operator; state and instructions are seen without anybody signed in at the terminal."""
    machine, at = _machine(request, code), now()
    parts = {name: build(machine, at) for name, build in PARTS.items()}
    return _at_site(
        request,
        machine,
        "production/shopfloor/station.html",
        {
            "station": _station(request, machine, at),
            **parts,
            "waiting": [] if parts["order"] else shown.station_waiting(machine),
            "reason_groups": reason_groups(),
            "here": _here(request, machine),
            "help_kinds": HELP_KINDS,
            "scrap_reasons": SCRAP_REASONS,
            "live_topics": [f"machine:{machine.code}"],
        },
    )


@never_cache
@require_GET
@door("production.view")
def station_part(request: HttpRequest, code: str, part: str) -> HttpResponse:
    """One fragment of the station: band, reasons, order, recent or calls."""
    if part not in PARTS:
        raise NoSuchMachine(_("A station has the parts band, reasons, order, recent and calls."))
    machine, at = _machine(request, code), now()
    context: dict[str, Any] = {
        "station": {"code": machine.code, "name": machine.name, "machine_id": machine.pk},
        part: PARTS[part](machine, at),
    }
    if part == "order" and context["order"] is None:
        context["waiting"] = shown.station_waiting(machine)
    return _at_site(request, machine, f"production/shopfloor/{TEMPLATES.get(part, f'_{part}')}.html", context)


@never_cache
@ensure_csrf_cookie
@require_http_methods(["GET", "POST", "DELETE"])
@door("production.view")
def here(request: HttpRequest, code: str) -> HttpResponse:
    """Who is here: by badge, or by name and PIN; answers with the pass under which the person's taps go out."""
    machine, at = _machine(request, code), now()
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
        return _at_site(request, machine, "factory_core/people/here.html", context)
    person, terminal = _named(request, machine), _user(request)
    with acting(person, channel="station"):
        note_arrival(person=person, terminal=terminal, at=at)
        request.session["here"] = {"user": person.pk, "at": at.isoformat()}
        if person.language and terminal.kind == UserKind.TERMINAL:
            request.session["language"] = person.language
    who = {"id": person.pk, "name": person.name, "language": person.language}
    return JsonResponse({"pass": author_pass(person, terminal, at), "person": who})


@never_cache
@require_GET
@door("telemetry.view")
def machine(request: HttpRequest, code: str) -> HttpResponse:
    """One machine for whoever wants to understand it: states, trends, intervals, history."""
    subject, at = _machine(request, code, "telemetry.view"), now()
    span, page = request.GET.get("span", ""), request.GET.get("page", "")
    context = machine_page.machine_page(subject, at, span, int(page) if page.isdecimal() and len(page) < 6 else 0)
    if not may(request.user, "production.view", subject):
        context["machine"]["station_url"] = ""
    if may(request.user, "telemetry.rule.edit", subject):
        context["machine"]["rule_url"] = f"/machines/{subject.code}/rule/"
    return _at_site(
        request,
        subject,
        "telemetry/states/machine.html",
        {**context, "band": shown.station_band(subject, at), "live_topics": [f"machine:{subject.code}"]},
    )


PARTS = {
    "band": shown.station_band,
    "reasons": shown.station_reasons,
    "order": shown.station_order,
    "recent": shown.station_recent,
    "calls": station_calls,
}


# The floor's list of calls has the plain name.
TEMPLATES = {"calls": "_station_calls"}


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - every view here stands behind a door
    return request.user


def _machine(request: HttpRequest, code: str, capability: str = "production.view") -> Machine:
    found = machines_seen_by(_user(request), capability).filter(code=code).first()
    if found is None:
        raise NoSuchMachine(_("There is no machine %(code)s that you may see.") % {"code": code})
    return found


def _board(request: HttpRequest) -> dict[str, Any]:
    user, at = _user(request), now()
    lines, machines = placed_machines(user)
    chosen = request.GET.get("line", "")
    if chosen:
        machines = [machine for machine in machines if lines[machine.line_id].code == chosen]
    address = "/machines/%s/" if may(user, "production.downtime.edit") else "/station/%s/"
    waiting = open_calls({machine.pk: machine.name for machine in machines}, user)
    names = {line.code: line.name for line in lines.values()}
    return {
        "groups": board_of(lines, machines, at, address, waiting),
        "calls": waiting,
        "board_query": f"?line={chosen}" if chosen in names else "",
        "all_lines": names,
        "now": at,
    }


def _station(request: HttpRequest, machine: Machine, at: datetime) -> dict[str, Any]:
    user = _user(request)
    is_person = user.kind == UserKind.PERSON
    return {
        "code": machine.code,
        "name": machine.name,
        "machine_id": machine.pk,
        "own_pass": author_pass(user, user, at) if is_person else "",
        "pass_name": user.name if is_person else "",
        "idle_seconds": IDLE_S,
        "glance_seconds": GLANCE_S,
        "documents_url": "",
    }


def _here(request: HttpRequest, machine: Machine) -> dict[str, Any]:
    recent, others = shown.people_here(machine, _user(request))
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


def _at_site(request: HttpRequest, machine: Machine, template: str, context: dict[str, Any]) -> HttpResponse:
    """Render with the clock of the machine's site."""
    zone = machine.line.area.site.zone
    with timezone.override(zone):
        return render(request, template, {"now": now().astimezone(zone), **context})
