"""Pages of the register: the list, a run with all that is known about it, its paper and files, and its acceptance."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Missing, Refusal
from factory_core.importing.exporting import MEDIA_TYPES
from factory_core.importing.kinds import kind_named, kinds
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.opening import opening_of
from factory_core.importing.queries.pages import RUN, VIEW
from factory_core.importing.queries.register import (
    MEANINGS,
    Section,
    Shown,
    overview,
    register_seen,
    sections_of,
)
from factory_core.importing.queries.signing import is_as_signed, signatures_of
from factory_core.importing.register_files import as_file
from factory_core.importing.register_models import Acceptance
from factory_core.importing.services.accepting import ACCEPT, accept_run, take_acceptance_back
from factory_core.importing.states import POSSIBLE, UNDER_WAY, RunStatus, Work
from factory_core.importing.tasks import ask
from factory_core.importing.views.common import STATUS_WORDS, asked, listed
from factory_core.people.models import User
from factory_core.web import display
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of

# Rows of a table on the page and on paper; the files have them all.
MOST_ON_PAGE = 100
MOST_IN_FILE = 100_000


class NoSuchFile(Missing):
    """The register is a workbook or a plain table."""

    code = "no_such_file"


@never_cache
@require_GET
@door(VIEW)
def register(request: HttpRequest) -> HttpResponse:
    """Every import, the newest first, with what came of it and who accepted it."""
    user = signed_in(request)
    given = _given(request)
    page = page_of(request, register_seen(user, **given), newest_first=True)
    context = {
        "rows": [listed(run) for run in page.rows], "given": given, "kinds": kinds(),
        "statuses": STATUS_WORDS.items(), "next_url": page.next_url, "previous_url": page.previous_url,
        "here": "register",
    }  # fmt: skip
    return render(request, "importing/register.html", context)


@never_cache
@require_GET
@door(VIEW)
def register_file(request: HttpRequest, suffix: str) -> HttpResponse:
    """The list as a file, narrowed as on the page."""
    runs = register_seen(signed_in(request), **_given(request))[:MOST_IN_FILE]
    return _file([overview(runs)], suffix, "imports", timezone.get_current_timezone_name())


@never_cache
@require_GET
@door(VIEW)
def entry(request: HttpRequest, run_id: int, is_paper: bool = False) -> HttpResponse:
    """All that is known about one run, on the screen or on paper."""
    template = "register_paper.html" if is_paper else "register_entry.html"
    return _entry(request, asked(signed_in(request), run_id), template)


@never_cache
@require_GET
@door(VIEW)
def entry_file(request: HttpRequest, run_id: int, suffix: str) -> HttpResponse:
    """The same as a file, with every row."""
    run = asked(signed_in(request), run_id)
    return _file(sections_of(run, MOST_IN_FILE), suffix, f"import-{run.pk}", run.site.time_zone)


@require_POST
@door(VIEW)
def entry_act(request: HttpRequest, run_id: int, act: str) -> HttpResponse:
    """Accept, take the acceptance back, compare again; a refusal comes back to the page with its sentence."""
    run = asked(signed_in(request), run_id)

    def do(user: User, at: datetime) -> None:
        if act == "accept":
            accept_run(actor=user, run_id=run_id, at=at, **signed_wish(request))
        elif act == "take-back":
            take_acceptance_back(actor=user, run_id=run_id, at=at, **taken_back_wish(request))
        else:
            ask(actor=user, run_id=run_id, act=Work.COMPARE, at=at)

    refused = tried(request, do)
    if refused is not None:
        return _entry(request, run, "register_entry.html", refused)
    return redirect("import-register-entry", run_id=run_id)


def tried(request: HttpRequest, do: Callable[[User, datetime], Any]) -> Refusal | None:
    """Do something in the asker's name, now; gives the refusal, but lets pass that the thing does not exist."""
    user = signed_in(request)
    try:
        with acting(user, channel="web", reason=request.POST.get("reason", "")[:200]):
            do(user, now())
    except Refusal as no:
        if no.status == 404:
            raise
        return no
    return None


def signed_wish(request: HttpRequest) -> dict[str, Any]:
    """What a form of acceptance says."""
    return {
        "secret": request.POST.get("secret", ""),
        "meaning": request.POST.get("meaning", ""),
        "note": request.POST.get("note", ""),
    }


def taken_back_wish(request: HttpRequest) -> dict[str, Any]:
    """What a form says that takes an acceptance back."""
    return {"secret": request.POST.get("secret", ""), "reason": request.POST.get("reason", "")}


def shown(section: Section) -> dict[str, Any]:
    """A section as the page writes it: figures and moments as the person writes them, columns of figures marked."""
    figures = [any(isinstance(row[place], int | Decimal) for row in section.rows)
               for place in range(len(section.headers))]  # fmt: skip
    return {
        "code": section.code, "title": section.title, "more": section.more, "empty": section.empty,
        "is_grouped": section.is_grouped, "headers": [*zip(section.headers, figures, strict=True)],
        "rows": [[*zip(map(_text, row), figures, strict=True)] for row in section.rows],
    }  # fmt: skip


def checked(signed: list[Acceptance], runs: dict[int, ImportRun]) -> list[str]:
    """A sentence for each signature that does not stand under what was signed any more."""
    return [
        _("The signature of %(who)s does not fit what stands here: somebody changed it past the product.")
        % {"who": one.signed_by.name}
        for one in signed
        if not is_as_signed(one, runs)
    ]


def _entry(request: HttpRequest, run: ImportRun, template: str, refused: Refusal | None = None) -> HttpResponse:
    user, signed = signed_in(request), signatures_of(run)
    opening = opening_of(run)
    work = getattr(run, "work", None)
    is_busy = work is not None and work.status in UNDER_WAY
    with timezone.override(run.site.zone):
        context = {
            "run": run, "kind": kind_named(run.kind), "word": STATUS_WORDS[run.status], "opening": opening,
            "sections": [shown(one) for one in sections_of(run, MOST_ON_PAGE)], "void": checked(signed, {run.pk: run}),
            "may_accept": run.status == RunStatus.IMPORTED and run.by_id != user.pk and may(user, ACCEPT, run),
            "may_take_back": any(one.withdrawn_at is None for one in signed) and may(user, ACCEPT, run),
            "may_compare": run.status in POSSIBLE[Work.COMPARE] and may(user, RUN, run),
            "is_busy": is_busy, "meanings": MEANINGS.items(),
            "trouble": refused.sentence if refused else "", "printed_at": now(),
            "live_topics": [f"import:{run.pk}"] if is_busy else [],
        }  # fmt: skip
        return render(request, f"importing/{template}", context, status=refused.status if refused else 200)


def _given(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip()[:200] for name in ("q", "kind", "status")}


def _file(sections: list[Section], suffix: str, name: str, zone: str) -> HttpResponse:
    if suffix not in MEDIA_TYPES:
        raise NoSuchFile(_("The register can be taken as xlsx or csv."))
    headers = {"Content-Disposition": f'attachment; filename="{name}.{suffix}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(as_file(sections, suffix, zone), content_type=MEDIA_TYPES[suffix], headers=headers)


def _text(cell: Shown) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, datetime):
        return date_format(timezone.localtime(cell), "SHORT_DATETIME_FORMAT")
    return display.quantity(cell) if isinstance(cell, int | Decimal) else cell
