"""Pages of openings: what belongs to the day a site goes live, what is missing, its signature, and its undo."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Invalid, Refusal
from factory_core.importing.kinds import kind_named
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.footprint import name_of
from factory_core.importing.queries.opening import (
    CAME,
    GONE,
    PART_NAMES,
    Part,
    candidates_for,
    has_come,
    members_of,
    missing_of,
    opening_seen,
    openings_seen,
    part_of,
)
from factory_core.importing.queries.pages import RUN, VIEW, sites_for
from factory_core.importing.queries.register import (
    MEANINGS,
    Section,
    places_of,
    signatures_shown,
    totals_of,
)
from factory_core.importing.queries.signing import signatures_of
from factory_core.importing.register_models import Opening
from factory_core.importing.register_views import checked, shown, signed_wish, taken_back_wish, tried
from factory_core.importing.services import opening as services
from factory_core.importing.services.accepting import ACCEPT
from factory_core.importing.states import OpeningStatus, Work
from factory_core.importing.tasks import ask, undo_opening
from factory_core.importing.views.common import listed
from factory_core.people.models import User
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of


class NoDay(Invalid):
    """An opening is on a day, at a site."""

    code = "no_opening_day"


@never_cache
@require_http_methods(["GET", "POST"])
@door(VIEW)
def openings(request: HttpRequest) -> HttpResponse:
    """The days on which sites go live; POST names another one."""
    user = signed_in(request)
    sites, refused = sites_for(user), None
    if request.method == "POST":
        made: list[Opening] = []

        def begin(actor: User, at: datetime) -> None:
            site = next((one for one in sites if one.code == request.POST.get("site")), None)
            day = _day(request.POST.get("opens_on", ""))
            if site is None or day is None:
                raise NoDay(_("Choose a site and the day on which it goes live."))
            note = request.POST.get("note", "")
            made.append(services.begin_opening(actor=actor, site=site, opens_on=day, at=at, note=note))

        refused = tried(request, begin)
        if refused is None:
            return redirect("import-opening", opening_id=made[0].pk)
    page = page_of(request, openings_seen(user), newest_first=True)
    context = {
        "rows": page.rows, "next_url": page.next_url, "previous_url": page.previous_url, "sites": sites,
        "trouble": refused.sentence if refused else "", "statuses": OpeningStatus,
    }  # fmt: skip
    return render(request, "importing/openings.html", context, status=refused.status if refused else 200)


@never_cache
@require_GET
@door(VIEW)
def opening(request: HttpRequest, opening_id: int, is_paper: bool = False) -> HttpResponse:
    """What belongs to an opening, its totals beside the books, what is missing, who accepted it; also on paper."""
    return _shown(request, _asked(request, opening_id), "opening_paper.html" if is_paper else "opening.html")


@require_POST
@door(VIEW)
def opening_act(request: HttpRequest, opening_id: int, act: str) -> HttpResponse:
    """Put in, take out, compare, accept, take back; a refusal comes back to the page with its sentence."""
    found = _asked(request, opening_id)

    def do(user: User, at: datetime) -> None:
        about: dict[str, Any] = {"actor": user, "opening_id": found.pk, "at": at}
        if act == "accept":
            services.accept_opening(**about, **signed_wish(request))
        elif act == "take-back":
            services.take_opening_back(**about, **taken_back_wish(request))
        elif act == "put-in":
            services.put_in(**about, run_ids=_numbers(request, "run"))
        elif act == "take-out":
            for run_id in _numbers(request, "run"):
                services.take_out(**about, run_id=run_id)
        else:
            for run in members_of(found):
                if run.status in CAME:
                    ask(actor=user, run_id=run.pk, act=Work.COMPARE, at=at)

    refused = tried(request, do)
    if refused is not None:
        return _shown(request, found, "opening.html", refused)
    return redirect("import-opening", opening_id=found.pk)


@never_cache
@require_http_methods(["GET", "POST"])
@door(RUN)
def opening_undo(request: HttpRequest, opening_id: int) -> HttpResponse:
    """What an undo of the whole takes back, run by run, before it acts; POST acts."""
    found = _asked(request, opening_id)
    listed: list[services.Undoing] = []
    if request.method == "POST":
        refused = tried(request, lambda user, at: undo_opening(actor=user, opening_id=found.pk, at=at))
        if refused is None:
            return redirect("import-opening", opening_id=found.pk)
    else:
        refused = tried(request, lambda user, at: listed.extend(services.list_undo(actor=user, opening_id=found.pk)))
    rows = [
        {"run": one.run, "kept": one.kept, "reversed": one.reversed,
         "tables": [(name_of(table), count) for table, count in one.tables]}
        for one in listed
    ]  # fmt: skip
    context = {
        "opening": found, "rows": rows, "trouble": refused.sentence if refused else "",
        "reversed": sum(one.reversed for one in listed), "kept": sum(one.kept for one in listed),
    }  # fmt: skip
    return render(request, "importing/opening_undo.html", context, status=refused.status if refused else 200)


def _shown(request: HttpRequest, found: Opening, template: str, refused: Refusal | None = None) -> HttpResponse:
    user, runs, signed = signed_in(request), members_of(found), signatures_of(found)
    is_open = found.status == OpeningStatus.OPEN
    missing = missing_of(found, runs)
    may_run, may_sign = may(user, RUN, found), may(user, ACCEPT, found)
    with timezone.override(found.site.zone):
        context = {
            "opening": found, "is_open": is_open, "trouble": refused.sentence if refused else "", "parts": _parts(runs),
            "figures": [_figures(one) for one in (_totals(runs), _places(runs))],
            "signatures": shown(signatures_shown(signed)), "missing": [one for one in missing if one.is_to_decide],
            "known": [one for one in missing if not one.is_to_decide],
            "void": checked(signed, {run.pk: run for run in runs}),
            "candidates": candidates_for(user, found) if is_open and may_run else [], "may_run": may_run,
            "may_accept": is_open and may_sign and all(run.by_id != user.pk for run in runs if run.status not in GONE),
            "may_take_back": not is_open and may_sign, "meanings": MEANINGS.items(), "printed_at": now(),
            "may_undo": is_open and may_run and any(has_come(run) for run in runs),
        }  # fmt: skip
        return render(request, f"importing/{template}", context, status=refused.status if refused else 200)


def _figures(section: Section) -> dict[str, Any]:
    """A section of figures, with those that differ by themselves: they are looked at first."""
    differing = [
        row for row in section.rows if row[-1] or len({one for one in row[2:-1] if isinstance(one, Decimal)}) > 1
    ]
    only = replace(section, rows=differing, title=_("%(title)s that differ") % {"title": section.title})
    return {"all": shown(section), "differing": shown(replace(only, code=f"{section.code}-differing"))}


def _parts(runs: list[ImportRun]) -> list[dict[str, Any]]:
    found = []
    for part in Part:
        here = [run for run in runs if part_of(run.kind) == part]
        rows = [listed(run) for run in here]
        count = sum(run.rows for run in here)
        found.append({"name": PART_NAMES[part], "code": part.value, "rows": rows, "count": count})
    return found


def _totals(runs: list[ImportRun]) -> Section:
    """The totals of all runs below each other, each named by its kind and file."""
    whole = totals_of(ImportRun(totals={}), None)
    whole.headers, whole.is_grouped = (_("Import"), *whole.headers), True
    whole.empty = _("No totals were compared yet.")
    for run in runs:
        if has_come(run):
            kind = kind_named(run.kind)
            named = " · ".join(
                part for part in (str(kind.label) if kind else run.kind, run.file_name, run.sheet) if part
            )
            whole.rows += [(named, *row) for row in totals_of(run, kind).rows]
    return whole


def _places(runs: list[ImportRun]) -> Section:
    """What lies where: sums by location over all runs that say so."""
    whole = places_of(ImportRun(totals={}), None)
    sums: dict[tuple[Any, Any], list[Decimal | None]] = {}
    for run in runs:
        if has_come(run):
            for place, figure, came, there, _difference in places_of(run, kind_named(run.kind)).rows:
                kept = sums.setdefault((place, figure), [None, None])
                for column, value in enumerate((came, there)):
                    if isinstance(value, Decimal):
                        kept[column] = (kept[column] or Decimal(0)) + value
    whole.rows = [
        (place, figure, came, there, None if came is None or there is None else there - came)
        for (place, figure), (came, there) in sums.items()
    ]
    return whole


def _asked(request: HttpRequest, opening_id: int) -> Opening:
    found = opening_seen(signed_in(request), opening_id)
    if found is None:
        raise services.NoSuchOpening(_("There is no such opening that you may see."))
    return found


def _day(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _numbers(request: HttpRequest, name: str) -> list[int]:
    return [int(text) for text in request.POST.getlist(name) if text.isdecimal() and len(text) < 19]
