"""Step 4, the dry run, and step 5: what came, how far the work is, and the undo of the whole."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import require
from factory_core.errors import Refusal
from factory_core.importing.kinds import Existing, Kind, Outcome, kind_named, kinds
from factory_core.importing.models import ImportRun
from factory_core.importing.queries import pages
from factory_core.importing.queries.footprint import Footprint, Why, name_of, record_of
from factory_core.importing.queries.pages import RUN, VIEW
from factory_core.importing.services import fixing, flow, working
from factory_core.importing.services.checking import counts_of
from factory_core.importing.services.moving import can_move
from factory_core.importing.services.undoing import DAYS, rehearse_undo, told
from factory_core.importing.states import RowStatus, RunStatus, Work, WorkStatus
from factory_core.importing.views.begin import begin
from factory_core.importing.views.common import KEPT_WORDS, WORK_WORDS, act, asked, go, home_of, kind_or_refuse, shown
from factory_core.people.models import User
from factory_core.web.doors import door, signed_in
from factory_core.web.links import link_to

# So many rows that an undo keeps are named; the others are counted.
_NAMED = 200


@never_cache
@require_GET
@door(VIEW)
def resume(request: HttpRequest, run_id: int) -> HttpResponse:
    """Where a run goes on: the work under way, the step it waits for, or what came of it."""
    user = signed_in(request)
    found = asked(user, run_id)
    if pages.is_under_way(found):
        return shown(request, "working.html", found, _step_of(found), _working(found))
    work = pages.work_of(found)
    if found.status in (RunStatus.READING, RunStatus.MAPPING, RunStatus.CHECKED):
        if work is not None and work.act == Work.REHEARSE and work.status == WorkStatus.DONE:
            return go("import-dry-run", found)
        if found.status == RunStatus.MAPPING and found.mapping and work is not None:
            return go("import-columns", found)
        return redirect(home_of(found))
    return _done(request, user, found)


@never_cache
@require_GET
@door(VIEW)
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """How far the work is; once it is over the page goes where the run goes on."""
    found = asked(signed_in(request), run_id)
    if not pages.is_under_way(found):
        return HttpResponse(headers={"HX-Redirect": reverse("import", args=[found.pk])})
    return shown(request, "_progress.html", found, _step_of(found), _working(found))


@never_cache
@require_http_methods(["GET", "POST"])
@door(VIEW)
def dry_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """What an import would do, told by the books themselves; POST rehearses, or imports for good."""
    user = signed_in(request)
    found = asked(user, run_id)
    refused: Refusal | None = None
    if request.method == "POST":
        require(user, RUN, found.site)
        try:
            if request.POST.get("act") == "import":
                _choose_how(user, found, partly=request.POST.get("how") == "partly")
                begin(found, Work.CARRY, user)
            else:
                begin(found, Work.REHEARSE, user)
            return go("import", found)
        except Refusal as no:
            refused = no
    if found.status != RunStatus.CHECKED or pages.is_under_way(found):
        return go("import", found)
    return _dry_run(request, found, refused)


@never_cache
@require_POST
@door(RUN)
def stop(request: HttpRequest, run_id: int) -> HttpResponse:
    """End what is under way; nothing of it stays."""
    user = signed_in(request)
    found = asked(user, run_id)
    if pages.is_under_way(found):
        act(user, working.stop, run_id=found.pk)
    return go("import", found)


@never_cache
@require_POST
@door(RUN)
def give_up(request: HttpRequest, run_id: int) -> HttpResponse:
    """Give a run up before anything was imported: its rows and its file go, its line in the list stays."""
    user = signed_in(request)
    found = asked(user, run_id)
    act(user, flow.cancel, run_id=found.pk)
    return redirect("imports")


@never_cache
@require_http_methods(["GET", "POST"])
@door(RUN)
def undo(request: HttpRequest, run_id: int) -> HttpResponse:
    """What an undo takes back and what it keeps, and why, before it acts; POST acts."""
    user = signed_in(request)
    found = asked(user, run_id)
    refused: Refusal | None = None
    if request.method == "POST":
        try:
            begin(found, Work.UNDO, user)
            return go("import", found)
        except Refusal as no:
            refused = no
    if not can_move(found, RunStatus.UNDOING) or pages.is_under_way(found):
        return go("import", found)
    with acting(user, channel="web"):
        footprint = rehearse_undo(actor=user, run_id=found.pk)
    return shown(request, "undo.html", found, 5, {**_kept(footprint), "days": DAYS}, refused)


def _choose_how(user: User, run: ImportRun, *, partly: bool) -> None:
    if bool(run.options.get("partly")) != partly:
        act(user, fixing.choose_how, run_id=run.pk, partly=partly)


def _step_of(run: ImportRun) -> int:
    work = pages.work_of(run)
    return {Work.CHECK: 3, Work.REHEARSE: 4}.get(Work(work.act), 5) if work else 3


def _working(run: ImportRun) -> dict[str, Any]:
    done, total = pages.told_of(run)
    if run.status == RunStatus.MAPPING or not run.rows:
        # While a file is read for the first time the reader itself does not know how long it is; its sheet says so.
        total = max(total, pages.sheet_named(run, run.sheet).get("rows", 0))
    work = pages.work_of(run)
    return {
        "work": work, "word": WORK_WORDS[work.act] if work else "", "done": done, "total": total,
        "live_topics": [f"import:{run.pk}"],
    }  # fmt: skip


def _dry_run(request: HttpRequest, run: ImportRun, refused: Refusal | None) -> HttpResponse:
    kind = kind_or_refuse(run)
    counts = counts_of(run)
    would = pages.rehearsal_of(run)
    work = pages.work_of(run)
    failed = work if work is not None and work.status in (WorkStatus.FAILED, WorkStatus.STOPPED) else None
    errors = counts.get(RowStatus.ERROR, 0)
    context: dict[str, Any] = {
        "would": would, "errors": errors, "ready": counts.get(RowStatus.READY, 0) + counts.get(RowStatus.WARNING, 0),
        "left_out": counts.get(RowStatus.LEFT_OUT, 0), "failed": failed,
        "partly": bool(run.options.get("partly")),
    }  # fmt: skip
    if would:
        outcomes = would["outcomes"]
        # What exists and is to be left as it is, stays; what a kind has no use for, stays outside.
        skipped = outcomes[Outcome.SKIPPED]
        stays = skipped if run.options.get("existing") == Existing.SKIP else 0
        labels = {each.name: each.label for each in kind.fields}
        context |= {
            "create": outcomes[Outcome.CREATED], "change": outcomes[Outcome.CHANGED],
            "leave": outcomes[Outcome.UNCHANGED] + stays, "left_out": context["left_out"] + skipped - stays,
            "refused": outcomes[Outcome.REFUSED],
            "changes": [
                (number, [(labels.get(name, name), old, new) for name, (old, new) in both.items()])
                for number, both in would["changes"]
            ],
            "refusals": [(number, labels.get(field, field), why) for number, field, _code, why in would["refused"]],
        }  # fmt: skip
    return shown(request, "dry_run.html", run, 4, context, refused)


def _done(request: HttpRequest, user: User, run: ImportRun) -> HttpResponse:
    kind = kind_named(run.kind)
    work = pages.work_of(run)
    counts = counts_of(run)
    labels = {each.name: each.label for each in kind.fields} if kind else {}
    taken = run.totals.get("taken", {})
    siblings = pages.siblings_of(user, run)
    # What no column gives adds up to nothing, and is not worth a line.
    fed = {*run.mapping.values(), *(run.options.get("constants") or {})}
    context = {
        "work": work,
        "failed": work if work is not None and work.status in (WorkStatus.FAILED, WorkStatus.STOPPED) else None,
        "left": sum(count for status, count in counts.items() if status != RowStatus.DONE),
        "totals": [
            (labels.get(name, name), total, taken.get(name, "0"))
            for name, total in run.totals.get("file", {}).items()
            if name in fed
        ],
        "cleaned": [(labels.get(name, name), *rest) for name, *rest in run.cleaned],
        "mapping": [
            (column["header"], labels[name])
            for column in run.table.get("columns", ())
            if (name := run.mapping.get(str(column["number"]))) in labels
        ],
        "days": DAYS, "next_kind": _next_kind(run),
        "sheets": [
            one["name"] for one in run.book.get("sheets", ())
            if one["tables"] and one["name"] not in siblings and not one.get("is_hidden")
        ],
        "kept": [_named(*one) for one in run.undo.get("kept", ())][:_NAMED], "undone": run.undo,
    }  # fmt: skip
    return shown(request, "done.html", run, 5, context)


def _next_kind(run: ImportRun) -> Kind | None:
    """What a factory brings over after this."""
    names = [kind.name for kind in kinds()]
    place = names.index(run.kind) + 1 if run.kind in names else len(names)
    return kinds()[place] if place < len(names) else None


def _kept(found: Footprint) -> dict[str, Any]:
    list_of = told(found)
    tables = []
    for word, part in (("added", "added"), ("changed", "changed"), ("removed", "removed")):
        tables += [(word, name_of(table), count) for table, count in list_of[part].items() if count]
    return {
        "tables": tables, "reversed": list_of["reversed"], "kept_count": len(found.kept),
        "kept": [_named(*one) for one in list_of["kept"][:_NAMED]],
        "kept_by_why": [(KEPT_WORDS[Why(why)], count) for why, count in list_of["kept_by_why"].items()],
    }  # fmt: skip


def _named(table: str, key: int, why: str, by: str) -> dict[str, Any]:
    model = record_of(table)
    url = link_to(model._meta.label_lower, key, str(key)) if model is not None and why != Why.GONE else ""
    return {"table": name_of(table), "key": key, "why": KEPT_WORDS[Why(why)], "by": _by(by), "url": url}


def _by(by: str) -> str:
    """A person's name, or the record that refers to it: "inventory_order 12" as people call it."""
    table, space, key = by.rpartition(" ")
    return f"{name_of(table)} {key}" if space and record_of(table) is not None else by
