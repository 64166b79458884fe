"""Step 1, the file: which sheet, which header, what it is. Step 2, the columns: which field each feeds."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import require
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.importing.forms import options_of
from factory_core.importing.kinds import FieldType, Kind
from factory_core.importing.models import ImportRun
from factory_core.importing.queries import pages
from factory_core.importing.queries.pages import RUN, VIEW
from factory_core.importing.services import flow, sheets
from factory_core.importing.services.mapping import likely_kinds
from factory_core.importing.states import RunStatus, Work
from factory_core.importing.views.begin import begin
from factory_core.importing.views.common import WHY, act, asked, go, kind_or_refuse, kinds_for, shown, steps_of
from factory_core.people.models import User
from factory_core.web.doors import door, signed_in

_PIECE = 1 << 20
LOCALES = (
    ("", "as the cells say"),
    ("de", "Deutsch: 1.234,56 · 31.12.2026"),
    ("en-gb", "British: 1,234.56 · 31/12/2026"),
    ("en-us", "American: 1,234.56 · 12/31/2026"),
    ("fr", "Français : 1 234,56 · 31/12/2026"),
)


@never_cache
@require_http_methods(["GET", "POST"])
@door(RUN)
def new(request: HttpRequest) -> HttpResponse:
    """Bring a file: drop it or choose it; it is kept and looked into, and nothing else happens."""
    user = signed_in(request)
    sites, refusal, status = pages.sites_for(user), "", 200
    if request.method == "POST":
        wanted = request.POST.get("site", "")
        site = next((one for one in sites if str(one.pk) == wanted or len(sites) == 1), None)
        file = request.FILES.get("file")
        if site is None or file is None:
            refusal, status = _("Choose a file and the site it belongs to."), 422
        else:
            try:
                with acting(user, channel="web"):
                    run = flow.open_run(
                        actor=user, site=site, name=file.name or "", content=file.chunks(_PIECE), at=now()
                    )  # fmt: skip
                return go("import-file", run)
            except Refusal as no:
                refusal, status = no.sentence, no.status
    context = {"sites": sites, "refusal": refusal, "steps": steps_of(None, 1), "kinds": kinds_for(user)}
    return render(request, "importing/new.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@door(VIEW)
def file(request: HttpRequest, run_id: int) -> HttpResponse:
    """What the file holds: sheets, the header row in its first rows, traps; and what the rows are."""
    user = signed_in(request)
    run = asked(user, run_id)
    refused: Refusal | None = None
    if request.method == "POST":
        require(user, RUN, run.site)
        try:
            run = act(
                user, sheets.choose_table, run_id=run.pk, sheet=request.POST.get("sheet", "")[:200],
                header_rows=_header_rows(request), kind=request.POST.get("kind", "")[:40],
            )  # fmt: skip
            return go("import-columns" if run.kind else "import-file", run)
        except Refusal as no:
            refused = no
    if run.status not in (RunStatus.MAPPING, RunStatus.CHECKED) or run.done:
        return go("import", run)
    return _file_page(request, user, run, refused)


def _file_page(request: HttpRequest, user: User, run: ImportRun, refused: Refusal | None) -> HttpResponse:
    sheet = pages.sheet_named(run, request.POST.get("sheet") or request.GET.get("sheet", ""))
    rows = pages.preview_of(run, sheet)
    headers = [row.number for row in rows if row.is_header]
    # A header further down than the preview is typed as a number.
    kept = run.table if sheet["name"] == run.sheet else (sheet["tables"] or [{}])[0]
    chosen = [str(number) for number in kept.get("header_rows", headers)]
    is_other = sheet["name"] != run.sheet
    guesses = {} if is_other else {name: round(100 * sure) for name, sure in likely_kinds(run)}
    findings = [one for one in run.book.get("findings", ()) if one["sheet"] in ("", sheet["name"])]
    context = {
        "sheet": sheet, "sheets": run.book.get("sheets", ()), "rows": rows, "chosen": chosen, "table": kept,
        "header": chosen[0] if chosen else "", "two": len(chosen) > 1, "findings": findings,
        "kinds": sorted(
            ((kind, guesses.get(kind.name, 0)) for kind in kinds_for(user)), key=lambda one: -one[1]
        ), "is_other": is_other,
        "width": range(len(rows[0].cells) if rows else 0), "done": pages.siblings_of(user, run),
    }  # fmt: skip
    return shown(request, "file.html", run, 1, context, refused)


@never_cache
@require_POST
@door(RUN)
def next_sheet(request: HttpRequest, run_id: int) -> HttpResponse:
    """Another sheet of the same file, without bringing the file again."""
    user = signed_in(request)
    run = asked(user, run_id)
    return go("import-file", act(user, sheets.next_sheet, run_id=run.pk, sheet=request.POST.get("sheet", "")[:200]))


@never_cache
@require_http_methods(["GET", "POST"])
@door(VIEW)
def columns(request: HttpRequest, run_id: int) -> HttpResponse:
    """Which field each column feeds, how its cells are read, and what is said for all rows."""
    user = signed_in(request)
    run = asked(user, run_id)
    if request.method == "POST":
        require(user, RUN, run.site)
    if run.status not in (RunStatus.MAPPING, RunStatus.CHECKED) or run.done:
        return go("import", run)
    kind = kind_or_refuse(run)
    mapping, refused = dict(run.mapping), None
    if request.method == "POST":
        mapping, options = options_of(request.POST, run, kind)
        if "look" in request.POST:
            run.options = {**run.options, **options}
        else:
            try:
                act(user, flow.choose, run_id=run.pk, mapping=mapping, **options)
                begin(run, Work.CHECK, user)
                return go("import", run)
            except Refusal as no:
                refused = no
                run.options = {**run.options, **options}
    return _columns_page(request, user, run, kind, mapping, refused)


def _columns_page(
    request: HttpRequest, user: User, run: ImportRun, kind: Kind, mapping: dict[str, str], refused: Refusal | None
) -> HttpResponse:
    fed = {name for name in mapping.values() if name}
    constants = run.options.get("constants") or {}
    open_fields = [
        {
            "field": each,
            "value": constants.get(each.name, ""),
            "choices": pages.offered_values(each),
            "keys": pages.known_keys(each, user, run.site)
            if each.form is FieldType.REFERENCE and each.required
            else [],
        }
        for each in kind.fields
        if each.name not in fed
    ]
    rows = pages.columns_shown(run, kind, mapping)
    context = {
        "columns": rows, "fields": kind.fields, "labels": {each.name: each.label for each in kind.fields},
        "missing": [one for one in open_fields if one["field"].required],
        "others": [one for one in open_fields if not one["field"].required],
        "has_others": any(one["value"] for one in open_fields if not one["field"].required),
        "keys": [kind.field_named(name).label for name in kind.key], "options": run.options,
        "existing": run.options.get("existing", "change"), "locales": LOCALES,
        "locale": run.options.get("locale", ""), "why": WHY, "is_reference": _refers(kind),
        "double": _fed_twice(mapping, kind),
    }  # fmt: skip
    return shown(request, "columns.html", run, 2, context, refused)


def _header_rows(request: HttpRequest) -> tuple[int, ...]:
    said = request.POST.get("header-other", "").strip() or request.POST.get("header", "")
    if not said.isdecimal() or len(said) > 7 or int(said) < 1:
        return ()
    return (int(said), int(said) + 1) if request.POST.get("two") else (int(said),)


def _refers(kind: Kind) -> bool:
    return any(each.form is FieldType.REFERENCE for each in kind.fields)


def _fed_twice(mapping: dict[str, str], kind: Kind) -> list[Any]:
    names = [name for name in mapping.values() if name]
    return [kind.field_named(name).label for name in sorted({name for name in names if names.count(name) > 1})]
