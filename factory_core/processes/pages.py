"""The Health page: every part of the installation in words, worst first within its group."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.jobs.queries import poisoned_jobs
from factory_core.people.models import User
from factory_core.processes.queries import health
from factory_core.processes.rules import Colour, Part
from factory_core.web.doors import door, signed_in

FAMILY_OF_COLOUR = {Colour.GREEN: "run", Colour.AMBER: "slow", Colour.RED: "stop"}
FOUNDATIONS = ("database", "clock", "migrations", "queue", "disk", "backup", "certificate")


@dataclass(frozen=True)
class Line:
    """One part as the template shows it; `state` is a display family, `word` its text for screen readers."""

    key: str
    name: str
    state: str
    word: str
    sentence: str
    repair: str = ""
    figure: str = ""
    url: str = ""
    label: str = ""


@dataclass(frozen=True)
class Group:
    """Lines under one heading."""

    name: str
    lines: list[Line]


@dataclass(frozen=True)
class Overall:
    """How the whole stands, in one sentence."""

    state: str
    sentence: str


@never_cache
@require_GET
@door("health.view")
def page(request: HttpRequest) -> HttpResponse:
    """The whole page."""
    return render(
        request, "factory_core/processes/health.html", {**_context(signed_in(request)), "live_topics": ["health"]}
    )


@never_cache
@require_GET
@door("health.view")
def lines(request: HttpRequest) -> HttpResponse:
    """The lines alone."""
    return render(request, "factory_core/processes/_lines.html", _context(signed_in(request)))


def _context(reader: User) -> dict[str, object]:
    parts = health(now())
    answers = not any(part.name == "database" and part.colour is Colour.RED for part in parts)
    running = [part for part in parts if part.name not in FOUNDATIONS]
    founding = [part for part in parts if part.name in FOUNDATIONS]
    return {
        "overall": overall(parts),
        "needs_a_look": poisoned_jobs(reader=reader) if answers else [],
        "may_repair": answers and may(reader, "health.repair"),
        "groups": [
            Group(_("What runs"), _shown(running, reader)),
            Group(_("What it stands on"), _shown(founding, reader)),
        ],
    }


def overall(parts: list[Part]) -> Overall:
    """All green, or how many parts want somebody to look."""
    red = sum(part.colour is Colour.RED for part in parts)
    amber = sum(part.colour is Colour.AMBER for part in parts)
    if red:
        return Overall("stop", ngettext("%(n)d part does not work.", "%(n)d parts do not work.", red) % {"n": red})
    if amber:
        sentence = ngettext("%(n)d part needs attention.", "%(n)d parts need attention.", amber) % {"n": amber}
        return Overall("slow", sentence)
    return Overall("run", _("Everything works."))


def _shown(parts: Iterable[Part], reader: User) -> list[Line]:
    worst_first = sorted(parts, key=lambda part: -part.colour.number)
    return [
        Line(
            key=part.name,
            name=_names().get(part.name, part.name),
            state=FAMILY_OF_COLOUR[part.colour],
            word=_words()[part.colour],
            sentence=part.sentence,
            url=part.url if part.url and may(reader, part.needs) else "",
            label=_("Look at it"),
        )
        for part in worst_first
    ]


def _words() -> dict[Colour, str]:
    return {Colour.GREEN: _("Good"), Colour.AMBER: _("Needs attention"), Colour.RED: _("Does not work")}


def _names() -> dict[str, str]:
    return {
        "database": _("Database"),
        "clock": _("Clock"),
        "migrations": _("Schema"),
        "queue": _("Background jobs"),
        "disk": _("Disk"),
        "backup": _("Backup"),
        "certificate": _("Certificate"),
        "web": _("Pages"),
        "ingest": _("Gateway door"),
        "derive": _("Machine states"),
        "worker": _("Worker"),
        "trail": _("Trail"),
        "gateways": _("Gateways"),
        "identity": _("Identity of gateways"),
        "newcomers": _("Waiting list"),
    }
