"""Wall displays: boards in rotation, and their set-up."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.plant.models import Site
from factory_core.web.doors import door, signed_in
from production.oee.models import WallBoard
from production.reports.queries.walls import (
    NoSuchWall,
    board_names,
    board_of_wall,
    lines_of_sites,
    manages_walls,
    shown_on,
    sites_of_walls,
    wall_or_missing,
    walls_seen,
)
from production.reports.services import WallWish, save_wall
from production.reports.states import LONGEST_S, MOST_BOARDS, SHORTEST_S, USUAL_S, BoardKind

VIEW = "plant.view"
log = logging.getLogger(__name__)


@never_cache
@ensure_csrf_cookie
@require_GET
@door(VIEW)
def wall(request: HttpRequest, code: str) -> HttpResponse:
    """A display; its boards follow each other by themselves. `?n=` begins with another board."""
    return _shown(request, code, "production/reports/wall.html")


@never_cache
@require_GET
@door(VIEW)
def board(request: HttpRequest, code: str) -> HttpResponse:
    """One board of a display alone (`?n=`)."""
    return _shown(request, code, "production/reports/_wall.html")


@never_cache
@require_GET
@door(VIEW)
def walls(request: HttpRequest) -> HttpResponse:
    """The displays there are."""
    user = signed_in(request)
    names = board_names()
    rows = [(one, _told(one, names), manages_walls(user, one.site)) for one in walls_seen(user)]
    return render(request, "production/reports/walls.html", {"rows": rows, "may_add": bool(sites_of_walls(user))})


@never_cache
@ensure_csrf_cookie
@require_http_methods(["GET", "POST"])
@door(VIEW)
def set_up(request: HttpRequest, code: str = "") -> HttpResponse:
    """Set up a display, or change one."""
    user = signed_in(request)
    known = wall_or_missing(user, code) if code else None
    sites = [known.site] if known else sites_of_walls(user)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            wish = _wish(request, sites, known)
            version = request.POST.get("version", "")
            with acting(user, channel="web"):
                save_wall(
                    actor=user,
                    wish=wish,
                    at=now(),
                    wall_code=code,
                    version=int(version) if version.isdecimal() and len(version) < 10 else None,
                )
            return redirect("walls")
        except Refusal as refused:
            refusal, status = refused.sentence, refused.status
    context = {
        "wall": known,
        "sites": sites,
        "lines": lines_of_sites(sites),
        "names": [(kind.value, name) for kind, name in board_names().items()],
        "rows": _rows(request, known),
        "refusal": refusal,
        "name": request.POST.get("name", known.name if known else ""),
        "code": request.POST.get("code", ""),
        "is_active": "is_active" in request.POST if request.method == "POST" else known is None or known.is_active,
        "least": SHORTEST_S,
        "most": LONGEST_S,
        "may_set_up": any(manages_walls(user, site) for site in sites),
    }
    return render(request, "production/reports/wall_set_up.html", context, status=status)


def _shown(request: HttpRequest, code: str, template: str) -> HttpResponse:
    user, at = signed_in(request), now()
    found = wall_or_missing(user, code)
    said = request.GET.get("n", "0")
    one = board_of_wall(found, int(said) if said.isdecimal() and len(said) < 4 else 0)
    shown: dict[str, Any] = {}
    failed = False
    try:
        shown = shown_on(one, user, at)
    except Exception:
        log.exception("board %s of wall %s failed", one.number, found.code)
        failed = True
    context = {
        "wall": found,
        "board": one,
        "title": board_names()[one.kind],
        "line": next((line.name for line in shown["day"].lines.values()), "") if one.line and shown else "",
        "failed": failed,
        "part": f"production/reports/boards/{one.kind}.html",
        "at": at,
        "now": at,
        "default_theme": "dark",
        "live_topics": ["floor"],
        **shown,
    }
    with timezone.override(found.site.zone):
        return render(request, template, context)


def _told(wall_: WallBoard, names: dict[BoardKind, str]) -> str:
    boards = [board_of_wall(wall_, number) for number in range(len(wall_.boards))]
    return " · ".join(f"{names[one.kind]} {one.seconds} s" for one in boards)


def _wish(request: HttpRequest, sites: list[Site], known: WallBoard | None) -> WallWish:
    said = request.POST
    site = next((one for one in sites if one.code == said.get("site")), sites[0] if sites else None)
    if site is None:
        raise NoSuchWall(_("You may not set up wall displays at any site."))
    boards = []
    for number in range(MOST_BOARDS):
        kind, seconds = said.get(f"board-{number}", ""), said.get(f"seconds-{number}", "")
        if kind:
            whole = int(seconds) if seconds.isdecimal() and len(seconds) < 6 else 0
            boards.append((kind, said.get(f"line-{number}", ""), whole))
    code = known.code if known else said.get("code", "").strip().lower()
    return WallWish(site, code, said.get("name", ""), boards, "is_active" in said)


def _rows(request: HttpRequest, known: WallBoard | None) -> list[dict[str, Any]]:
    """The boards of the form: what was typed, else what is set up, then empty ones."""
    rows = []
    boards = known.boards if known else [{"board": "floor", "line": "", "seconds": USUAL_S}]
    for number in range(MOST_BOARDS):
        there = boards[number] if number < len(boards) else {"board": "", "line": "", "seconds": USUAL_S}
        if request.method == "POST":
            there = {name: request.POST.get(f"{name}-{number}", "") for name in ("board", "line", "seconds")}
        rows.append({"number": number, "label": number + 1, **there})
    return rows
